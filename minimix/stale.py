"""Data that changed between forward and backward: noticed where a derivative would mix old values with new ones.

`p.data = …`, `p -= …`, an optimizer's step and load_state_dict count as changes; an assignment to elements of p.data
does not.
"""

from .backend import module_of
from .tensor import Tensor


def stand_ins(nodes):
    """{(node, i): a Changed} for each input i that no longer has the data that the node was computed from."""
    found, since, more = {}, {}, True  # since when views have the data they have: as long as what they are views of
    while more:
        more = False
        for node in nodes:
            for i, x in enumerate(node._inputs):
                if isinstance(x, Tensor) and (node, i) not in found and since.get(x, x._made) > node._made:
                    found[node, i], more = Changed(x, node), True
                    if module_of(x._data).may_share_memory(node._data, x._data):
                        since[node] = max(since.get(node, 0), since.get(x, x._made))
    return found


class Changed(Tensor):
    """Stands for an input whose data changed: it has their shape and dtype, but to ask for their values is an error."""

    __slots__ = ("node", "was")

    def __init__(self, x, node):
        self.was, self.node = x, node
        self.grad = self._operator = self._options = None
        self._inputs, self.requires_grad, self.name = (), x.requires_grad, x.name

    shape = property(lambda self: self.was.shape)
    dtype = property(lambda self: self.was.dtype)
    ndim = property(lambda self: self.was.ndim)
    size = property(lambda self: self.was.size)

    @property
    def _data(self):
        name = f"{self.name!r}" if self.name else f"a Tensor of shape {self.shape}"
        raise RuntimeError(
            f"backward() needs the values of {name} with which {self.node._operator.name} computed, but they were "
            "changed since then, as by an optimizer's step: compute the loss again after it, or call backward() before"
        )
