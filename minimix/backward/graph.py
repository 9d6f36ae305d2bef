"""The nodes of a tape: in an order in which they can be computed, in layers, with names."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from ..operators import Operator
from ..tensor import Tensor


@dataclass(eq=False)
class Node:
    """A Tensor on the tape.

    number: its place in the order of computation. part: "forward", or "gradient" for what computes the gradient.
    layer: how many operators lead to it, at the least; place: which one of its layer. group: the path of the Module
    that computed it, or "". gradient: that of the loss, an array, once the sweep has been listened to; second: that of
    what the second sweep differentiates.
    """

    number: int
    tensor: Tensor
    operator: Operator | None
    inputs: tuple
    options: dict
    part: str = "forward"
    name: str = ""
    layer: int = 0
    place: int = 0
    group: str = ""
    gradient: np.ndarray | None = None
    second: np.ndarray | None = None
    users: list = field(default_factory=list)

    def __repr__(self):
        return f"<Node {self.name} of shape {self.tensor.shape}>"


def walk(output):
    """All Tensors that one is computed from, and it: inputs before what is computed from them."""
    order, seen, stack = [], set(), [(output, False)]
    while stack:
        x, done = stack.pop()
        if done:
            order.append(x)
        elif x not in seen:
            seen.add(x)
            stack.append((x, True))
            stack += [(y, False) for y in reversed(x._inputs) if isinstance(y, Tensor) and y not in seen]
    return order


def nodes_of(output, known=(), part="forward"):
    """A Node for each Tensor that `output` is computed from, after those that are known."""
    by = {node.tensor: node for node in known}
    nodes = [*known]
    for x in walk(output):
        if x not in by:
            node = by[x] = Node(len(nodes), x, x._operator, x._inputs, x._options or {}, part)
            nodes.append(node)
            for y in dict.fromkeys(y for y in x._inputs if isinstance(y, Tensor)):
                by[y].users.append(node)
    _lay(nodes, by)
    return nodes


def _lay(nodes, by):
    """Give each its layer: one more than the highest of its inputs; a leaf stands just before its first user."""
    for node in nodes:
        if node.operator:
            node.layer = 1 + max(by[y].layer for y in node.inputs if isinstance(y, Tensor))
    for node in nodes:
        if not node.operator and node.users:
            node.layer = min(user.layer for user in node.users) - 1
    count = Counter()
    for node in nodes:
        node.place = count[node.layer]
        count[node.layer] += 1


def name_all(nodes, given, output, last):
    """Give each node its name: one of `given` {name: Tensor}, its own, or x1, v1, … for leaves and the others.

    last: the name of the output, where it has none.
    """
    names, taken = {x: name for name, x in given.items()}, Counter()
    for node in nodes:
        if not node.name:
            own = names.get(node.tensor) or node.tensor.name or (last if node.tensor is output else "")
            taken[own] += bool(own)
            node.name = own if taken[own] < 2 else f"{own}'{taken[own]}"
    used, count = {node.name for node in nodes}, Counter()
    for node in nodes:
        kind = "x" if not node.operator else "v" if node.part == "forward" else "u"
        while not node.name:
            count[kind] += 1
            name = f"{kind}{count[kind]}"
            node.name = "" if name in used else name
