"""The steps of a tape: forward in the order of computation, then backward as the sweep was heard."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from ..tensor import _count_uses, _fit, repeated_axes
from . import formulas
from .graph import Node
from .values import host


@dataclass(eq=False)
class Handed:
    """What one VJP of a step gave: to a node, as its argument number `argument`.

    given: by the VJP; handed: the same after broadcasting and promotion were undone, which `undone` says in words.
    before: what others have handed to the node until then, or None; total: the sum; left: uses that are still to come.
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

    def formula(self):
        """The VJP's `formulas.Formula`."""
        node = self.step.node
        return formulas.vjp(node.operator, self.argument, self.step.g, node.tensor, node.inputs, node.options)


@dataclass(eq=False)
class Step:
    """One step. phase: "forward", "backward" or "second", the sweep through the graph of the gradient.

    g: the gradient of the node's value, in a step backward. vjps: a Handed for each input that needs one, none for a
    leaf, to which g is delivered. parts: the Handed that g is the sum of. ready: other nodes that wait for their turn.
    freed: whether the engine has let the node's value and inputs go.
    """

    phase: str
    node: Node
    g: np.ndarray | None = None
    vjps: list = field(default_factory=list)
    parts: list = field(default_factory=list)
    ready: list = field(default_factory=list)
    freed: bool = False


def forward_steps(nodes):
    """A step for each node that an operator computed."""
    return [Step("forward", node) for node in nodes if node.operator]


def backward_steps(heard, leaves, output, by, phase):
    """The steps of a sweep, and {node: its gradient}. by: {Tensor: Node}."""
    pending = Counter({by[x]: n for x, n in _count_uses(output, frozenset()).items()})
    steps, sums, parts, ready = [], {}, {}, [by[output]]
    for event in heard:
        node = by[event.node]
        if not steps or steps[-1].node is not node:
            ready = [other for other in ready if other is not node]
            steps.append(Step(phase, node, host(event.g), parts=parts.pop(node, []), ready=ready))
            sums[node] = steps[-1].g
        step = steps[-1]
        x = node.inputs[event.argument]
        to, given = by[x], host(event.given)
        handed, before = _fit(given, x, node.operator), sums.get(to)
        total = handed if before is None else before + handed
        pending[to] -= 1
        step.freed = event.freed
        step.vjps.append(Handed(step, to, event.argument, given, handed, _undone(given, x), before, total, pending[to]))
        sums[to] = total
        parts.setdefault(to, []).append(step.vjps[-1])
        if not pending[to] and to.operator:
            step.ready = ready = [*ready, to]
    for leaf, g in leaves.items():
        sums[by[leaf]] = host(g)
        steps.append(Step(phase, by[leaf], host(g), parts=parts.pop(by[leaf], [])))
    return steps, sums


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
