"""One step of a rule as it runs: recorded on Tensors, with the names that things have in the rule's own code.

A watched step computes what an unwatched one does, bit for bit, and moves the weights; only its w, g, hyperparameters
and what is kept are Tensors with names, so that every operator leaves a node. Names are the local variables of
`propose`, read when it returns. What `Names` finds is for everyone: the optimizer's listeners, formulas, pictures.
"""

import copy
import inspect
from dataclasses import dataclass, field

from ..backend import is_array, to_host
from ..ops import one_after_the_other, same
from ..own.calls import with_variables
from ..tensor import Number, Tensor, recording, value
from .schedules import Schedule


@dataclass(eq=False)
class Call:
    """A call of a rule, or of a function that `State.each` calls for one layer in it, its owner.

    layers: the parameters in its vectors. names: {local variable: what it is at the end}; arguments: those that it was
    given. kept, old: {name: Tensor}, what is kept from this step and was from the last, in the state or in attributes
    of the rule. settings: {hyperparameter: Tensor}. averages: {name: (decay, what stands for it)}; hats: those that the
    rule corrects, corrected. result: (direction, step size). done: its place in the order in which calls end.
    """

    rule: object
    path: str
    layers: list
    owner: object = None
    names: dict = field(default_factory=dict)
    arguments: tuple = ()
    kept: dict = field(default_factory=dict)
    old: dict = field(default_factory=dict)
    settings: dict = field(default_factory=dict)
    averages: dict = field(default_factory=dict)
    hats: dict = field(default_factory=dict)
    result: tuple = ()
    done: int = -1


class Watch:
    """A step of a rule, watched. calls: outer ones before those within; w, g, d, eta: the Tensors of the step."""

    def __init__(self, rule, w, g, state):
        self.calls, self.count, self.t, self._open = [], 0, state.t + 1, {}
        self.w, self.g = _leaf(w.copy()), _leaf(g.copy())
        _set_watch(state, self)
        try:
            with recording():
                self.d, self.eta = rule(self.w, self.g, state)
        finally:
            _set_watch(state, None)
            as_arrays(state)

    def rule(self, rule, w, g, state):
        """rule.propose on Tensors, with its hyperparameters as named numbers."""
        call = self._open[id(state)] = Call(rule, state.path, state.layers)
        call.owner = call
        self.calls.append(call)
        own, t = copy.copy(rule), state.t
        call.settings["t"] = state.t = Number(t, True, "t")
        for name, x in vars(rule).items():
            number = value(x(t) if isinstance(x, Schedule) else x)
            number = number.item() if hasattr(number, "item") and number.size == 1 else number
            if isinstance(number, (int, float)) and not isinstance(number, bool):
                call.settings[name] = vars(own)[name] = Number(number, True, name)
            elif is_array(x):
                vars(own)[name] = _leaf(x)
        given = dict(vars(own))
        try:
            d, eta = self._run(call, own.propose, w, g, state)
        finally:
            state.t = t
            _take_over(call, rule, {k: x for k, x in vars(own).items() if k not in given or given[k] is not x}, given)
        d = d if isinstance(d, Tensor) else _renamed(call, d, _leaf(d))
        if d._operator is None or d is g or any(d is x for x in call.kept.values()):
            d = _renamed(call, d, same(d))  # a direction of its own, though it is another term unchanged
        call.result = d, eta if isinstance(eta, Tensor) else _renamed(call, eta, _leaf(eta))
        self._correct(call)
        return call.result

    def _correct(self, call):
        """A moving average starts at 0; where the rule makes up for that by 1 - decay^t, show it corrected too."""
        if not call.averages:
            return
        powers = {node._inputs[0] for node in _tape(*call.result, *call.kept.values()) if _is_power(node, call)}
        for name, (decay, kept) in call.averages.items():
            if decay in powers:
                call.hats[f"{name}_hat"] = call.kept[kept] / (1 - decay ** call.settings["t"])

    def layer(self, state, function, layer, parts):
        """function(layer, *parts), a call of its own."""
        size = layer.slice.stop - layer.slice.start
        owner = self._open[id(state)]
        call = Call(owner.rule, state.path, [type(layer)(layer.name, layer.shape, slice(0, size))], owner)
        self.calls.append(call)
        return self._run(call, function, layer, *parts)

    def old(self, state, name):
        """What the state kept from the last step, with a name."""
        old = self._open[id(state)].old
        if name not in old:
            old[name] = _leaf(state[name])
        return old[name]

    def kept(self, state, name, x):
        """x, with the name under which it is kept."""
        return _keep(self._open[id(state)], name, x if isinstance(x, Tensor) else _leaf(x))

    def averages(self, state, name, decay):
        """Remember that what is kept under a name is a moving average."""
        self._open[id(state)].averages[name] = decay, name

    def replaces(self, state, name, x):
        """Remember that what is kept under a name stands for the average x."""
        call = self._open[id(state)]
        for average, (decay, kept) in call.averages.items():
            if call.kept[kept] is x:
                call.averages[average] = decay, name

    def _run(self, call, function, *arguments):
        result, call.names = with_variables(function, *arguments)
        call.arguments = _arguments(function)
        call.done = self.count
        self.count += 1
        return result


def _arguments(function):
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if code else ()


def _keep(call, name, x):
    """Note that a call keeps x for later steps; returns it as a node of its own, whatever else x is called."""
    call.kept[name] = same(x)
    return call.kept[name]


def _take_over(call, rule, changed, given):
    """Give a rule the attributes that its watched copy changed: they are what it keeps, beside its state."""
    for name, x in changed.items():
        vars(rule)[name] = value(x)
        if isinstance(x, Tensor):
            _keep(call, name, x)
            if isinstance(given.get(name), Tensor):
                call.old[name] = given[name]
                call.settings.pop(name, None)


def _leaf(x):
    """A Tensor of an array or a number that everything computed from it remembers."""
    leaf = Tensor(x) if is_array(x) or hasattr(x, "dtype") else Number(x)
    leaf.requires_grad = True
    return leaf


def _tape(*ends):
    """All nodes that some Tensors were computed from."""
    found, stack = set(), [x for x in ends if isinstance(x, Tensor)]
    while stack:
        node = stack.pop()
        if node not in found:
            found.add(node)
            stack += [x for x in node._inputs if isinstance(x, Tensor)]
    return found


def _is_power(node, call):
    return node._operator is not None and node._operator.name == "power" and node._inputs[1] is call.settings["t"]


def _renamed(call, x, new):
    """`new`, which takes the place of x among a call's names, except where x has a name of its own."""
    for name, other in call.names.items():
        if other is x and name not in ("w", "g", *call.kept):
            call.names[name] = new
    return new


def _set_watch(state, watch):
    state.watch = watch
    for part in state.parts.values():
        _set_watch(part, watch)


def as_arrays(state):
    """Make what a state and all in it keep arrays again, without a graph."""
    state.update({name: value(x) for name, x in state.items()})
    for part in state.parts.values():
        as_arrays(part)


def resolve(x, span):
    """The node that holds the elements start to stop of x, and where there: past slices, joins and reshapes.

    span: (start, stop) in flat order, or None for a scalar.
    """
    while isinstance(x, Tensor) and x._operator is not None:
        step = _THROUGH.get(x._operator.name)
        inner = step and step(x, span)
        if not inner:
            break
        x, span = inner
        if not getattr(x, "ndim", 0):
            span = None
    return x, span


def _through_slice(x, span):
    (base,), index = x._inputs, x._options["index"]
    if isinstance(index, slice) and base.ndim == 1 and span and index.step in (None, 1):
        start = index.indices(base.size)[0]
        return base, (start + span[0], start + span[1])
    return None


def _through_join(x, span):
    """The one part of a join that holds the span, if there is one."""
    places = x._options.get("places") or one_after_the_other(x._inputs)
    for part, slices in zip(x._inputs, places, strict=True):
        before = 0
        for s in slices:
            if span and s.start <= span[0] and span[1] <= s.stop:
                return part, (before + span[0] - s.start, before + span[1] - s.start)
            before += s.stop - s.start
    return None


_THROUGH = {
    "reshape": lambda x, span: (x._inputs[0], span) if x.ndim else None,
    "cast": lambda x, span: (x._inputs[0], span),
    "getitem": _through_slice,
    "assemble": _through_join,
    "_concatenate": _through_join,
}


OTHERS = ("dw", "w_new", "loss", "loss_new", "index", "equations", "arrows", "changed", "rest")
"""What a record of steps has beside a rule's terms, see `stepping.record.Run`."""


def value_at(node, span):
    """What stands in a spot, see `resolve`: a float, or elements as a flat NumPy array."""
    if span is None:
        return float(to_host(value(node)))
    return to_host(value(node)).ravel()[slice(*span)]


class Names:
    """The names in a watched step, as one layer sees it.

    spots: {key: (node, span)}, see `resolve`; a key is a name with the path of its rule before it, "a.m". settings: the
    keys of hyperparameters. result: the keys of the direction and the step size. calls: those that concern the layer.
    """

    def __init__(self, watch, layer):
        self.layer, self.spots, self._keys = layer, {}, {}
        self.calls = [call for call in watch.calls if any(own.name == layer.name for own in call.layers)]
        outer = self.calls[0]
        self._add(outer, {"w": watch.w, "g": watch.g}, "")
        for call in self.calls:
            if "t" in call.settings:
                t = call.settings["t"]
                key = self._keys[t, None] = "t" if t.data == watch.t else f"{call.path}t"
                self.spots.setdefault(key, (t, None))
            self._add(call, call.kept)
            self._add(call, {f"{name}_kept": x for name, x in call.kept.items()})  # where w or g has its name
            self._add(call, {f"{name}_old": x for name, x in call.old.items()})
        for call in self.calls:
            self._add(call, call.hats | call.names)
        for names, x in zip((("d", "d_new", "direction"), ("eta", "eta_new", "step")), outer.result, strict=True):
            self._add(outer, dict.fromkeys(names, x))
        for call in reversed(self.calls):  # where a rule hands on to others, eta is theirs
            self._add(call, {"eta": call.settings.get("lr")} | call.settings)
            self._add(call, {f"{name}_0": x for name, x in call.settings.items()})  # where a variable has its name
        self.settings = {self.key(*self.spot(call, x)) for call in self.calls for x in call.settings.values()}
        self.result = tuple(self.key(*self.spot(outer, x)) for x in outer.result)

    def spot(self, call, x):
        """(node, span) of what a call has, or None for what is no number or vector of its layers."""
        if not isinstance(x, Tensor) or isinstance(x.data, bool) or getattr(x.dtype, "kind", "") == "b":
            return None
        own = next(own for own in call.layers if own.name == self.layer.name)
        if x.ndim and x.size != call.layers[-1].slice.stop:
            return None
        return resolve(x, (own.slice.start, own.slice.stop) if x.ndim else None)

    def key(self, node, span):
        """The key of a spot, or None."""
        return self._keys.get((node, span)) if isinstance(node, Tensor) else None

    def value(self, key):
        """A term: a float, or this layer's elements as a flat NumPy array."""
        return value_at(*self.spots[key])

    def add(self, key, spot):
        """Name a spot that has no name yet, if the key is free; returns the key."""
        key = f"{key}_own" if key in OTHERS else key
        if spot not in self._keys and key not in self.spots:
            self._keys[spot], self.spots[key] = key, spot
        return key

    def _add(self, call, named, path=None):
        for name, x in named.items():
            spot = self.spot(call, x)
            if spot and isinstance(spot[0], Tensor):
                self.add((call.path if path is None else path) + name, spot)
