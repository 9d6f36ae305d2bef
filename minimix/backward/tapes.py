"""tape(loss): the nodes that a loss is computed from, and the steps of the sweep back through them."""

import functools
import operator
import sys

from .. import files
from ..hint import shown as given
from ..tensor import Tensor, recording
from . import graph, picture, rows, telling, terminal
from .recording import listen
from .steps import backward_steps, forward_steps

MOST, ENDS = 300, 100  # nodes of a tape that is shown whole, and from each end of a longer one


def tape(loss, names=None, second=False):
    """The tape of a scalar Tensor: what it was computed from, and how backward() goes through it.

    loss: a Tensor with one element that depends on one with requires_grad=True. names: {name: Tensor}, for leaves and
    what was computed between; by default the variables where this is called. second: go on through the graph of the
    gradient, by a second sweep, of the sum of the squares of the gradient.

    The graph is left as it is, and no .grad is touched. Returns a `Tape`. Raises TypeError or ValueError with one
    sentence for what is no such Tensor, RuntimeError for a graph that an earlier backward() has freed.

    >>> x = mx.Tensor(3.0, requires_grad=True)
    >>> t = mx.tape(x * x + x)
    >>> [step.node.name for step in t.steps if step.phase == "backward"]
    ['loss', 'v1', 'x']
    """
    return Tape(loss, _variables(sys._getframe(1)) if names is None else names, second=second)


class Tape:
    """The nodes of a computation and the steps of its sweep; made by `tape`.

    nodes: a list of `graph.Node`, in the order of computation. steps: a list of `steps.Step`, forward, backward and
    with `second` once more. loss: the Node of the loss. title, about: what it is, in words. pictures: {Tensor: what
    is shown in its place}, as images where it has their rows.
    """

    def __init__(self, loss, names, groups=None, second=False, title="loss", pictures=None):
        _check(loss, names)
        self.title, self.graph, self.pictures = title, graph.Graph(), pictures or {}
        self.nodes, self.by = self.graph.nodes, self.graph.by
        self.steps = forward_steps(self.graph.add(loss))
        self.graph.name({loss: loss.name or "loss"} | {x: name for name, x in names.items()})
        heard, leaves = listen(loss, create_graph=second, free=not second)
        self._sweep(heard, leaves, loss, "backward", "gradient")
        if second:
            self._go_on(heard, leaves)
        self.graph.lay()
        for node in self.nodes:
            node.group = (groups or {}).get(node.tensor, "")
        for node in self.nodes:
            if node.tensor.requires_grad and not node.operator and len({user.group for user in node.users}) == 1:
                node.group = node.users[0].group  # a parameter belongs to the layer that alone uses it
        self.loss = self.by[loss]

    def _sweep(self, heard, leaves, output, phase, which):
        steps, gradients = backward_steps(heard, leaves, output, self.graph, phase)
        self.steps += steps
        for node, g in gradients.items():
            setattr(node, which, g)

    def _go_on(self, heard, leaves):
        """Sweep once more, from the sum of the squares of the gradient."""
        with recording():
            norm = functools.reduce(operator.add, [_sum_of_squares(g) for g in leaves.values()])
        if not norm.requires_grad:
            raise ValueError("tape: the gradient is constant, so that there is nothing to differentiate a second time")
        self.steps += forward_steps(self.graph.add(norm, "gradient"), "second")
        self._sweep(*listen(norm), norm, "second", "second")
        called = {event.g: f"g_{self.by[event.node].name}" for event in reversed(heard)}
        called |= {g: f"g_{self.by[leaf].name}" for leaf, g in leaves.items()}
        self.graph.name(called | {norm: "norm2"})

    @property
    def about(self):
        """How large it is, in a sentence."""
        return telling.about(self)

    @functools.cached_property
    def kept(self):
        """The nodes that are shown: all, or of a long tape the first and the last, with what they are computed from."""
        if len(self.nodes) <= MOST:
            return self.nodes
        ends = self.nodes[:ENDS] + self.nodes[-ENDS:]
        inputs = [self.by[x] for node in ends for x in node.inputs if isinstance(x, Tensor)]
        return sorted({*ends, *inputs}, key=lambda node: node.number)

    @functools.cached_property
    def kept_steps(self):
        """The steps that are shown: those of the nodes that are."""
        shown = self.kept_numbers
        return [step for step in self.steps if {step.node.number, *(h.to.number for h in step.vjps)} <= shown]

    @functools.cached_property
    def kept_numbers(self):
        """The numbers of the nodes that are shown."""
        return {node.number for node in self.kept}

    def text(self):
        """The nodes as a table, and every step as a block of plain text."""
        return "\n\n".join(terminal.blocks(self))

    def csv(self, path):
        """Every value, gradient and what was handed, a number a line with all its digits; see `rows`.

        Of an array of more than 1,000 elements the norm alone.
        """
        files.write_rows(path, rows.HEAD, rows.of(self))

    def png(self, path, on_picture=None):
        """Write a picture of the tape with all values and gradients; with {step} in the path one picture a step.

        on_picture: called without arguments after each.
        """
        picture.save(self, path, on_picture or (lambda: None))

    def html(self, path=None):
        """The page as text; with a path, written to that file."""
        text = _page().html(self)
        if path is not None:
            files.write(path, text)
        return text

    def _repr_html_(self):
        return _page().frame(self)

    def data(self):
        """All that a page shows, as plain data; see the source for its form.

        {"title", "about", "cut": a sentence on what is left out, or "",
         "nodes": [{"id": number, "name", "part": "forward" | "gradient", "operator": name or "" for a leaf,
                    "options": text, "shape": text, "dtype", "layer": number, "place": number in the layer,
                    "inputs": [ids], "group": path of the Module, or "", "trained": whether it requires a gradient,
                    "value": V, "gradient": V or null, "second": V or null (of the second sweep),
                    "formula", "numbers": MathML, "" for a leaf; "text": the same in plain text, "x*w = 2*3"}],
         "steps": [{"phase": "forward" | "backward" | "second", "node": id, "said": a sentence, "why": a sentence or "",
                    "g": V or null, "ready": [ids] of the latest others that are ready, "waiting": how many are in all,
                    "vjps": [{"to": id, "argument": number from 0, "letters", "numbers": MathML,
                              "text": the same in plain text, "handed": V,
                              "undone": "" or what was summed or cast, in words, "before": V or null,
                              "adds": V or null, the sum so far where it is one, "left": uses to come}],
                    "freed": [ids], "made": [ids] of nodes of the gradient that this step recorded (with second)}]}

        V is {"kind": "number", "number"}, {"kind": "array", "numbers": nested lists}, {"kind": "norm", "norm", "low",
        "high", "mean", "histogram": counts} or {"kind": "picture", "norm", "low", "high", "mean", "pictures":
        [{"height", "width", "channels": 1 | 3, "pixels": bytes in base64, row by row, 0 the lowest, 255 the highest}]};
        each with "shape", a list, and "dtype". inf and nan are text. In a step forward, vjps is empty. A leaf's step
        backward has no vjps: the gradient is delivered to it.
        """
        return telling.data(self)


def _sum_of_squares(g):
    return (g * g).sum() if g.ndim else g * g


def _page():
    from . import page  # its parts are read only where a page is made

    return page


def _check(loss, names):
    if not (isinstance(names, dict) and all(isinstance(name, str) for name in names)):
        raise TypeError(f"tape: names must be a dictionary, {{name: Tensor}}, got {given(names)}")
    if not isinstance(loss, Tensor):
        raise TypeError(f"tape takes a Tensor, the loss, got {given(loss)}")
    if loss.size != 1:
        raise ValueError(f"tape needs a loss with one element, got shape {tuple(loss.shape)}; .sum() makes one of many")
    if not loss.requires_grad:
        raise ValueError(
            "tape: nothing was recorded: the loss depends on no Tensor with requires_grad=True, or it was computed "
            "under no_grad or cut off by .detach() or .item()"
        )


def _variables(frame):
    """{name: Tensor} of a reader's variables, and of the parameters of the Modules among them."""
    found, modules = {}, {}
    for name, x in {**frame.f_globals, **frame.f_locals}.items():
        if isinstance(x, Tensor) and not name.startswith("_"):
            found[name] = x
        elif hasattr(type(x), "named_parameters") and not name.startswith("_"):
            modules[name] = x
    for name, module in modules.items():
        prefix = f"{name}." if len(modules) > 1 else ""
        found |= {prefix + path: p for path, p in module.named_parameters()}
    return found
