"""A student's own function as a landscape, watched while it runs."""

import time
from pathlib import Path

import numpy as np

from ..own import Limit, fault, load
from ..own.calls import needed, one_number
from ..tensor import Tensor, no_grad
from .landscapes import Landscape

LIMIT = 2.0  # seconds for one call
GRID_LIMIT = 3.0  # seconds for the picture


def landscape(given, start=None):
    """The Landscape of a function, or of a text "file.py:f".

    The function takes one Tensor of shape (2,), or two Tensors of shape (), and returns a Tensor with one element.
    Raises OSError, ValueError or RuntimeError, each with one sentence, for a file or a function that is none or that
    does not do that at the start; later calls raise the same.
    """
    function = given if callable(given) else load(given, "a landscape")
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


class _Watched:
    """The function, with one sentence for whatever goes wrong in it."""

    def __init__(self, function, name):
        self.function, self.name, self.limit = function, name, Limit(LIMIT)
        self.file = getattr(getattr(function, "__code__", None), "co_filename", None)
        try:
            count = len(needed(function))
        except ValueError:  # a function of C's does not say
            count = 1
        if count not in (1, 2):
            raise ValueError(
                f"{name} must take one Tensor of shape (2,) or two Tensors, but it takes {count} arguments"
            )
        self.two = count == 2

    def __call__(self, w):
        before = w.data.copy()
        given = (w[0], w[1]) if self.two else (w,)
        parts = [x.data for x in given]
        copies = [x.copy() for x in parts]
        try:
            y = self.limit(self.function, *given)
        except BaseException as error:
            raise fault(error, self.name, self.file, f" at {_point(before)}", LIMIT) from error
        if not all(np.array_equal(x, copy, equal_nan=True) for x, copy in zip(parts, copies, strict=True)):
            w.data[...] = before
            raise ValueError(
                f"{self.name} changes its argument in place; compute new Tensors from it instead (write w = w + 1, "
                "not w.data += 1)"
            )
        return one_number(y, self.name)


def _point(w):
    return f"({', '.join(f'{x:.4g}' for x in np.ravel(w))})"
