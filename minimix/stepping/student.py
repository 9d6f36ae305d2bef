"""A student's own function as a landscape: loaded from a file, and watched while it runs."""

import inspect
import sys
import time
import traceback
from pathlib import Path

import numpy as np

from ..hint import did_you_mean
from ..tensor import Tensor, no_grad
from .landscapes import Landscape

LIMIT = 2.0  # seconds for one call
GRID_LIMIT = 3.0  # seconds for the picture


class _TooLong(BaseException):
    """Raised inside the function; no Exception, so that its own `except Exception` does not swallow it."""


def landscape(given, start=None):
    """The Landscape of a function, or of a text "file.py:f".

    The function takes one Tensor of shape (2,), or two Tensors of shape (), and returns a Tensor with one element.
    Raises FileNotFoundError, ValueError or TypeError, each with one sentence, for a file or a function that is none
    or that does not do that at the start; later calls raise the same.
    """
    function = given if callable(given) else load(given)
    name = Path(given).name if isinstance(given, str) else getattr(function, "__name__", "f")
    start = (1.0, 1.0) if start is None else tuple(start)
    watched = _Watched(function, name)
    with np.errstate(all="ignore"):
        y = watched(Tensor(np.array(start), requires_grad=True))
    if not y.requires_grad:
        raise ValueError(
            f"{name} returns a Tensor that was not computed from its argument by minimix operators, so its gradient "
            "is unknown"
        )
    height = float(y)
    if not np.isfinite(height):
        raise ValueError(f"{name} is {height} at its start {start}; choose another --start")
    return _Own(name, watched, start, None, "your own function")


class _Own(Landscape):
    def heights(self, x, y):
        """Point by point: the function may do anything with its two numbers. What GRID_LIMIT leaves out is nan."""
        z, clock = np.full((len(y), len(x)), np.nan), time.perf_counter()
        with no_grad(), np.errstate(all="ignore"):
            for i, j in np.ndindex(z.shape):
                if time.perf_counter() - clock > GRID_LIMIT:
                    break
                try:
                    z[i, j] = float(self.function(Tensor(np.array([x[j], y[i]]))))
                except (ValueError, TypeError, RuntimeError):
                    continue  # undefined there: a hole in the picture
        return z


def load(text):
    """The function that "file.py:f" names; the file is run."""
    file, _, name = text.rpartition(":")
    path = Path(file)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {file!r} to take {name!r} from")
    space = {"__name__": path.stem, "__file__": str(path)}
    try:
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), space)
    except Exception as error:
        raise ValueError(f"{file} cannot be run: {_told(error, str(path))}") from error
    functions = [key for key, x in space.items() if callable(x) and not key.startswith("_")]
    if name not in functions:
        raise ValueError(
            f"{file} has no function {name!r}; it has {', '.join(functions) or 'none'}{did_you_mean(name, functions)}"
        )
    return space[name]


class _Watched:
    """The function, with one sentence for whatever goes wrong in it."""

    def __init__(self, function, name):
        self.function, self.name = function, name
        try:
            positional = [
                p
                for p in inspect.signature(function).parameters.values()
                if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty
            ]
        except ValueError:
            positional = [None]
        if len(positional) not in (1, 2):
            raise TypeError(
                f"{name} must take one Tensor of shape (2,) or two Tensors, but it takes {len(positional)} arguments"
            )
        self.two = len(positional) == 2

    def __call__(self, w):
        before = w.data.copy()
        given = (w[0], w[1]) if self.two else (w,)
        parts = [x.data for x in given]
        copies = [x.copy() for x in parts]
        try:
            with _limit(self.function, LIMIT):
                y = self.function(*given)
        except _TooLong:
            raise RuntimeError(
                f"{self.name} was stopped after {LIMIT:g} seconds: a loop in it does not end, or it is too slow to "
                "be called at every step"
            ) from None
        except Exception as error:
            file = getattr(getattr(self.function, "__code__", None), "co_filename", None)
            raise ValueError(f"{self.name} fails at {_point(before)}: {_told(error, file)}") from error
        if not all(np.array_equal(x, copy, equal_nan=True) for x, copy in zip(parts, copies, strict=True)):
            w.data[...] = before
            raise ValueError(
                f"{self.name} changes its argument in place; compute new Tensors from it instead (write w = w + 1, "
                "not w.data += 1)"
            )
        if not isinstance(y, Tensor):
            raise TypeError(
                f"{self.name} must return a Tensor with one element, got {type(y).__name__}; use minimix operators "
                "and keep Tensors as they are (no float(), no .data, no .item())"
            )
        if y.size != 1:
            raise ValueError(
                f"{self.name} must return one number (shape ()), got shape {tuple(y.shape)}; .sum() makes one of many"
            )
        return y.reshape(()) if y.ndim else y


def _point(w):
    return f"({', '.join(f'{x:.4g}' for x in np.ravel(w))})"


def _told(error, file):
    """An exception in one sentence, with the line of the student's file that raised it."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    if isinstance(error, SyntaxError):
        lines = [error.lineno]
    where = f"line {lines[-1]}: " if lines else ""
    message = (error.msg if isinstance(error, SyntaxError) else str(error)).splitlines()
    return f"{where}{type(error).__name__}{': ' + message[0] if message else ''}"


class _limit:
    """Stop a function after some seconds, from inside, by the interpreter's trace hook.

    It needs neither threads nor signals nor processes, so it works in a browser too. Only the file of the function
    is traced; one endless call of C code is beyond it.
    """

    def __init__(self, function, seconds):
        self.file = getattr(getattr(function, "__code__", None), "co_filename", None)
        self.seconds = seconds

    def __enter__(self):
        self.end, self.before = time.perf_counter() + self.seconds, sys.gettrace()
        sys.settrace(self._call)

    def __exit__(self, *exception):
        sys.settrace(self.before)

    def _call(self, frame, event, argument):
        if frame.f_code.co_filename != self.file:
            return None
        frame.f_trace_opcodes = True  # a loop on one line has no line events
        return self._inside

    def _inside(self, frame, event, argument):
        if time.perf_counter() > self.end:
            raise _TooLong
        return self._inside
