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


class Graph:
    """Nodes in the order of computation, found by walking back from Tensors. by: {Tensor: Node}."""

    def __init__(self):
        self.nodes, self.by = [], {}

    def add(self, output, part="forward"):
        """The nodes that are new: what the Tensor `output` is computed from, and it."""
        found, seen, stack = [], set(), [(output, False)]
        while stack:
            x, done = stack.pop()
            if done:
                node = self.by[x] = Node(len(self.nodes), x, x._operator, x._inputs, x._options or {}, part)
                self.nodes.append(node)
                found.append(node)
                for y in dict.fromkeys(y for y in x._inputs if isinstance(y, Tensor)):
                    self.by[y].users.append(node)
            elif x not in seen and x not in self.by:
                seen.add(x)
                stack.append((x, True))
                stack += [(y, False) for y in reversed(x._inputs) if isinstance(y, Tensor)]
        return found

    def lay(self):
        """Give each node its layer: one more than the highest of its inputs; a leaf stands just before its users."""
        for node in self.nodes:
            if node.operator:
                node.layer = 1 + max(self.by[y].layer for y in node.inputs if isinstance(y, Tensor))
        for node in self.nodes:
            if not node.operator and node.users:
                node.layer = min(user.layer for user in node.users) - 1
        count = Counter()
        for node in self.nodes:
            node.place = count[node.layer]
            count[node.layer] += 1

    def name(self, given):
        """Name what has no name yet: by {Tensor: name}, its own, or x1, v1, u1 for leaves, the others, gradients'."""
        taken, count = Counter(node.name for node in self.nodes if node.name), Counter()
        unnamed = [node for node in self.nodes if not node.name]
        for node in unnamed:
            own = given.get(node.tensor) or node.tensor.name or ""
            taken[own] += bool(own)
            node.name = own if taken[own] < 2 else f"{own}'{taken[own]}"
        for node in unnamed:
            kind = "x" if not node.operator else "v" if node.part == "forward" else "u"
            while not node.name:
                count[kind] += 1
                name = f"{kind}{count[kind]}"
                node.name = "" if name in taken else name
