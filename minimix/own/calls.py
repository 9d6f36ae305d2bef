"""Calling what a reader wrote: with a seed or without, and in one sentence where it fails."""

import contextlib
import inspect
import traceback
from pathlib import Path

import numpy as np

from ..hint import shown

OTHERS = (str(Path(__file__).parents[1]), str(Path(np.__file__).parent))  # whose lines a reader did not write


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
            return function(seed=seed)
        needed = [
            p.name for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        ]
        if len(needed) > 1:
            raise ValueError(f"{label} must take a seed or nothing, but it needs {', '.join(needed)}")
        return function(*[seed][: len(needed)])


@contextlib.contextmanager
def told(label):
    """Make one sentence, a ValueError, of what a reader's code raises; those that are one already stay."""
    try:
        yield
    except (ValueError, OSError, MemoryError):
        raise
    except Exception as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(OTHERS)]
        where = f", line {frames[-1].lineno} of {Path(frames[-1].filename).name}" if frames else ""
        raise ValueError(f"{label} raised {type(error).__name__}: {error}{where}") from error


def name_of(function):
    """What a function is called, for messages."""
    return getattr(function, "__name__", repr(function))
