"""A right answer is right however it is spelt: the bank's solutions, with results of other types and containers."""

from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from minimix.course.checker import examine, lessons
from minimix.tensor import Tensor

BANK = {exercise.name: exercise for bank in lessons().values() for exercise in bank}


def changed(change):
    """A function, with each array or number that it returns changed."""

    def each(output):
        if isinstance(output, (list, tuple)):
            return type(output)(map(each, output))
        return change(output) if isinstance(output, (np.ndarray, np.number, int, float)) else output

    return lambda function: lambda *given: each(function(*given))


def whole(change):
    return lambda function: lambda *given: change(function(*given))


class Callable:
    def __init__(self, function):
        self.function = function

    def __call__(self, *given, unused=3):
        return self.function(*given)


def backwards(x):
    """The same numbers, not in one piece of memory."""
    return np.ascontiguousarray(x.T[::-1])[::-1].T if np.ndim(x) else x


def in_float32(function):
    """The function of arguments that are rounded to float32, so that it rounds all the way."""

    def rounded(x):
        if isinstance(x, list):
            return list(map(rounded, x))
        return x.astype(np.float32) if isinstance(x, np.ndarray) and x.dtype == float else x

    return changed(np.float32)(lambda *given: function(*map(rounded, given)))


SPELLINGS = {
    "computed in float32": in_float32,
    "lists": changed(lambda x: np.asarray(x).tolist()),
    "0-d arrays": changed(np.asarray),
    "NumPy's numbers": changed(lambda x: x if np.ndim(x) else np.float64(x)),
    "Python's numbers": changed(lambda x: x if np.ndim(x) else float(x)),
    "float32": changed(np.float32),
    "float16 and back": changed(lambda x: x if np.abs(x).max(initial=0) > 6e4 else np.asarray(x, np.float16)),
    "longdouble": changed(np.longdouble),
    "complex": changed(lambda x: np.asarray(x) + 0j),
    "rounding": changed(lambda x: x * (1 + 1e-8)),
    "objects": changed(lambda x: np.asarray(x, object)),
    "fractions": changed(lambda x: x if np.ndim(x) or not np.isfinite(x) else Fraction(float(x))),
    "other strides": changed(backwards),
    "read-only": changed(lambda x: np.broadcast_to(x, np.shape(x))),
    "Tensors": changed(lambda x: Tensor(np.asarray(x)) if np.ndim(x) else x),
    "a tuple": whole(lambda x: tuple(x) if isinstance(x, list) else x),
    "a list": whole(lambda x: list(x) if isinstance(x, tuple) else x),
    "a generator": whole(lambda x: (part for part in x) if isinstance(x, (list, tuple)) else x),
    "a map": whole(lambda x: map(np.asarray, x) if isinstance(x, list) else x),
    "an object": Callable,
    "partial": partial,
    "a lambda": lambda function: lambda *given: function(*given),
    "defaults": lambda function: lambda *given, more=1: function(*given),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@given(st.sampled_from(sorted(BANK)))
def test_a_right_answer_is_right_however_it_is_spelt(spelling, name):
    exercise = BANK[name]
    assume(not (spelling == "computed in float32" and exercise.may_change))  # of copies
    verdict = examine(SPELLINGS[spelling](exercise.oracle), exercise)
    assert verdict, (spelling, verdict.text)


def off(x, factor, shift):
    return np.asarray(x, float) * factor + shift


@given(st.sampled_from(sorted(BANK)), st.floats(1.2, 1.8), st.floats(0.05, 0.15))
def test_what_is_wrong_in_a_way_that_nobody_knows_gets_no_hint(name, factor, shift):
    exercise = BANK[name]
    verdict = examine(changed(lambda x: off(x, factor, shift))(exercise.oracle), exercise)
    if verdict.state == "wrong":
        assert verdict.hint is None, verdict.text
