"""A tape as a table: a number a line, with all its digits."""

import numpy as np

from .values import host

HEAD = ("phase", "step", "node", "operator", "what", "argument", "to", "index", "value")
LARGEST = 1000  # elements of an array that is written number by number


def of(tape):
    """Lines as HEAD names them. what: "value" of a node, its "gradient", what a VJP "gave", what is "handed" on.

    index: of the element, as "1,0"; "norm" of an array with more than LARGEST elements, of which that alone is written.
    Leaves are in step 0.
    """
    for node in tape.nodes:
        if not node.operator:
            yield from _cells(("forward", 0, node.name, "", "value", "", ""), node.tensor)
    for i, step in enumerate(tape.steps, 1):
        node = step.node
        own = (step.phase, i, node.name, node.operator.name.lstrip("_") if node.operator else "")
        if step.g is None:
            yield from _cells((*own, "value", "", ""), node.tensor)
            continue
        yield from _cells((*own, "gradient", "", ""), step.g)
        for handed in step.vjps:
            yield from _cells((*own, "gave", handed.argument, handed.to.name), handed.given)
            yield from _cells((*own, "handed", handed.argument, handed.to.name), handed.handed)


def _cells(own, x):
    x = host(x)
    if x.size > LARGEST:
        yield (*own, "norm", repr(float(np.linalg.norm(x.astype(np.float64).ravel()))))
        return
    for index in np.ndindex(x.shape):
        yield (*own, ",".join(map(str, index)), repr(x[index].item()))
