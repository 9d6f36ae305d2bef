"""Check a student's function against an oracle, and say where they part and which mistake does that."""

import importlib
import inspect
import pkgutil
import time
from dataclasses import dataclass

import numpy as np

from ..backend import using
from ..hint import did_you_mean
from ..own import Limit, fault
from ..tensor import Tensor, value
from . import bank

SECONDS = 5
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Verdict:
    """What check found; true where the function is right. state: "right", "not done yet" or "wrong"."""

    state: str
    text: str
    hint: str | None = None

    def __bool__(self):
        return self.state == "right"

    def _ipython_display_(self):
        """Nothing: check has printed the text."""


class _Fault(Exception):
    """A call of the student's function that gave nothing to compare; the message ends "name …"."""


class _NotDone(Exception):
    pass


def check(function):
    """Print whether a student's function is right, or where it and the oracle part; returns the Verdict.

    The exercise is found by the function's name. Raises ValueError where there is none of that name.
    """
    found = {exercise.name: exercise for exercises in lessons().values() for exercise in exercises}
    name = getattr(function, "__name__", repr(function))
    if name not in found:
        raise ValueError(f"check: there is no exercise {name!r}{did_you_mean(name, found)}")
    verdict = examine(function, found[name])
    print(verdict.text)
    return verdict


def lessons():
    """{number of a lesson: its exercises}."""
    names = sorted(m.name for m in pkgutil.iter_modules(bank.__path__) if m.name.startswith("lesson"))
    return {
        int(name.removeprefix("lesson")): importlib.import_module(f"{bank.__name__}.{name}").EXERCISES for name in names
    }


@using("numpy")
def examine(function, exercise):
    """The Verdict on a student's function, which works on NumPy's arrays whatever module is in use."""
    name = exercise.name
    expected, _ = _observe(exercise, exercise.oracle)
    got, trouble = _observe(exercise, _guarded(function, exercise, time.monotonic() + SECONDS))
    pairs = enumerate(zip(got, expected, strict=False))
    parting = next((k for k, (a, b) in pairs if not _same(a[2], b[2])), None)
    if isinstance(trouble, _NotDone):
        return Verdict("not done yet", f"{name}: not done yet.")
    if parting is not None:
        place, term, right = expected[parting]
        text = f"{name}: at {place}, {difference(term, got[parting][2], right)}"
        hint = _likely(got, parting, exercise)
        return Verdict("wrong", text + (f"\n  Likely mistake: {hint}" if hint else ""), hint)
    if isinstance(trouble, _Fault):
        return Verdict("wrong", f"{name} {trouble}.")
    if trouble:
        return Verdict("wrong", f"{name} gives what cannot be used: {trouble}.")
    return Verdict("right", f"{name}: right ({len({place for place, _, _ in expected})} cases).")


def _observe(exercise, function):
    """([(place, term, array)] of a play, in order; what ended it early, or None)."""
    terms, observed = exercise.terms or exercise.returns, []
    try:
        for place, outputs in exercise.play(function):
            outputs = outputs if len(terms) > 1 else (outputs,)
            for term, output in zip(terms, outputs, strict=True):
                observed.append((place, term, _array(output, term)))
    except Exception as error:
        return observed, error
    return observed, None


def _array(output, term):
    """The output as an array of its own; _Fault where it is none."""
    hint = " (is a return missing?)" if output is None else ", not numbers"
    try:
        array = np.array(value(output))
    except ValueError:
        array = np.array(None)
    if array.dtype.kind not in "bifuc":
        raise _Fault(f"gives {type(output).__name__} for {term}{hint}")
    return array


def _same(a, b):
    if a.shape != b.shape:
        return False
    rounding = 1e-3 * TOLERANCE * np.abs(b[np.isfinite(b)]).max(initial=0)
    return np.allclose(a, b, rtol=TOLERANCE, atol=rounding, equal_nan=True)


def difference(term, got, right):
    """Where and how the arrays differ, in words."""
    if got.shape != right.shape:
        return f"{term} is {_shape(got)}, expected {_shape(right)}."
    error = np.nan_to_num(np.abs(got - right.astype(float)), nan=np.inf)
    k = np.unravel_index(error.argmax(), got.shape)
    for digits in range(4, 17):
        numbers = f"{got[k]:.{digits}g}", f"{right[k]:.{digits}g}"
        if numbers[0] != numbers[1]:
            break
    element = f"[{', '.join(map(str, k))}]"
    term = f"{term}{element}" if k and " " not in term else f"element {element} of {term}" if k else term
    return f"{term} is {numbers[0]}, expected {numbers[1]}."


def _shape(array):
    return f"an array of shape {array.shape}" if array.ndim else "a number"


def _likely(got, parting, exercise):
    """The hint of the mistake that does the same everywhere, or else up to the parting; None without one."""
    with np.errstate(all="ignore"):
        wrong = [(hint, _observe(exercise, function)[0]) for hint, function in exercise.mistakes]
    for end in (len(got), parting + 1):
        for hint, observed in wrong:
            if len(observed) >= end and all(_same(a[2], b[2]) for a, b in zip(got[:end], observed[:end], strict=True)):
                return hint
    return None


def _guarded(function, exercise, end):
    """The function, each call of which raises _Fault or _NotDone where its output would be useless."""
    names = list(inspect.signature(exercise.oracle).parameters)

    def call(*arguments):
        given = dict(zip(names, arguments, strict=True))
        kept = [(name, x, x.copy()) for name in names if name not in exercise.may_change for x in _arrays(given[name])]
        words = _words(given)
        try:
            output = Limit(end - time.monotonic())(function, *arguments)
        except NotImplementedError:
            raise _NotDone from None
        except BaseException as error:
            file = getattr(getattr(function, "__code__", None), "co_filename", None)
            raise _Fault(str(fault(error, "", file, f", called with {words}", SECONDS)).strip()) from None
        finally:
            changed = [(name, x.copy(), before) for name, x, before in kept if not _equal(x, before)]
            for _, x, before in kept:
                x[...] = before  # the next check plays with the same arrays
        for name, after, before in changed:
            raise _Fault(
                f"changes its argument {name} in place, from {_short(before)} to {_short(after)}, and its caller still "
                f"needs that: `{name} *= 2` writes into the caller's array, `{name} = {name} * 2` makes a new one"
            )
        wanted = exercise.returns
        if len(wanted) > 1 and not (isinstance(output, (tuple, list)) and len(output) == len(wanted)):
            many = f"{len(output)} of them" if isinstance(output, (tuple, list)) else type(output).__name__
            raise _Fault(f"must return {len(wanted)} values, {', '.join(wanted)}; got {many}")
        return output

    return call


def _equal(a, b):
    return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


def _arrays(x):
    """The NumPy arrays in an argument, in order."""
    if isinstance(x, Tensor):
        yield x.data
    elif isinstance(x, np.ndarray):
        yield x
    elif isinstance(x, (list, tuple, dict)):
        for part in x.values() if isinstance(x, dict) else x:
            yield from _arrays(part)


def _words(given):
    """The arguments of a call, numbers and small arrays in full."""
    return ", ".join(f"{name} = {_short(value(x))}" for name, x in given.items())


def _short(x):
    if isinstance(x, np.ndarray):
        return np.array2string(x, precision=4, separator=", ") if x.size <= 4 else f"an array {x.shape}"
    if isinstance(x, (int, float, np.number)):
        return f"{x:.6g}"
    return getattr(x, "__name__", None) or f"a {type(x).__name__}"
