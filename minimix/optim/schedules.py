"""Learning rates that change with the step t, counted from 1; a rule takes one wherever it takes a number.

They nest: WarmUp(Cosine(1e-2, steps=5000), steps=500).
"""

import inspect
import math


def rate(lr, t):
    """The learning rate at step t of a number or a schedule; a Python number, which leaves float32 what it is."""
    return float(lr(t) if callable(lr) else lr)


class Schedule:
    """A learning rate as a function of the step; lr is a number or another schedule."""

    def __init__(self, lr, steps):
        kind = type(self).__name__
        if not callable(lr) and not (isinstance(lr, (int, float)) and 0 < lr < math.inf):
            raise ValueError(f"{kind}: lr must be a number above 0 or a schedule, got {lr!r}")
        if not (isinstance(steps, int) and not isinstance(steps, bool) and steps > 0):
            raise ValueError(f"{kind}: steps must be an integer above 0, got {steps!r}")
        self.lr, self.steps = lr, steps

    def hyperparameters(self):
        """{argument: value} of the constructor, as given."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.hyperparameters().items())})"

    def __eq__(self, other):
        return type(self) is type(other) and self.hyperparameters() == other.hyperparameters()

    __hash__ = None


class StepDecay(Schedule):
    """lr times `factor` once every `steps` steps."""

    def __init__(self, lr, steps, factor=0.1):
        super().__init__(lr, steps)
        if not (isinstance(factor, (int, float)) and 0 < factor < math.inf):
            raise ValueError(f"StepDecay: factor must be a number above 0, got {factor!r}")
        self.factor = factor

    def __call__(self, t):
        return rate(self.lr, t) * self.factor ** ((t - 1) // self.steps)


class Cosine(Schedule):
    """From lr down to `floor` along half a cosine in `steps` steps, then `floor` (Loshchilov & Hutter 2017)."""

    def __init__(self, lr, steps, floor=0.0):
        super().__init__(lr, steps)
        if not (isinstance(floor, (int, float)) and 0 <= floor < math.inf):
            raise ValueError(f"Cosine: floor must be a number at least 0, got {floor!r}")
        self.floor = floor

    def __call__(self, t):
        done = min(t - 1, self.steps) / self.steps
        return self.floor + (rate(self.lr, t) - self.floor) * (1 + math.cos(math.pi * done)) / 2


class WarmUp(Schedule):
    """lr times t/steps during the first `steps` steps, then lr."""

    def __call__(self, t):
        return rate(self.lr, t) * min(1.0, t / self.steps)
