"""What stands before a reader's rule or schedule: a time limit for each call, and a sentence for what goes wrong."""

import math
import numbers

import numpy as np

from ..backend import module_of
from ..optim.function import FunctionRule, read_only
from ..optim.schedules import Schedule
from ..tensor import Tensor, value
from .faults import fault, told
from .limit import Limit
from .loading import source_file

SECONDS = 10  # for one call


class WatchedRule:
    """A mixin before a class of update rules, whose `own_reference` is "file.py:name".

    A rule gets NumPy's w and g read-only. A call that fails, never ends, or returns something else than a direction
    of w's shape and a step size raises ValueError or RuntimeError with one sentence; so does, in the first `looked_at`
    steps, what is not finite where w and g are. All this takes about a microsecond a step.
    """

    looked_at = 3

    def __call__(self, w, g, state):
        try:
            watch = state.own_watch
        except AttributeError:
            watch = state.own_watch = _Watch(SECONDS)
        if watch.w is not w or watch.g is not g:
            watch.hold(w, g)
        try:
            proposal = watch(self.unwatched, watch.given_w, watch.given_g, state)
        except BaseException as error:
            raise _fault(error, self.own_reference, w, state.t) from error
        try:
            d, eta = proposal
            fits = d.shape == watch.shape and type(eta) is float
        except (TypeError, ValueError, AttributeError):
            fits = False
        if not fits:
            _check_form(proposal, w, self.own_reference, state.t)
        if state.t <= self.looked_at:
            returned = "new w" if isinstance(self, FunctionRule) else "direction"
            for what, x in zip((returned, "step size"), proposal, strict=True):
                _check_numbers(f"{self.own_reference} returned a {what}", *map(value, (x, w, g)), state)
        return proposal


class _Watch(Limit):
    """The limit of a rule's calls, and what it is given: while w and g are the same arrays, the same views."""

    w = g = None

    def hold(self, w, g):
        self.w, self.g, self.shape = w, g, w.shape
        self.given_w, self.given_g = (read_only(x) if type(x) is np.ndarray else x for x in (w, g))


def _fault(error, name, w, t):
    file = source_file(name)
    if isinstance(error, ValueError) and "read-only" in str(error):
        return ValueError(
            f"{name} changes w or g in place at step {t}, {told(error, file)}; make a new array (w = w - g, not w -= g)"
        )
    found = fault(error, name, file, f" at step {t}", SECONDS)
    if isinstance(error, TypeError) and isinstance(w, Tensor):
        hint = "here it runs on Tensors: write minimix.sqrt, not np.sqrt, or a function step(w, g, state, t) in NumPy"
        return ValueError(f"{found}; {hint}")
    return found


def _check_form(proposal, w, name, t):
    """Raise ValueError for what is not a direction of w's shape and a step size."""
    at = f"at step {t}"
    if not (isinstance(proposal, (tuple, list)) and len(proposal) == 2):
        what = "nothing" if proposal is None else f"a {type(proposal).__name__}"
        raise ValueError(f"{name} returned {what} {at}; a rule proposes two things, a direction and a step size")
    d, eta = proposal
    if getattr(d, "shape", None) != w.shape:
        raise ValueError(f"{name} returned a direction of {_words(d)} {at}, but w has shape {w.shape}")
    if not (isinstance(eta, numbers.Real) or getattr(eta, "shape", None) in ((), w.shape)):
        allowed = f"a number, or an array of w's shape {w.shape}"
        hint = "; self.eta(state) is what a schedule gives at this step" if isinstance(eta, Schedule) else ""
        raise ValueError(f"{name} returned a step size of {_words(eta)} {at}; it is {allowed}{hint}")


def _check_numbers(name, x, w, g, state):
    """Raise ValueError for numbers that are not real, or not finite where w and g are."""
    xp = module_of(w)
    x = xp.asarray(x)
    if x.dtype.kind not in "biuf":
        raise ValueError(f"{name} of {x.dtype} at step {state.t}; it takes real numbers")
    if not xp.isfinite(x).all() and xp.isfinite(w).all() and xp.isfinite(g).all():
        places = [layer.name for layer in state.layers if x.ndim and not xp.isfinite(x[layer.slice]).all()]
        where = f", in {places[0]}" if places else ""
        raise ValueError(f"{name} that is not finite at step {state.t}{where}, though w and g are")


def _words(x):
    """What was returned: "nothing", "shape (3,)" or "a str"."""
    if x is None:
        return "nothing"
    return f"shape {tuple(x.shape)}" if hasattr(x, "shape") else f"a {type(x).__name__}"


class WatchedSchedule:
    """A mixin before a class of schedules, like WatchedRule: a call ends, and returns a finite number."""

    def __call__(self, t):
        kept = vars(self)
        if "_limit" not in kept:
            kept["_limit"] = Limit(SECONDS)
        try:
            lr = kept["_limit"](self.unwatched, t)
        except BaseException as error:
            raise fault(error, self.own_reference, source_file(self.own_reference), f" at t = {t}", SECONDS) from error
        if not (isinstance(lr, (numbers.Real, Tensor)) and math.isfinite(lr)):
            what = repr(lr) if isinstance(lr, numbers.Real) else _words(lr)
            raise ValueError(f"{self.own_reference} returned {what} at t = {t}; a schedule returns a finite number")
        return lr
