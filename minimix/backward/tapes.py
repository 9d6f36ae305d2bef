"""tape(loss): the nodes that a loss is computed from, and the steps of the sweep back through them."""

import sys

from .. import files
from ..hint import shown as given
from ..tensor import Tensor
from . import graph, telling
from .recording import listen
from .steps import backward_steps, forward_steps


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
    with `second` once more. loss: the Node of the loss. title, about: what it is, in words.
    """

    def __init__(self, loss, names, groups=None, second=False, title="loss"):
        _check(loss)
        self.nodes = graph.nodes_of(loss)
        graph.name_all(self.nodes, names, loss, "loss")
        by = {node.tensor: node for node in self.nodes}
        for node in self.nodes:
            node.group = (groups or {}).get(node.tensor, "")
        self.loss, self.title = by[loss], title
        steps, gradients = backward_steps(*listen(loss, second), loss, by, "backward")
        for node, g in gradients.items():
            node.gradient = g
        self.steps = forward_steps(self.nodes) + steps

    @property
    def about(self):
        """How large it is, in a sentence."""
        return telling.about(self)

    def text(self):
        """The nodes as a table, and every step as a block of plain text."""
        return telling.text(self)

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
                    "g": V or null, "ready": [ids] that wait too,
                    "vjps": [{"to": id, "argument": number, "name": how the VJP calls it,
                              "letters", "numbers": MathML, "text": the same in plain text, "handed": V,
                              "undone": "" or what was summed or cast, in words, "before": V or null,
                              "adds": V or null, the sum so far where it is one, "left": uses to come}],
                    "freed": [ids]}]}

        V is {"kind": "number", "number"}, {"kind": "array", "numbers": nested lists}, {"kind": "norm", "norm", "low",
        "high", "mean", "histogram": counts} or {"kind": "picture", "norm", "low", "high", "mean", "pictures":
        [{"height", "width", "channels": 1 | 3, "pixels": bytes in base64, row by row, 0 the lowest, 255 the highest}]};
        each with "shape", a list, and "dtype". inf and nan are text. In a step forward, vjps is empty. A leaf's step
        backward has no vjps: the gradient is delivered to it.
        """
        return telling.data(self)


def _page():
    from . import page  # its parts are read only where a page is made

    return page


def _check(loss):
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
