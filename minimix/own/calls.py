"""Calling what a reader wrote, with a seed or without."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

from ..hint import shown
from ..tensor import Tensor
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


def one_number(y: Any, name: str) -> Tensor:
    """What a reader's function returned, where it is a Tensor with one element; its shape is () then."""
    if not isinstance(y, Tensor):
        raise ValueError(
            f"{name} must return a Tensor with one element, got {type(y).__name__}; use minimix operators "
            "and keep Tensors as they are (no float(), no .data, no .item())"
        )
    if y.size != 1:
        raise ValueError(
            f"{name} must return one number (shape ()), got shape {tuple(y.shape)}; .sum() makes one of many"
        )
    return y.reshape(()) if y.ndim else y


def name_of(function: Any) -> str:
    """What a function is called, for messages."""
    return getattr(function, "__name__", repr(function))
