"""What a rule keeps between steps, for the parameters in its flat vector; saved and restored whole."""

import functools
import math
from dataclasses import dataclass

import numpy as np

from ..backend import fused, module_of, to_host
from ..nn.states import fitted
from ..ops import assemble, maximum
from ..tensor import Tensor, value


@dataclass(frozen=True)
class Layer:
    """One parameter array in a flat vector: its full name, its shape and its slice."""

    name: str
    shape: tuple
    slice: slice

    @functools.cached_property
    def half(self):
        """How many elements the first half of its rows (axis 0, n//2) has."""
        rows, *row = self.shape or (1,)
        return rows // 2 * math.prod(row)


class State(dict):
    """What a rule keeps between steps for the parameters it updates: arrays as long as their flat vector, or numbers.

    t: the step, from 1. layers: the parameters in the flat vector. parts: the states of the rules that a rule is
    made of, each written by its own rule alone. memory: a dict for what else the rule remembers, which is no part of
    a state_dict. watch: None, or the `watch.Watch` that records this step.

    What is kept starts at 0 and is updated in place where it is an array; on Tensors it is recorded instead.
    """

    def __init__(self, layers, path="", watch=None):
        super().__init__()
        self.t, self.layers, self.path, self.watch, self.parts, self.memory = 0, layers, path, watch, {}, {}

    def part(self, name, layers=None):
        """The State of a rule inside this one; layers: those it updates, where it does not update all."""
        if name not in self.parts:
            path = self.path if layers else f"{self.path}{name}."  # each layer has one rule of a split: no need to tell
            self.parts[name] = State(layers or self.layers, path, self.watch)
        return self.parts[name]

    def previous(self, name, like, start=None, scalar=False):
        """What was kept under a name at the last step; before the first `start`, or else zeros or a 0 like `like`."""
        if name not in self:
            if start is None:
                like = value(like)
                start = module_of(like).zeros(() if scalar else like.shape, like.dtype)
            self[name] = _copied(start) if self.watch or not isinstance(start, Tensor) else start
        return self.watch.old(self, name) if self.watch else self[name]

    def keep(self, name, x):
        """Keep x under a name for the next step; returns it."""
        if self.watch:
            x = self.watch.kept(self, name, x)
        self[name] = x if isinstance(x, Tensor) and x._operator is not None else _copied(x)
        return self[name]

    def average(self, name, x, beta, power=1):
        """The moving average of x^power, beta*old + (1-beta)*x^power."""
        if self.watch:
            self.watch.averages(self, name, beta)
        return self._update(name, x, beta, 1 - beta, power)

    def sum(self, name, x, decay=None, power=1):
        """The sum of all x^power so far, or with a decay decay*old + x^power."""
        return self._update(name, x, decay, None, power)

    def _update(self, name, x, decay, weight, power):
        old = self.previous(name, x)
        if isinstance(x, Tensor) or isinstance(old, Tensor) or isinstance(decay, Tensor):
            x = x if power == 1 else x**power
            return self.keep(name, (old if decay is None else decay * old) + (x if weight is None else weight * x))
        if power == 2 and weight is not None:
            _average_squares(old, x, decay, weight)
            return old
        x = x if power == 1 else x**power
        if decay is None:
            _add(old, x)
        elif weight is None:
            _sum(old, x, decay)
        else:
            _average(old, x, decay, weight)
        return old

    def largest(self, name, x):
        """The largest x so far, element by element."""
        old = self.previous(name, x)
        if self.watch:
            self.watch.replaces(self, name, x)
        if isinstance(x, Tensor) or isinstance(old, Tensor):
            return self.keep(name, maximum(old, x))
        return module_of(x).maximum(old, x, out=old)

    def each(self, function, *vectors):
        """function(layer, *parts) for each layer and its part of the vectors, joined: norms and branches are a layer's.

        It returns a direction, or a direction and a step size.
        """
        call = self.watch.layer if self.watch else _call
        numbers = not all(getattr(x, "ndim", 0) for x in vectors)
        found = []
        for layer in self.layers:
            i = layer.slice
            parts = [x[i] if getattr(x, "ndim", 0) else x for x in vectors] if numbers else [x[i] for x in vectors]
            found.append(call(self, function, layer, parts))
        several = list(zip(*found, strict=True)) if isinstance(found[0], tuple) else [found]
        places = [[layer.slice] for layer in self.layers]
        joined = tuple(assemble(*parts, places=places, like=value(vectors[0])) for parts in several)
        return joined if len(joined) > 1 else joined[0]


def _call(state, function, layer, parts):
    return function(layer, *parts)


def _copied(x):
    return value(x).copy() if hasattr(x, "dtype") and x.ndim else value(x)


# One kernel each where the module can fuse; what is temporary is worked on in place.
@fused
def _average(old, x, decay, weight):
    old *= decay
    old += weight * x


@fused
def _average_squares(old, x, decay, weight):
    old *= decay
    square = x * x
    square *= weight
    old += square


@fused
def _sum(old, x, decay):
    old *= decay
    old += x


@fused
def _add(old, x):
    old += x


def saved(state):
    """All that is in a State, as {key: NumPy array}: "dense1.weight:m", and scalars as "t" or "a.t"."""
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


def restored(state, arrays):
    """The State with what `saved` gave, once all of it fits; ValueError else."""
    given = fitted(saved(state), arrays, "this optimizer")
    for path, part in _walk(state):
        part.t = int(given[_join(path, "t")])
        for key, array in part.items():
            xp = module_of(array)
            if not getattr(array, "ndim", 0):
                x = given[_join(path, key)]
                part[key] = xp.asarray(x) if hasattr(array, "dtype") else x.item()
            else:
                for layer in part.layers:
                    array[layer.slice] = xp.asarray(given[f"{layer.name}:{_join(path, key)}"].ravel())
    return state


def _join(path, key):
    return f"{path}.{key}" if path else key


def _walk(state, path=""):
    """(path, state) of a state and all states it is made of."""
    yield path, state
    for name, part in state.parts.items():
        yield from _walk(part, _join(path, name))
