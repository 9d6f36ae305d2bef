"""What an update rule is: it turns a gradient into a direction d and a step size eta; the optimizer does w -= eta*d.

Rules are written with operators that arrays and Tensors share, as vector-Jacobian products are. On arrays they train;
on Tensors with names they record themselves, so that their formulas can be read off the tape (see `watch`), and a run
of many steps can be differentiated (see `unroll`).
"""

import functools
import inspect
import math
from dataclasses import dataclass

from ..backend import fused, module_of
from ..ops import assemble, maximum, zeros_like
from ..tensor import Tensor, recorded, value
from .describing import check_arguments, check_change, check_number, described
from .schedules import rate


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


@described
class Rule:
    """An update rule: its hyperparameters, and `propose`, which reads as its row in the study's table.

    Called with a group's flat parameters w, gradients g and State, it returns (direction, step size). The direction
    is as long as w and belongs to the rule (it may be g or part of the state): read it, do not write. The step size
    is a number, or an array as long as w. Hyperparameters may be changed between steps, and may be Tensors: where
    nothing is recorded, as in an Optimizer, these are the numbers that they hold, so that float32 stays float32.
    """

    __signature__ = inspect.Signature()

    def __init_subclass__(cls):
        base = next(base for base in cls.__mro__ if {"__init__", "__signature__"} & vars(base).keys())
        if "__signature__" not in vars(base):  # that of __new__ says nothing
            own = inspect.signature(cls.__init__)
            cls.__signature__ = own.replace(parameters=list(own.parameters.values())[1:])

    def __new__(cls, *args, **options):
        check_arguments(cls, args, options)
        return super().__new__(cls)

    title = property(lambda self: type(self).__name__, doc="What it is called in print.")
    spec_name = None
    """What it is called in specs, where that is not its name in small letters."""

    _has_tensors = False

    def __setattr__(self, name, x):
        check_change(self, name, x)
        super().__setattr__(name, float(x) if isinstance(x, float) else x)  # not NumPy's, which makes float32 float64
        if type(x) is Tensor:
            super().__setattr__("_has_tensors", True)

    def __call__(self, w, g, state):
        state.t += 1
        if state.watch:
            return state.watch.rule(self, w, g, state)
        return self._with_numbers(w, g, state) if self._has_tensors else self.propose(w, g, state)

    def _with_numbers(self, w, g, state):
        tensors = {k: x for k, x in vars(self).items() if type(x) is Tensor and x.size == 1 and not recorded(x)}
        vars(self).update({k: x.item() for k, x in tensors.items()})
        try:
            return self.propose(w, g, state)
        finally:
            vars(self).update(tensors)

    def propose(self, w, g, state):
        """(direction, step size) for step state.t."""
        raise NotImplementedError

    def eta(self, state):
        """The learning rate at this step."""
        return rate(self.lr, state.t)

    def check(self, names):
        """Raise ValueError where this rule, or one in it, does not fit parameters of these names."""
        for part in self._parts():
            part.check(names)

    @property
    def splits(self):
        """Whether this rule, or one in it, shares parameters out by their names."""
        return any(part.splits for part in self._parts())

    def _parts(self):
        return [x for x in self.hyperparameters().values() if isinstance(x, Rule)]


def check_rate(owner, lr):
    """Raise ValueError unless lr is a number above 0, a Tensor of one, or a schedule."""
    if isinstance(lr, Rule) or not callable(lr):
        check_number(owner, "lr", lr, above=True)


class Freeze(Rule):
    """Leaves its parameters as they are; for a LayerSplit in which some stay untrained."""

    def propose(self, w, g, state):
        return zeros_like(w), 0.0
