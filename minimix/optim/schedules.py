"""Learning rates that change with the step t, counted from 1; a rule takes one wherever it takes a number.

They nest: WarmUp(Cosine(1e-2, steps=5000), steps=500).
"""

import math

from ..tensor import Tensor, recorded, value
from ..validation import check_number
from .describing import check_change, described


def rate(lr, t):
    """The learning rate at step t of a number or a schedule: a recorded Tensor, or a number, which keeps float32."""
    if type(lr) is float:
        return lr
    x = lr(value(t)) if callable(lr) else lr
    if isinstance(x, Tensor) and recorded(x):
        return x
    x = x.item() if getattr(x, "size", 0) == 1 else x
    check_number(getattr(lr, "__name__", type(lr).__name__), f"the rate at step {value(t)}", x)
    return float(x)


@described
class Schedule:
    """A learning rate as a function of the step; lr is a number or another schedule."""

    def __init__(self, lr, steps):
        kind = type(self).__name__
        if not callable(lr):
            check_number(kind, "lr", lr, above=True, also=" or a schedule")
        check_number(kind, "steps", steps, above=True, integer=True)
        self.lr, self.steps = lr, steps

    def __setattr__(self, name, x):
        check_change(self, name, x)
        super().__setattr__(name, x)


class StepDecay(Schedule):
    """lr times `factor` once every `steps` steps."""

    def __init__(self, lr, steps, factor=0.1):
        super().__init__(lr, steps)
        check_number("StepDecay", "factor", factor, above=True)
        self.factor = factor

    def __call__(self, t):
        return rate(self.lr, t) * self.factor ** ((t - 1) // self.steps)


class Cosine(Schedule):
    """From lr down to `floor` along half a cosine in `steps` steps, then `floor` (Loshchilov & Hutter 2017)."""

    def __init__(self, lr, steps, floor=0.0):
        super().__init__(lr, steps)
        check_number("Cosine", "floor", floor)
        self.floor = floor

    def __call__(self, t):
        done = min(t - 1, self.steps) / self.steps
        return self.floor + (rate(self.lr, t) - self.floor) * (1 + math.cos(math.pi * done)) / 2


class WarmUp(Schedule):
    """lr times t/steps during the first `steps` steps, then lr."""

    def __call__(self, t):
        return rate(self.lr, t) * min(1.0, t / self.steps)
