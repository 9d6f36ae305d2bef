"""Check a student's function against an oracle, and say where they part and which mistake does that."""

import functools
import importlib
import pkgutil
from dataclasses import dataclass

import numpy as np

from ..hint import did_you_mean
from . import bank
from .observing import observe

TOLERANCE = {8: (1e-6, 1e-9), 4: (1e-4, 1e-5), 2: (1e-2, 1e-2)}
"""{bytes of a float of the student's: (relative error allowed, error relative to the largest element)}."""


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


def check(function):
    """Print whether a student's function is right, or where it and the oracle part; returns the Verdict.

    The exercise is found by the function's name. Raises ValueError where there is none of that name.
    """
    found = {exercise.name: exercise for exercises in lessons().values() for exercise in exercises}
    name = getattr(function, "__name__", repr(function))
    if name not in found:
        raise ValueError(f"check: there is no exercise {name!r}{did_you_mean(name, found)}")
    verdict = examine(function, found[name])
    tell(verdict)
    return verdict


def tell(verdict):
    """Print what check found; a page puts a function of its own here."""
    print(verdict.text)


def lessons():
    """{number of a lesson: its exercises}."""
    names = sorted(m.name for m in pkgutil.iter_modules(bank.__path__) if m.name.startswith("lesson"))
    return {int(name.removeprefix("lesson")): exercises(int(name.removeprefix("lesson"))) for name in names}


def exercises(number):
    """The exercises of a lesson."""
    return importlib.import_module(f"{bank.__name__}.lesson{number:02}").EXERCISES


def examine(function, exercise):
    """The Verdict on a student's function, which works on NumPy's arrays whatever module is in use."""
    return judge(observe(exercise, function), exercise)


def judge(got, exercise):
    """The Verdict on what a student's function gave, an Observed."""
    name, right = exercise.name, _observed(exercise, exercise.oracle)
    pairs = enumerate(zip(got.outputs, right.outputs, strict=False))
    parting = next((k for k, (a, b) in pairs if not _same(a[2], b[2])), None)
    if got.state == "not done yet":
        return Verdict(got.state, f"{name}: not done yet.")
    if parting is not None:
        place, term, expected = right.outputs[parting]
        text = f"{name}: at {place}, {difference(term, got.outputs[parting][2], expected)}"
        hint = _likely(got, exercise)
        text += f"\n  It was called with {right.calls[place]}."
        return Verdict("wrong", text + (f"\n  Likely mistake: {hint}" if hint else ""), hint)
    if got.state != "done" or len(got.outputs) != len(right.outputs):
        return Verdict("wrong", f"{name} {got.trouble or 'did not come to its last case'}.")
    return Verdict("right", f"{name}: right ({len(right.calls)} cases).")


def _same(a, b):
    """Whether a student's array is another one, up to rounding of its own type."""
    if a.shape != b.shape:
        return False
    relative, absolute = TOLERANCE.get(a.dtype.itemsize if a.dtype.kind == "f" else 8, TOLERANCE[8])
    largest = np.abs(b[np.isfinite(b)]).max(initial=0)
    return np.allclose(a, b, rtol=relative, atol=absolute * largest, equal_nan=True)


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


def _likely(got, exercise):
    """The hint of the one mistake that gives the same in every case that there is; None without one, or with two.

    Where an answer fails in a later case, mistakes that fail there too come first.
    """
    wrong = [(hint, _observed(exercise, function).outputs) for hint, function in exercise.mistakes]
    found = [(hint, outputs) for hint, outputs in wrong if _begins_with(outputs, got.outputs)]
    found = [pair for pair in found if len(pair[1]) == len(got.outputs)] or found
    return found[0][0] if len(found) == 1 else None


@functools.cache
def _observed(exercise, function):
    """The Observed of a function of the bank, which does the same whenever it is asked."""
    with np.errstate(all="ignore"):
        return observe(exercise, function)


def _begins_with(outputs, others):
    pairs = zip(others, outputs, strict=False)
    return len(outputs) >= len(others) and all(_same(a[2], b[2]) for a, b in pairs)
