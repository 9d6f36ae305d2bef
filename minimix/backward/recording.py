"""What a sweep hands from node to node, heard while the engine's own sweep runs.

For that time each node has a `_Listener` in the place of its operator, whose vector-Jacobian products (VJPs) are the
operator's own and report what they were given and what they gave. When nobody listens the engine does nothing more.
"""

from dataclasses import dataclass

from ..tensor import _count_uses, sweep


@dataclass(frozen=True)
class Heard:
    """One call of a VJP: of which node and argument, with which gradient g, and what it gave.

    g and given: arrays, Tensors in a sweep with create_graph. freed: whether the engine has cut the node off its
    inputs by then.
    """

    node: object
    argument: int
    g: object
    given: object
    freed: bool


def listen(output, create_graph=False, free=True):
    """(list of Heard in the order of the sweep, {leaf: its gradient} in the order in which they are delivered).

    free: let the sweep free the graph as it goes, as backward() does. In the end everything is as it was before, and
    no leaf's .grad is touched. Raises what `sweep` does.
    """
    heard, leaves = [], {}
    nodes = [node for node in _count_uses(output, frozenset()) if node._operator is not None]
    kept = [(node, node._operator, node._inputs, node._options) for node in nodes]
    try:
        for node, operator, _, _ in kept:
            node._operator = _Listener(node, operator, heard.append)
        sweep(output, None, leaves.__setitem__, create_graph=create_graph, free=free)
    finally:
        for node, operator, inputs, options in kept:
            node._operator, node._inputs, node._options = operator, inputs, options
    return heard, leaves


class _Listener:
    """Stands for the operator of one node."""

    def __init__(self, node, operator, tell):
        self.node, self.operator, self.name, self.tell = node, operator, operator.name, tell

    @property
    def vjps(self):
        return self

    def __getitem__(self, i):
        vjp = self.operator.vjps[i]

        def call(g, *arguments, **options):
            given = vjp(g, *arguments, **options)
            if given is None:
                raise ValueError(f"{self.name}: the vector-Jacobian product for argument {i + 1} returned nothing")
            self.tell(Heard(self.node, i, g, given, not self.node._inputs))
            return given

        return call
