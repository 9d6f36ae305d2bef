"""Calling what a reader wrote, with a seed or without."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

from ..hint import shown
from .faults import blamed
from .limit import Limit

SECONDS = 60  # for making a network or reading data


def called(function: Any, label: str, seed: Any) -> Any:
    """function(seed), where it takes a seed, or function().

    The seed goes to an argument called seed, or to the only argument without a default. Raises ValueError or
    RuntimeError with one sentence where it takes other arguments, fails or never ends.
    """
    if not callable(function):
        raise ValueError(f"{label} must be a function, got {shown(function)}")
    with blamed(label, SECONDS):
        if "seed" in inspect.signature(function).parameters:
            return Limit(SECONDS)(functools.partial(function, seed=seed))
        if len(names := needed(function)) > 1:
            raise ValueError(f"{label} must take a seed or nothing, but it needs {', '.join(names)}")
        return Limit(SECONDS)(function, *[seed][: len(names)])


def needed(function: Callable) -> list[str]:
    """The names of the arguments that a function has to get in order: those without defaults."""
    parameters = inspect.signature(function).parameters.values()
    kinds = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    return [p.name for p in parameters if p.kind in kinds and p.default is p.empty]


def name_of(function: Any) -> str:
    """What a function is called, for messages."""
    return getattr(function, "__name__", repr(function))
