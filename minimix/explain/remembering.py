"""Explaining many steps of one rule: steps whose tapes have the same form have the same equations, printed once."""

import numpy as np

from ..backend import is_array, to_host
from ..optim.watch import Names, value_at
from ..tensor import Tensor
from .formulas import explain


class Explainer:
    """Gives what `explain` gives of every step of a rule; it prints a form of the tape when it first meets it."""

    def __init__(self):
        self.known = {}

    def __call__(self, watch, layers, indices, prefixes):
        """(equations, {key: value}, settings, keys of direction and step size) for each of the layers.

        indices: {name of a layer: the coordinates shown}; prefixes: {name of a layer: what its keys start with}.
        """
        form, nodes = tape_form(watch)
        if form not in self.known:
            self.known[form] = [_explained(Names(watch, x), indices[x.name], prefixes[x.name], nodes) for x in layers]
        for equations, spots, settings, result in self.known[form]:
            values = {key: value_at(nodes[k], span) for key, (k, span) in spots.items()}
            yield equations, values, set(settings), result


def _explained(names, indices, prefix, nodes):
    equations, values, settings = explain(names, indices, prefix)
    place = {node: k for k, node in enumerate(nodes)}
    spots = {key: names.spots[key] for key in dict.fromkeys([*values, "w"])}
    return equations, {key: (place[x], span) for key, (x, span) in spots.items()}, settings, names.result


def tape_form(watch):
    """(what equations depend on, the nodes of the tape in an order that depends on that alone).

    That is: which operators led from what has a name to what has one; numbers that are no nodes; which conditions
    held; and which of the kept terms are 0 still.
    """
    nodes, place, form = [], {}, []

    def refer(x):
        if not isinstance(x, Tensor):
            return _constant(x)
        if x not in place:
            place[x] = len(nodes)
            nodes.append(x)
        return place[x]

    refer(watch.w), refer(watch.g)
    settings = {refer(x) for call in watch.calls for x in call.settings.values()}
    for call in watch.calls:
        form += [call.path, call.done, "t" in call.settings and call.settings["t"]._data == watch.t]
        for named in (call.names, call.kept, call.old, call.settings, call.hats):
            form.append(tuple((name, refer(x)) for name, x in named.items() if isinstance(x, Tensor)))
        form += [bool(np.any(to_host(x._data))) for x in call.kept.values()]
        for x in call.result:
            is_printed = x._operator is None and not x.ndim and refer(x) not in settings
            form += [refer(x), float(x._data) if is_printed else None]
    for node in nodes:  # it grows
        data, operator = node._data, node._operator
        form += [operator, getattr(data, "shape", None), *map(refer, node._inputs)]
        if node._options:
            form += [(name, _constant(x)) for name, x in node._options.items()]
        if operator and not operator.differentiable and not node.ndim:
            form.append(bool(data))
    return tuple(form), nodes


def _constant(x):
    """What is no node, so that it can be compared: an array by its shape, except where it is one number."""
    if is_array(x):
        return x.shape, x.item() if x.size == 1 else None
    return type(x), x if isinstance(x, (int, float, str)) else repr(x)
