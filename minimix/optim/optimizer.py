"""The optimizer: it keeps parameters and gradients in flat vectors, asks its rule, and does w -= eta*d."""

import copy

import numpy as np

from ..backend import asarray, fused, module_of, to_host
from ..hint import did_you_mean
from ..ops import norm
from ..tensor import Tensor, changed, unrecorded, value
from .describing import check_number
from .rule import Layer, Rule, State
from .watch import Names, Watch


class Optimizer:
    """Applies an update rule to the parameters of a model.

    parameters: a Module, or (name, Tensor) pairs, of one dtype; those without requires_grad are left alone.
    clip_norm: gradients are scaled down so that the norm of all together is at most this.

    Parameters and gradients become views of one flat vector each, so that a rule is a handful of passes over one
    vector however many layers there are. A `.grad` is overwritten by the next `backward` after `zero_grad`: copy it
    to keep it. Raises ValueError for a parameter given twice.
    """

    def __init__(self, parameters, rule, clip_norm=None):
        if isinstance(parameters, Rule) or not isinstance(rule, Rule):
            raise TypeError(f"Optimizer takes a model (or named parameters) and then a rule, got rule={rule!r}")
        if clip_norm is not None:
            check_number("Optimizer", "clip_norm", clip_norm, above=True)
        named = parameters.named_parameters() if hasattr(parameters, "named_parameters") else parameters
        named = [pair for pair in named if _tensor(pair).requires_grad]
        check_distinct(named)
        rule.check([name for name, _ in named])
        self.rule, self.clip_norm, self._watcher = rule, clip_norm, None
        self._flatten(named)
        self.state = State(self.layers)

    def _flatten(self, named):
        xp = module_of(named[0][1].data)
        size = sum(p.size for _, p in named)
        self.w, self.g = xp.empty(size, named[0][1].dtype), xp.zeros(size, named[0][1].dtype)
        self.layers, self._views, start = [], [], 0
        for name, p in named:
            i = slice(start, start + p.size)
            w, g = self.w[i].reshape(p.shape), self.g[i].reshape(p.shape)
            w[...] = p.data
            p.data, p.grad, p._buffer = w, None, g
            self.layers.append(Layer(name, p.shape, i))
            self._views.append((name, p, w, g))
            start = i.stop

    def zero_grad(self):
        """Forget all gradients."""
        for _, p, _, _ in self._views:
            p.grad = None

    def backward(self, loss):
        """loss.backward(); `Unrolled`, which takes an Optimizer's place, records it."""
        loss.backward()

    def step(self):
        """One update of every parameter from its `.grad`. Raises RuntimeError where one has none."""
        for name, p, w, g in self._views:
            if p.grad is not g:
                if p.grad is None:
                    raise RuntimeError(f"step() found no gradient for {name!r}: call loss.backward() before it")
                _copy(name, "gradient", value(p.grad), g)
            if p.data is not w:
                _copy(name, "data", p.data, w)
                p.data = w
        g = self.g
        if self.clip_norm is not None:
            g = g * (self.clip_norm / module_of(g).maximum(norm(g), self.clip_norm))
        if self._watcher:
            watch = Watch(self.rule, self.w, g, self.state)
            d, eta = watch.d, watch.eta
        else:
            d, eta = unrecorded(self.rule, self.w, g, self.state)
        _descend(self.w, value(d), value(eta))
        changed(p for _, p, _, _ in self._views)
        if self._watcher:
            self._watcher(watch)

    def watch(self, watcher):
        """Call watcher(watch) after every step, with the `watch.Watch` that recorded it; None stops that."""
        self._watcher = watcher

    def listen(self, listener):
        """Call listener(t, terms) after every step; None stops that.

        terms is {parameter name: {term: copy}}, what the rule computed (g, m, v, d_a, eta_a, …) by the names that it
        has in the rule's code; those of the rules that MAS is made of are "s.b", "a.m" and so on.
        """

        def tell(watch):
            terms = {}
            for layer in self.layers:
                names = Names(watch, layer)
                computed = [key for key in names.spots if key not in names.settings or key in names.result]
                found = {key: names.value(key) for key in computed}
                terms[layer.name] = {
                    key: x.reshape(layer.shape).copy() if np.ndim(x) else x for key, x in found.items()
                }
            listener(watch.t, terms)

        self._watcher = listener and tell

    def state_dict(self):
        """All that is kept between steps, as {key: NumPy array}: "dense1.weight:m", and scalars as "t" or "a.t"."""
        return _as_dict(self.state)

    def load_state_dict(self, saved):
        """Take over what state_dict of an optimizer with the same rule and parameters gave. Raises ValueError else."""
        state = self._loaded(State(self.layers) if int(saved.get("t", 0)) == 0 else self._used_state(), saved)
        self.state = state

    def _used_state(self):
        """A State with all that the rule keeps, which is known when it has made a step."""
        state = State(self.layers)
        with np.errstate(all="ignore"):
            unrecorded(copy.deepcopy(self.rule), self.w.copy(), module_of(self.w).ones_like(self.w), state)
        return state

    def _loaded(self, state, saved):
        own = _as_dict(state)
        for key in sorted(own.keys() ^ saved.keys()):
            where = "this optimizer" if key in own else "the state"
            hint = did_you_mean(key, saved if key in own else own)
            raise ValueError(f"load_state_dict: only {where} has {key!r}{hint}")
        for key in own:
            if own[key].shape != tuple(saved[key].shape):
                raise ValueError(f"load_state_dict: {key!r} has shape {tuple(saved[key].shape)}, not {own[key].shape}")
        for path, part in _walk(state):
            part.t = int(saved[_join(path, "t")])
            for key, array in part.items():
                if not getattr(array, "ndim", 0):
                    x = np.asarray(saved[_join(path, key)])
                    part[key] = asarray(x, array.dtype) if hasattr(array, "dtype") else x.item()
                else:
                    for layer in part.layers:
                        array[layer.slice] = asarray(saved[f"{layer.name}:{_join(path, key)}"], array.dtype).ravel()
        return state


@fused
def _descend(w, d, eta):
    w -= eta * d


def _tensor(pair):
    if not (isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[1], Tensor)):
        raise TypeError(f"Optimizer takes a model or (name, Tensor) pairs, got {pair!r}")
    return pair[1]


def check_distinct(named, owner="Optimizer"):
    """Raise ValueError unless (name, Tensor) pairs are there, each once, of one dtype."""
    if not named:
        raise ValueError(f"{owner} got no parameter that requires a gradient")
    names = {}
    for name, p in named:
        if id(p) in names:
            raise ValueError(f"{owner} got the parameter {names[id(p)]!r} twice, again as {name!r}")
        if name in names.values():
            raise ValueError(f"{owner} got two parameters with the name {name!r}")
        if p.dtype != named[0][1].dtype:
            raise ValueError(
                f"{owner} needs parameters of one dtype, got {named[0][1].dtype} for {named[0][0]!r} and {p.dtype} "
                f"for {name!r}"
            )
        names[id(p)] = name


def _copy(name, what, given, view):
    if given.shape != view.shape:
        raise ValueError(f"step() found {what} of shape {given.shape} for {name!r}, not {view.shape}")
    view[...] = given


def _as_dict(state):
    found = {}
    for path, part in _walk(state):
        found[_join(path, "t")] = np.asarray(part.t)
        for key, array in part.items():
            if not getattr(array, "ndim", 0):
                found[_join(path, key)] = to_host(array).copy()
            else:
                for layer in part.layers:
                    found[f"{layer.name}:{_join(path, key)}"] = to_host(array[layer.slice]).reshape(layer.shape).copy()
    return found


def _join(path, key):
    return f"{path}.{key}" if path else key


def _walk(state, path=""):
    """(path, state) of a state and all states it is made of."""
    yield path, state
    for name, part in state.parts.items():
        yield from _walk(part, _join(path, name))
