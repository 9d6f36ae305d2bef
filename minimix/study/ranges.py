"""What there is to tune in a rule: its learning rates, and gamma, each with its range."""

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..optim import LayerSplit, Rule
from ..optim.schedules import Schedule
from ..spec import takes_default

DECADES = 2
"""A rate is sought so many decades to both sides of the rule's own, where no range is given."""


@dataclass(frozen=True)
class Axis:
    """A hyperparameter to tune. path: where it stands in its rule; default: the rule's own value; low, high: its range.

    Of a rate, where `rate` is true, low and high are logarithms.
    """

    path: tuple
    default: float
    low: float
    high: float
    rate: bool

    @property
    def name(self) -> str:
        """Its name: "lr", "gamma", or "first1.lr" in a layer split."""
        return ".".join(self.path)

    def value(self, x: float) -> float:
        """The hyperparameter at a place of the range, with three digits, so that its spec is short."""
        return float(f"{10**x if self.rate else x:.3g}")

    def place(self, value: float) -> float:
        """Where a value of the hyperparameter is in the range."""
        return math.log10(value) if self.rate else value


def axes(rule: Rule, lr_range: Sequence[float] | None = None) -> list[Axis]:
    """The learning rates of a rule and of the rules and schedules in it, and gamma where it lies within 0 and 1."""
    found, given = [], rule.rules if isinstance(rule, LayerSplit) else rule.hyperparameters()
    for key, x in given.items():
        number = isinstance(x, (int, float)) and not isinstance(x, bool)
        if isinstance(x, (Rule, Schedule)):
            found += [replace(axis, path=(key, *axis.path)) for axis in axes(x, lr_range)]
        elif number and key == "lr" and takes_default(type(rule), key, given):
            low, high = lr_range or (x / 10**DECADES, x * 10**DECADES)
            found.append(Axis((key,), x, math.log10(low), math.log10(high), True))
        elif number and key == "gamma" and 0 <= x <= 1 and takes_default(type(rule), key, given):
            found.append(Axis((key,), x, 0.0, 1.0, False))
    return found


def with_values(rule: Rule, chosen: list[Axis], values: dict[str, float]) -> Rule:
    """A copy of a rule with other values of its axes."""
    made = copy.deepcopy(rule)
    for axis in chosen:
        owner = made
        for key in axis.path[:-1]:
            owner = owner.rules[key] if isinstance(owner, LayerSplit) else getattr(owner, key)
        setattr(owner, axis.path[-1], values[axis.name])
    return made


def hypercube(boxes, n, rng):
    """n points: in every coordinate one in each of n equal strata of its box, at random within it."""
    columns = [low + (high - low) * (rng.permutation(n) + rng.random(n)) / n for low, high in boxes]
    return np.transpose(columns).tolist()
