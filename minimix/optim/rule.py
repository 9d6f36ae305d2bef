"""What an update rule is: it turns a gradient into a direction d and a step size eta; the optimizer does w -= eta*d."""

import math
from dataclasses import dataclass

from ..backend import module_of
from .schedules import Schedule, rate


@dataclass(frozen=True)
class Layer:
    """One parameter array in a flat vector: its full name, its shape and its slice."""

    name: str
    shape: tuple
    slice: slice


class State(dict):
    """What a rule keeps between steps for the parameters it updates: arrays as long as their flat vector, or scalars.

    t: the step, from 1. layers: the parameters in the flat vector. parts: the states of the rules that a rule is
    made of. report: None, or a function that takes a rule's intermediates by name (see `Optimizer.listen`).
    """

    def __init__(self, layers, parts=None, **arrays):
        super().__init__(arrays)
        self.t, self.layers, self.parts, self.report = 0, layers, parts or {}, None


class Rule:
    """An update rule: its hyperparameters, and `propose`, which reads as its row in the study's table.

    Called with a group's flat parameters w, gradients g and State, it returns (direction, step size). The direction
    is as long as w and belongs to the rule (it may be g or part of the state): read it, do not write. The step size
    is a number, or an array as long as w.
    """

    def __call__(self, w, g, state):
        state.t += 1
        return self.propose(w, g, state)

    def start(self, w, layers):
        """A fresh State for the flat parameters w, made of `layers`."""
        return State(layers)

    def propose(self, w, g, state):
        """(direction, step size) for step state.t."""
        raise NotImplementedError

    def eta(self, state):
        """The learning rate at this step."""
        return rate(self.lr, state.t)

    # A rule is described, shown and compared by its constructor's arguments, as a schedule is.
    hyperparameters, __repr__, __eq__ = Schedule.hyperparameters, Schedule.__repr__, Schedule.__eq__
    __hash__ = None


def check_number(rule, name, value, below=math.inf, most=math.inf, *, above=False):
    """Raise ValueError unless 0 <= value < below and value <= most (0 < value with `above`)."""
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and value < below and value <= most
    if not (good and (value > 0 if above else value >= 0)):
        allowed = "above 0" if above else "at least 0"
        if below < math.inf:
            allowed += f" and below {below:g}"
        if most < math.inf:
            allowed += f" and at most {most:g}"
        raise ValueError(f"{rule}: {name} must be a number {allowed}, got {value!r}")


def check_rate(rule, lr):
    """Raise ValueError unless lr is a number above 0 or a schedule."""
    if isinstance(lr, Rule) or not callable(lr):
        check_number(rule, "lr", lr, above=True)


class Freeze(Rule):
    """Leaves its parameters as they are; for a LayerSplit in which some stay untrained."""

    def propose(self, w, g, state):
        return module_of(w).zeros_like(w), 0.0
