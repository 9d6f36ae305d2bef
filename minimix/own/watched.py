"""What stands before a reader's rule or schedule: a time limit for each call, and a sentence for what goes wrong."""

import math
import numbers

import numpy as np

from ..backend import module_of
from ..tensor import Tensor, value
from .faults import fault, told
from .limit import Limit
from .loading import source_file

SECONDS = 10  # for one call


class WatchedRule:
    """A mixin before a class of update rules, whose `reference` is "file.py:name".

    While the rule proposes, NumPy's w and g are read-only. A call that fails, never ends, or returns something else
    than a direction of w's shape and a step size raises ValueError or RuntimeError with one sentence; so does, in the
    first `looked_at` steps, a direction that is not finite where w and g are.
    """

    looked_at = 3

    def start(self, *given):
        try:
            return Limit(SECONDS)(super().start, *given)
        except BaseException as error:
            raise fault(error, self.reference, source_file(self.reference), " at its start", SECONDS) from error

    def __call__(self, w, g, state):
        if not hasattr(state, "limit"):
            state.limit = Limit(SECONDS)
        locked = [x for x in (value(w), value(g)) if type(x) is np.ndarray and x.flags.writeable]
        for x in locked:
            x.flags.writeable = False
        try:
            proposal = state.limit(super().__call__, w, g, state)
        except BaseException as error:
            raise _fault(error, self.reference, state.t) from error
        finally:
            for x in locked:
                x.flags.writeable = True
        _check_form(proposal, w, self.reference, state.t)
        if state.t <= self.looked_at:
            _check_numbers(proposal, w, g, self.reference, state)
        return proposal


def _fault(error, name, t):
    file = source_file(name)
    if isinstance(error, ValueError) and "read-only" in str(error):
        return ValueError(
            f"{name} changes w or g in place at step {t}, {told(error, file)}; make a new array (w = w - g, not w -= g)"
        )
    return fault(error, name, file, f" at step {t}", SECONDS)


def _check_form(proposal, w, name, t):
    if not (isinstance(proposal, tuple) and len(proposal) == 2):
        what = "nothing" if proposal is None else f"a {type(proposal).__name__}"
        raise ValueError(f"{name} returned {what} at step {t}; a rule proposes two things, a direction and a step size")
    d, eta = proposal
    if getattr(d, "shape", None) != w.shape:
        raise ValueError(f"{name} returned a direction of {_words(d)} at step {t}, but w has shape {w.shape}")
    if not (type(eta) is float or isinstance(eta, numbers.Real) or getattr(eta, "shape", None) in ((), w.shape)):
        raise ValueError(
            f"{name} returned a step size of {_words(eta)} at step {t}; it is a number, or an array of w's shape "
            f"{w.shape}"
        )


def _check_numbers(proposal, w, g, name, state):
    """Raise ValueError for numbers that are not finite where those of w and g are, and for those that are complex."""
    d, eta, w, g = map(value, (*proposal, w, g))
    xp = module_of(w)
    for what, x in (("direction", d), ("step size", eta)):
        x = xp.asarray(x)
        if x.dtype.kind not in "biuf":
            raise ValueError(f"{name} returned a {what} of {x.dtype} at step {state.t}, which are no real numbers")
        if not xp.isfinite(x).all() and xp.isfinite(w).all() and xp.isfinite(g).all():
            places = [layer.name for layer in state.layers if x.ndim and not xp.isfinite(x[layer.slice]).all()]
            where = f", in {places[0]}" if places else ""
            raise ValueError(f"{name} returned a {what} that is not finite at step {state.t}{where}, but w and g are")


def _words(x):
    """What was returned: "nothing", "shape (3,)" or "a str"."""
    if x is None:
        return "nothing"
    return f"shape {tuple(x.shape)}" if hasattr(x, "shape") else f"a {type(x).__name__}"


class WatchedSchedule:
    """A mixin before a class of schedules, whose `reference` is "file.py:name": a call ends, and returns a number."""

    def __call__(self, t):
        kept = vars(self)
        if "_limit" not in kept:
            kept["_limit"] = Limit(SECONDS)
        try:
            lr = kept["_limit"](super().__call__, t)
        except BaseException as error:
            raise fault(error, self.reference, source_file(self.reference), f" at t = {t}", SECONDS) from error
        if not (isinstance(lr, (numbers.Real, Tensor)) and math.isfinite(lr)):
            what = repr(lr) if isinstance(lr, numbers.Real) else _words(lr)
            raise ValueError(f"{self.reference} returned {what} at t = {t}; a schedule returns a finite number")
        return lr
