"""Calling what a reader wrote: with a seed or without, and in one sentence where it fails."""

import contextlib
import functools
import inspect
import sysconfig
import traceback
from pathlib import Path

from ..hint import shown
from .faults import fault
from .limit import Limit, TimeUp

SECONDS = 60  # for making a network or reading data

HOUSE = str(Path(__file__).parents[1])
NOT_OWN = (HOUSE, "<frozen ", *map(sysconfig.get_path, ("stdlib", "purelib", "platlib")))  # lines of other people


def called(function, label, seed):
    """function(seed), where it takes a seed, or function().

    The seed goes to an argument called seed, or to the only argument without a default. Raises ValueError with one
    sentence where it takes other arguments, or fails.
    """
    if not callable(function):
        raise ValueError(f"{label} must be a function, got {shown(function)}")
    with told(label):
        parameters = inspect.signature(function).parameters.values()
        if any(p.name == "seed" for p in parameters):
            return _limited(functools.partial(function, seed=seed), label)
        needed = [
            p.name for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        ]
        if len(needed) > 1:
            raise ValueError(f"{label} must take a seed or nothing, but it needs {', '.join(needed)}")
        return _limited(functools.partial(function, *[seed][: len(needed)]), label)


def _limited(call, label):
    try:
        return Limit(SECONDS)(call)
    except TimeUp as error:
        file = getattr(getattr(call.func, "__code__", None), "co_filename", "")
        raise fault(error, label, file, seconds=SECONDS) from None


@contextlib.contextmanager
def told(label):
    """Make one sentence, a ValueError, of what a reader's code raises; minimix's own sentences stay as they are."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        if isinstance(error, (ValueError, OSError, RuntimeError)) and frames[-1].filename.startswith(HOUSE):
            raise
        frames = [frame for frame in frames if not frame.filename.startswith(NOT_OWN)]
        where = f", line {frames[-1].lineno} of {Path(frames[-1].filename).name}" if frames else ""
        raise ValueError(f"{label} raised {type(error).__name__}: {error}{where}") from error


def name_of(function):
    """What a function is called, for messages."""
    return getattr(function, "__name__", repr(function))
