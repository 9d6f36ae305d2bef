"""What update rules and schedules share: they are described, shown and compared by their constructor's arguments."""

import functools
import inspect
import math

from ..backend import is_array
from ..tensor import Tensor


def described(cls):
    """Class decorator: hyperparameters(), repr and == by the constructor's arguments, kept under their names."""
    cls.hyperparameters, cls.__repr__, cls.__eq__, cls.__hash__ = _hyperparameters, _repr, _equal, None
    return cls


def _hyperparameters(self):
    """{argument: value} of the constructor, as given."""
    return {name: getattr(self, name) for name in _arguments(type(self))}


@functools.cache
def _arguments(cls):
    return tuple(inspect.signature(cls).parameters)


def _repr(self):
    return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.hyperparameters().items())})"


def _equal(self, other):
    return type(self) is type(other) and self.hyperparameters() == other.hyperparameters()


def check_number(owner, name, x, below=math.inf, most=math.inf, *, above=False, whole=False, also=""):
    """Raise ValueError unless 0 <= x < below and x <= most (0 < x with `above`); x: a number or a Tensor of one."""
    number = x.item() if isinstance(x, Tensor) and x.size == 1 else x
    good = isinstance(number, int if whole else (int, float)) and not isinstance(number, bool)
    good = good and number < below and number <= most
    if not (good and (number > 0 if above else number >= 0)):
        allowed = "above 0" if above else "at least 0"
        if below < math.inf:
            allowed += f" and below {below:g}"
        if most < math.inf:
            allowed += f" and at most {most:g}"
        raise ValueError(f"{owner}: {name} must be {'an integer' if whole else 'a number'} {allowed}{also}, got {x!r}")


def used(x):
    """Whether a hyperparameter takes part: a number that is not 0, or a Tensor, whose derivative at 0 matters too."""
    if not isinstance(x, Tensor):
        return x != 0
    return bool(x.data != 0) or (x.requires_grad and is_array(x.data))
