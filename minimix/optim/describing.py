"""What update rules and schedules share: they are described, shown and compared by their constructor's arguments."""

import functools
import inspect

import numpy as np

from ..backend import is_array
from ..elsewhere import HYPERPARAMETERS
from ..hint import did_you_mean
from ..tensor import Tensor


def described(cls):
    """Class decorator: hyperparameters(), repr and == by the constructor's arguments, kept under their names."""
    cls.hyperparameters, cls.__repr__, cls.__eq__, cls.__hash__ = _hyperparameters, _repr, _equal, None
    return cls


def _hyperparameters(self):
    """{argument: value} of the constructor, as given."""
    return {name: getattr(self, name) for name in _arguments(type(self))}


@functools.cache
def _parameters(cls):
    return inspect.signature(cls).parameters


@functools.cache
def _arguments(cls):
    return tuple(_parameters(cls))


@functools.cache
def _switches(cls):
    """Those that are True or False."""
    return {p.name for p in _parameters(cls).values() if isinstance(p.default, bool)}


def check_change(self, name, x):
    """Raise what the constructor raises where a hyperparameter is changed to what it cannot be.

    What is ours has no other attributes: AttributeError, so that none is set in vain.
    """
    names, now = _arguments(type(self)), vars(self)
    if name not in names and name[0] != "_" and type(self).__module__.startswith(f"{__package__}."):
        raise AttributeError(f"{type(self).__name__} has no {name!r}, {_instead(name, names)}")
    if name in _switches(type(self)) and not isinstance(x, (bool, np.bool_)):
        raise ValueError(f"{type(self).__name__.lower()}: {name} must be True or False, got {x!r}")
    if name in names and "_trial" not in now and all(other in now for other in names):
        trial = object.__new__(type(self))
        vars(trial)["_trial"] = True  # whose constructor may set it twice
        trial.__init__(**{**self.hyperparameters(), name: x})


def check_arguments(cls, args, options):
    """Raise TypeError where a rule is given parameters, as in PyTorch, or a hyperparameter that it has not."""
    if args and _holds_parameters(args[0]):
        given = ", ".join([*map(repr, args[1:]), *(f"{name}={x!r}" for name, x in options.items())])
        name = cls.__name__
        raise TypeError(f"{name} is a rule and takes no parameters: write Optimizer(model, {name}({given}))")
    parameters = _parameters(cls)
    if all(p.kind is not p.VAR_KEYWORD for p in parameters.values()):
        for name in options.keys() - parameters.keys():
            raise TypeError(f"{cls.__name__} has no {name!r}, {_instead(name, parameters)}")


def _instead(name, names):
    hint = ": write b1=0.9, b2=0.999" if name == "betas" and "b1" in names else meant(name, names)
    return f"it takes {', '.join(names) or 'nothing'}{hint}"


def meant(name, names):
    """A hint where others call one of the hyperparameters so, or it is nearly one."""
    own = [key for key in names if name in HYPERPARAMETERS.get(key, ())]
    return did_you_mean(own[0] if own else name, names)


def _holds_parameters(x):
    if isinstance(x, (list, tuple)):
        return any(isinstance(item, Tensor) or _holds_parameters(item) for item in x)
    if hasattr(x, "__next__"):  # a generator, a filter: what it yields cannot be seen without taking it
        return True
    return hasattr(x, "named_parameters") or (isinstance(x, dict) and _holds_parameters([*x.values()]))


def _repr(self):
    return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.hyperparameters().items())})"


def _equal(self, other):
    return type(self) is type(other) and self.hyperparameters() == other.hyperparameters()


def used(x):
    """Whether a hyperparameter takes part: a number that is not 0, or a Tensor, whose derivative at 0 matters too."""
    if not isinstance(x, Tensor):
        return x != 0
    return bool(x.data != 0) or (x.requires_grad and is_array(x.data))
