"""What comes from outside is held against annotations and bounds, and refused in one sentence."""

from __future__ import annotations

import json
import math
import numbers
import operator
import types
import typing
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from .files import read
from .hint import one_of, shown
from .tensor import Tensor

LARGEST = 1 << 27  # bytes of a JSON file
DEEPEST = 20  # lists and objects in one another
WORDS = {
    bool: "true or false",
    dict: "a dictionary, {…}",
    float: "a finite number",
    int: "a whole number",
    list: "a list, […]",
    object: "anything",
    str: "a text",
    Callable: "a function",
    Iterable: "a list",
    types.NoneType: "none",
}


def check(name: str, value: object, form: Any) -> None:
    """Raise ValueError, with a sentence that begins with `name`, where a value does not fit an annotation.

    form: one of WORDS, list[form], form | form, or Annotated[form, about, choices]. A number fits `float`, a whole one
    `int`, and a bool neither.
    """
    if typing.get_origin(form) is typing.Annotated:
        form, _, *choices = typing.get_args(form)
        if choices and value is not None and isinstance(value, str):
            one_of(name, value, choices[0])
    if not fits(value, form):
        raise ValueError(f"{name} must be {_words(form)}, got {shown(value)}")


def fits(value: object, form: Any) -> bool:
    """Whether a value is what an annotation says; see `check`."""
    if inner := typing.get_args(form):
        if typing.get_origin(form) is list:
            return isinstance(value, list) and all(fits(x, inner[0]) for x in value)
        return any(fits(value, one) for one in inner)
    if form is Callable:
        return callable(value)
    if form in (int, float):
        kind = numbers.Integral if form is int else numbers.Real
        is_number = isinstance(value, kind) and not isinstance(value, bool)
        return is_number and (form is int or _is_finite(value))
    return value is None if form is types.NoneType else isinstance(value, form)


def _is_finite(number):
    try:
        return math.isfinite(number)
    except OverflowError:  # a whole number beyond all floats
        return False


def _words(form):
    if typing.get_origin(form) is list:
        return f"a list, each item {_words(typing.get_args(form)[0])}"
    return " or ".join(map(_words, typing.get_args(form))) or WORDS.get(form, f"a {getattr(form, '__name__', form)}")


def whole(name: str, value: Any, least: int, most: int | None = None) -> int:
    """value, if it is a whole number of at least `least` and at most `most`; otherwise ValueError."""
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool) or number < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {shown(value)}")
    if most is not None and number > most:
        raise ValueError(f"{name} must be at most {most:,}, not {shown(number)}")
    return number


def check_number(
    owner: str,
    name: str,
    x: Any,
    below: float = math.inf,
    most: float = math.inf,
    *,
    above: bool = False,
    integer: bool = False,
    also: str = "",
) -> None:
    """Raise ValueError unless 0 <= x < below and x <= most (0 < x with `above`); x: a number or a Tensor of one."""
    number = x.item() if isinstance(x, np.generic) or (isinstance(x, Tensor) and x.size == 1) else x
    good = isinstance(number, int if integer else (int, float)) and not isinstance(number, bool)
    good = good and number < below and number <= most
    if not (good and (number > 0 if above else number >= 0)):
        allowed = "above 0" if above else "at least 0"
        if below < math.inf:
            allowed += f" and below {below:g}"
        if most < math.inf:
            allowed += f" and at most {most:g}"
        kind = "an integer" if integer else "a number"
        raise ValueError(f"{owner}: {name} must be {kind} {allowed}{also}, got {x!r}")


def read_json(path: str | Path) -> dict:
    """The object in a JSON file. Raises FileNotFoundError, or ValueError with one sentence for what is none.

    Neither a key that stands twice nor a number that is not finite is JSON.
    """
    text = read(path, LARGEST)
    try:
        content = json.loads(text.decode("utf-8-sig"), parse_constant=_no_number, object_pairs_hook=_once)
    except UnicodeDecodeError:
        raise ValueError(f"{str(path)!r} is not valid JSON: it is no text in UTF-8") from None
    except RecursionError:
        raise ValueError(f"{str(path)!r} is not valid JSON: it is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"{str(path)!r} is not valid JSON: {error}") from None
    if not isinstance(content, dict):
        raise ValueError(f"{str(path)!r} must hold {WORDS[dict]}, but it holds a {type(content).__name__}")
    level: list[Any] = [content]
    for _ in range(DEEPEST):
        level = [
            x for one in level for x in (one.values() if isinstance(one, dict) else one) if isinstance(x, (dict, list))
        ]
    if level:
        raise ValueError(f"{str(path)!r} is nested too deeply")
    return content


def _no_number(name):
    raise ValueError(f"{name} is no number")


def _once(pairs):
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} stands twice in one object")
    return content
