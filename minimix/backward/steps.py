"""The steps of a tape: forward in the order of computation, then backward as the sweep was heard."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from ..tensor import Tensor, _count_uses, _fit, repeated_axes
from . import formulas
from .graph import Node
from .values import bare


@dataclass(eq=False)
class Handed:
    """What one VJP of a step gave: to a node, as its argument number `argument`.

    given: by the VJP; handed: the same after broadcasting and promotion were undone, which `undone` says in words.
    before: what others have handed to the node until then, or None; total: the sum; left: uses that are still to come.
    by: {Tensor: its Node}.
    """

    step: "Step"
    to: Node
    argument: int
    given: np.ndarray
    handed: np.ndarray
    undone: str
    before: np.ndarray | None
    total: np.ndarray
    left: int
    by: dict = field(repr=False)

    def formula(self):
        """The VJP's `formulas.Formula`, in g and the names of the nodes."""
        node, name_of = self.step.node, lambda x: self.by[x].name
        return formulas.vjp(node.operator, self.argument, self.step.g, node.tensor, node.inputs, node.options, name_of)


@dataclass(eq=False)
class Step:
    """One step. phase: "forward", "backward" or "second", the sweep through the graph of the gradient.

    g: the gradient of the node's value, in a step backward. vjps: a Handed for each input that needs one, none for a
    leaf, to which g is delivered. parts: the Handed that g is the sum of. waiting: how many other nodes are ready;
    ready: the latest of them. freed: whether the engine has let the node's inputs go. made: the nodes that were
    recorded, in a sweep whose gradients are differentiated again.
    """

    phase: str
    node: Node
    g: np.ndarray | None = None
    vjps: list = field(default_factory=list)
    parts: list = field(default_factory=list)
    waiting: int = 0
    ready: list = field(default_factory=list)
    freed: bool = False
    made: list = field(default_factory=list)


READY = 20  # nodes that wait which a step keeps


def forward_steps(nodes, phase="forward"):
    """A step for each node that an operator computed."""
    return [Step(phase, node) for node in nodes if node.operator]


def backward_steps(heard, leaves, output, graph, phase):
    """(the steps of a sweep, {node: its gradient}); the nodes that it recorded are added to the graph."""
    by = graph.by
    pending = Counter({by[x]: n for x, n in _count_uses(output, frozenset()).items()})
    steps, sums, parts, ready = [], {}, {}, dict.fromkeys([by[output]])
    for event in heard:
        node = by[event.node]
        if not steps or steps[-1].node is not node:
            ready.pop(node, None)
            steps.append(Step(phase, node, bare(event.g), parts=parts.pop(node, [])))
            steps[-1].made += _recorded(graph, event.g)
            sums[node] = steps[-1].g
        step = steps[-1]
        handed = _hand(step, event, sums, pending, by)
        step.made += _recorded(graph, event.given)
        step.vjps.append(handed)
        parts.setdefault(handed.to, []).append(handed)
        if not handed.left and handed.to.operator:
            ready[handed.to] = None
        step.waiting, step.ready = len(ready), list(islice(reversed(ready), READY))
    for leaf, g in leaves.items():
        node = by[leaf]
        sums[node] = bare(g)
        steps.append(Step(phase, node, bare(g), parts=parts.pop(node, []), made=_recorded(graph, g)))
    return steps, sums


def _hand(step, event, sums, pending, by):
    """The Handed of what was heard; the sum and the uses of the node that gets it are brought up to date."""
    x = step.node.inputs[event.argument]
    to, given = by[x], bare(event.given)
    handed, before = _fit(given, x, step.node.operator), sums.get(to)
    sums[to] = handed if before is None else before + handed
    pending[to] -= 1
    step.freed = event.freed
    return Handed(step, to, event.argument, given, handed, _undone(given, x), before, sums[to], pending[to], by)


def _recorded(graph, x):
    return graph.add(x, "gradient") if isinstance(x, Tensor) else []


def _undone(given, x):
    """What the engine does to a VJP's result so that it has the shape and dtype of the input x, in words, or ""."""
    found = []
    if given.shape != x.shape:
        axes = repeated_axes(x.shape, given.shape)
        which = f"axes {', '.join(map(str, axes))}" if len(axes) > 1 else f"axis {axes[0]}" if axes else "no axis"
        found.append(f"summed over {which}, along which broadcasting repeated {_shape(x.shape)} to {given.shape}")
    if given.dtype != x.dtype and not isinstance(x.dtype, type):
        found.append(f"cast from {given.dtype} to {x.dtype}, since the operator had promoted it")
    return " and ".join(found)


def _shape(shape):
    return f"{tuple(shape)}" if shape else "a number"
