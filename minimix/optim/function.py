"""A plain function as an update rule, or as a schedule."""

import inspect

import numpy as np

from ..backend import module_of, to_host
from ..tensor import value
from .rule import Rule
from .schedules import Schedule, rate


def _keep(self, **hyperparameters):
    """Keep the hyperparameters, given or by default, under their names."""
    given = inspect.signature(type(self)).bind(**hyperparameters)
    given.apply_defaults()
    for name, x in given.arguments.items():
        setattr(self, name, x)


class FunctionRule(Rule):
    """step(w, g, state, t) -> the new w, in NumPy: direction w - new w, step size 1. See `function_rule`.

    The function is called for each layer, with w and g in the layer's own shape, on the host and read-only, and with
    a dict of the layer's own in which it keeps what it likes between steps; t counts these from 1. Its further
    arguments are the hyperparameters; for a schedule it gets the value at this step. The dicts are no part of an
    optimizer's state_dict.
    """

    __init__ = _keep

    def propose(self, w, g, state):
        w, g, xp, t = to_host(value(w)), to_host(value(g)), module_of(value(w)), value(state.t)
        now = {k: value(rate(x, t) if isinstance(x, Schedule) else x) for k, x in self.hyperparameters().items()}
        d = np.empty_like(w)
        for layer in state.layers:
            old, gradient = (read_only(x[layer.slice].reshape(layer.shape)) for x in (w, g))
            new = self.function(old, gradient, state.memory.setdefault(layer.name, {}), t, **now)
            d[layer.slice] = (old - _checked(new, layer)).ravel()
        return xp.asarray(d), 1.0


class FunctionSchedule(Schedule):
    """schedule(t) -> the learning rate at step t, from 1; its further arguments are hyperparameters."""

    __init__ = _keep

    def __call__(self, t):
        return self.function(t, **self.hyperparameters())


def function_rule(step):
    """The class of update rules that a function step(w, g, state, t, lr=0.1, …) is; FunctionRule says what it gets.

    Its constructor takes the hyperparameters. Raises TypeError for a function with other arguments.
    """
    return _class(step, FunctionRule, ("w", "g", "state", "t"))


def function_schedule(schedule):
    """The class of schedules that a function schedule(t, lr=0.1, …) is. Raises TypeError."""
    return _class(schedule, FunctionSchedule, ("t",))


def _class(function, base, takes):
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())
    first, others = parameters[: len(takes)], parameters[len(takes) :]
    by_place = [p for p in first if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    by_name = [p for p in others if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) and p.default is not p.empty]
    if len(by_place) < len(takes) or len(by_name) < len(others):
        raise TypeError(f"it must take ({', '.join(takes)}), then hyperparameters with defaults, but takes {signature}")
    own = {"__module__": function.__module__, "__doc__": function.__doc__, "function": staticmethod(function)}
    own["__signature__"] = signature.replace(parameters=[p.replace(kind=p.KEYWORD_ONLY) for p in others])
    return type(function.__name__, (base,), own)


def read_only(array):
    """A view of a NumPy array through which nobody can write."""
    view = array.view()
    view.flags.writeable = False
    return view


def _checked(new, layer):
    """The new w as an array of the layer's shape; ValueError else."""
    array = np.asarray(new)
    if array.dtype.kind not in "biuf":
        what = "nothing" if new is None else f"a {type(new).__name__}"
        raise ValueError(f"it returned {what} for {layer.name}; it must return the new w")
    if array.shape != layer.shape:
        raise ValueError(f"it returned a new w of shape {array.shape} for {layer.name}, whose w has {layer.shape}")
    return array
