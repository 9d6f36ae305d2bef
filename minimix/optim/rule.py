"""What an update rule is: it turns a gradient into a direction d and a step size eta; the optimizer does w -= eta*d.

Rules are written with operators that arrays and Tensors share, as vector-Jacobian products are. On arrays they train;
on Tensors with names they record themselves, so that their formulas can be read off the tape (see `watch`), and a run
of many steps can be differentiated (see `unroll`).
"""

import inspect

import numpy as np

from ..ops import zeros_like
from ..tensor import Tensor, recorded
from ..validation import check_number
from .describing import check_arguments, check_change, described
from .schedules import rate


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
        super().__setattr__(name, x.item() if isinstance(x, np.generic) else x)  # NumPy's would make float32 float64
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
        raise NotImplementedError(f"{type(self).__name__} has no propose(self, w, g, state), which is what a rule is")

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
    if isinstance(lr, (Rule, type)) or not callable(lr):
        check_number(owner, "lr", lr, above=True)


class Freeze(Rule):
    """Leaves its parameters as they are; for a LayerSplit in which some stay untrained."""

    def propose(self, w, g, state):
        return zeros_like(w), 0.0
