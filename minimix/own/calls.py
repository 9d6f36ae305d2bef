"""Calling what a reader wrote, with a seed or without."""

import functools
import inspect
import sys
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


def with_variables(function: Any, *arguments: Any) -> tuple[Any, dict[str, Any]]:
    """(what a function returns, {local variable: its value at the end})."""
    frames, code = [], getattr(inspect.unwrap(function), "__code__", None)
    before: Any = sys.getprofile()

    def restore():
        before.enable() if hasattr(before, "enable") else sys.setprofile(before)  # the first is cProfile's

    def profile(frame, event, _):
        if event == "call" and frame.f_code is code:
            frames.append(frame)  # one that is kept has its variables still when it has returned
            restore()

    sys.setprofile(profile)
    try:
        result = function(*arguments)
    finally:
        restore()
    return result, dict(frames[0].f_locals) if frames else {}


def name_of(function: Any) -> str:
    """What a function is called, for messages."""
    return getattr(function, "__name__", repr(function))
