"""What a function gives in an exercise's play, and the sentence for what gives nothing to compare."""

import inspect
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from ..backend import using
from ..hint import shown
from ..own import Limit, fault
from ..tensor import Tensor, value

SECONDS = 5
LARGEST = 10**6  # elements of an output; of a larger one only the shape counts
SHOWN = 16  # elements of an array that is shown in full


@dataclass
class Observed:
    """outputs: (place, term, array) in the order of the play; calls: {place: the arguments of its call, in words}.

    state: "done", "not done yet", or "failed" where the play ended early, with the trouble: words that end "name …".
    """

    outputs: list = field(default_factory=list)
    calls: dict = field(default_factory=dict)
    state: str = "done"
    trouble: str = ""


class _Fault(Exception):
    """A call of the student's function that gave nothing to compare; the message ends "name …"."""


@using("numpy")
def observe(exercise, function, seconds=None):
    """The Observed of the play of a function, which is guarded: it may fail, never end, or change its arguments.

    It works on NumPy's arrays whatever module is in use.
    """
    terms, found = exercise.terms or exercise.returns, Observed()
    guarded = _Guarded(function, exercise, seconds or SECONDS)
    try:
        for place, outputs in exercise.play(guarded):
            found.calls[place] = guarded.words
            for term, output in zip(terms, _several(outputs, terms), strict=True):
                found.outputs.append((place, term, _array(output, term)))
    except NotImplementedError:
        found.state = "not done yet"
    except _Fault as error:
        found.state, found.trouble = "failed", str(error)
    except Exception as error:  # of the play, which cannot use what it was given
        found.state, found.trouble = "failed", f"gives what cannot be used: {error}"
    return found


def _has_parts(output):
    return isinstance(output, (list, tuple)) or (isinstance(output, np.ndarray) and output.ndim > 0)


def _several(outputs, terms):
    """What a play yields, for each term."""
    if len(terms) == 1:
        return [outputs]
    if not _has_parts(outputs):
        hint = " (is a return missing?)" if outputs is None else ""
        raise _Fault(f"gives {type(outputs).__name__} for {', '.join(terms)}{hint}")
    if len(outputs) != len(terms):
        hint = " (is `return` inside the loop?)" if len(outputs) < len(terms) else ""
        raise _Fault(f"gives {len(outputs)} of {len(terms)}: {', '.join(terms)}{hint}")
    return outputs


def _array(output, term):
    """The output as an array of its own; _Fault where it is none."""
    array = _numbers(output)
    if array is None:
        hint = " (is a return missing?)" if output is None else ", not numbers"
        raise _Fault(f"gives {type(output).__name__} for {term}{hint}")
    return array


def _numbers(x):
    """A new array of what is numbers in some form (a list, a Tensor, fractions), or None."""
    try:
        array = np.asarray(value(x))
        if array.dtype == object:
            array = np.array([float(element) for element in array.ravel()]).reshape(array.shape)
    except Exception:
        return None
    if array.dtype.kind not in "bifuc":
        return None
    return np.array(array) if array.size <= LARGEST else np.broadcast_to(np.full((), np.nan), array.shape)


class _Guarded:
    """The function, each call of which raises _Fault or NotImplementedError where its output would be useless."""

    def __init__(self, function, exercise, seconds):
        self.function, self.exercise, self.seconds, self.words = function, exercise, seconds, ""
        self.names = list(inspect.signature(exercise.oracle).parameters)
        self.end = time.monotonic() + seconds

    def __call__(self, *arguments):
        exercise, given = self.exercise, dict(zip(self.names, arguments, strict=True))
        held = [name for name in self.names if name not in exercise.may_change]
        kept = [(name, x, x.copy()) for name in held for x in _arrays(given[name])]
        self.words = words(given)
        try:
            output = Limit(self.end - time.monotonic())(_called, self.function, arguments)
        except NotImplementedError:
            raise
        except BaseException as error:
            file = getattr(getattr(self.function, "__code__", None), "co_filename", None)
            where = f", called with {self.words}"
            raise _Fault(str(fault(error, "", file or "?", where, self.seconds)).strip()) from None
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
        if len(wanted) > 1 and not (_has_parts(output) and len(output) == len(wanted)):
            many = f"{len(output)} of them" if _has_parts(output) else type(output).__name__
            raise _Fault(f"must return {len(wanted)} values, {', '.join(wanted)}; got {many}")
        if any(isinstance(x, Tensor) for x in arguments):
            return output  # its graph is wanted too
        return [_as_given(part) for part in output] if len(wanted) > 1 else _as_given(output)


def _as_given(output):
    """The output in the form in which the play hands it to the next call: an array, if it is numbers."""
    array = _numbers(output)
    return output if array is None else array


def _called(function, arguments):
    output = function(*arguments)
    return list(output) if isinstance(output, Iterator) else output  # of zip, map or yield


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


def words(given):
    """The arguments of a call, numbers and small arrays in full."""
    return ", ".join(f"{name} = {_short(value(x))}" for name, x in given.items())


def _short(x):
    if isinstance(x, np.ndarray):
        text = np.array2string(x, precision=4, separator=", ") if x.size <= SHOWN else f"an array {x.shape}"
        return " ".join(text.split())
    if isinstance(x, (int, float, np.number)):
        return f"{x:.6g}"
    if isinstance(x, (list, tuple)) and any(True for _ in _arrays(x)):
        return f"[{', '.join(map(_short, x))}]"
    return getattr(x, "__name__", None) or shown(x)
