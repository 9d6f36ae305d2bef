"""A data set of a reader's own arrays: brought into shape, or refused in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..tensor import value
from ..validation import whole
from .dataset import SPLIT, Dataset, check_finite, normalize

WHOLE = ("x", "y")
NAMES = (*SPLIT, *WHOLE)
FORM = "x_train, y_train, x_test and y_test, or x and y"
TEST_SHARE = 0.2  # of a set without a test part


def from_arrays(
    arrays: Any, name: str = "arrays", targets: bool | None = None, seed: int = 0, note: str = ""
) -> Dataset:
    """A Dataset of (x, y) or (x_train, y_train, x_test, y_test), or of a mapping with these names.

    x: numbers, as images (n, height, width, channels) or (n, height, width), or as rows (n, features) or (n,). Bytes
    (uint8) become pixel / 255, less the mean and divided by the standard deviation of the training part; all other
    numbers stay as they are.
    y: labels (n,), whole numbers of any dtype that count the classes from 0; or with `targets` numbers to predict,
    (n, outputs) or (n,), which becomes (n, 1). With targets=None floats are targets, integers labels.
    Without a test part, a fifth of the samples, drawn with `seed`, becomes one. note: what the Dataset is to tell.
    Raises ValueError with what is wrong, and what to write instead.
    """
    seed = whole("seed", seed, least=0)
    parts = {part: _array(part, array) for part, array in _named(arrays, name).items()}
    if targets is None:
        targets = any(array.dtype.kind == "f" for part, array in parts.items() if part.startswith("y"))
    for part, array in parts.items():
        _check_numbers(part, array)
        parts[part] = _samples(part, array) if part.startswith("x") else (_targets if targets else _labels)(part, array)
    for x, y in zip(list(parts)[::2], list(parts)[1::2], strict=True):
        if len(parts[x]) != len(parts[y]):
            raise ValueError(f"{x} has {len(parts[x]):,} samples, but {y} has {len(parts[y]):,}")
    classes = None if targets else _classes({part: y for part, y in parts.items() if part.startswith("y")})
    if len(parts) == 2:
        x_all, y_all = parts.values()
        parts = _split(x_all, y_all, seed)
        note = f"{note}{note and '; '}test part drawn with seed {seed}"
    parts["x_train"], parts["x_test"] = _scaled(parts["x_train"], parts["x_test"])
    return Dataset(name, **parts, classes=classes, note=note)


def _named(arrays, name):
    """{part: array}, the training part first."""
    given = arrays if isinstance(arrays, Mapping) else {}
    if isinstance(arrays, (tuple, list)) and len(arrays) in (2, 4):
        given = dict(zip(WHOLE if len(arrays) == 2 else SPLIT, arrays, strict=True))
    parts = tuple(part for part in NAMES if part in given)
    if parts not in (SPLIT, SPLIT[:2], WHOLE):
        has = f"the names {', '.join(map(str, given))}" if given else f"the type {type(arrays).__name__}"
        raise ValueError(f"{name} must have {FORM}, got {has}")
    return {part: given[part] for part in parts}


def _array(part, given):
    try:
        return np.asarray(value(given))
    except ValueError:
        raise ValueError(f"{part} must be an array, or lists of the same length in lists") from None


def _check_numbers(part, array):
    if array.dtype.kind not in "buif":
        names = part.startswith("y") and array.dtype.kind in "USO"
        hint = "; for names write numpy.unique(names, return_inverse=True)[1]" if names else ""
        raise ValueError(f"{part} must hold numbers, got the dtype {array.dtype}{hint}")
    if array.dtype.kind == "f":
        check_finite(part, array)
        if array.dtype.itemsize > 4 and array.size and (largest := np.abs(array).max()) > np.finfo(np.float32).max:
            raise ValueError(f"{part} must have numbers that float32 can hold, below 3.4e38, but one is {largest:g}")


def _samples(part, x):
    """Images with their channels, or rows."""
    if x.ndim not in (1, 2, 3, 4):
        raise ValueError(
            f"{part} must be images (n, height, width, channels) or (n, height, width), or rows (n, features), "
            f"got the shape {x.shape}"
        )
    return x[..., None] if x.ndim in (1, 3) else x


def _targets(part, y):
    if y.ndim not in (1, 2):
        raise ValueError(f"{part} must be targets (n, outputs) or (n,), got the shape {y.shape}")
    return y.reshape(len(y), -1).astype(np.float32, copy=False)


def _labels(part, y):
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        hint = f"; for rows with a 1 at the class write {part}.argmax(axis=1)" if y.ndim == 2 else ""
        raise ValueError(f"{part} must be labels (n,), one a sample, got the shape {y.shape}{hint}")
    if y.dtype.kind == "f" and (y != np.round(y)).any():
        wrong = y[y != np.round(y)][0]
        raise ValueError(
            f"{part} must be labels, whole numbers, for the loss cross-entropy, but holds {wrong:g}; to predict "
            "numbers take the loss mse"
        )
    return y.astype(np.int64, copy=False)


def _classes(labels):
    """The names of the classes, "0", "1", …; ValueError where the labels do not count them from 0 without a gap."""
    found = np.unique(np.concatenate(list(labels.values())))
    missing = np.setdiff1d(np.arange(len(found)), found)
    if missing.size:
        raise ValueError(
            f"labels must be 0 to {len(found) - 1} for {len(found)} classes, but {' and '.join(labels)} hold "
            f"{found[0]} to {found[-1]} without {missing[0]}; write numpy.unique(y, return_inverse=True)[1], or to "
            "predict numbers take the loss mse"
        )
    return tuple(map(str, found))


def _split(x, y, seed):
    """{part: array}: a test part drawn from samples that have none."""
    if len(x) < 2:
        raise ValueError(f"x must have at least 2 samples, one to train on and one to test on, got {len(x)}")
    order, count = np.random.default_rng(seed).permutation(len(x)), max(1, round(TEST_SHARE * len(x)))
    test, train = order[:count], order[count:]
    return {"x_train": x[train], "y_train": y[train], "x_test": x[test], "y_test": y[test]}


def _scaled(train, test):
    """Both as float32; bytes so that the training part has mean 0 and standard deviation 1."""
    if train.dtype != np.uint8 or test.dtype != np.uint8:
        return train.astype(np.float32, copy=False), test.astype(np.float32, copy=False)
    pixels = np.arange(256) / 255
    counts = sum(np.bincount(sample.ravel(), minlength=256) for sample in train)
    mean = counts @ pixels / counts.sum()
    std = np.sqrt(counts @ (pixels - mean) ** 2 / counts.sum()) or 1.0
    return normalize(train, mean, std), normalize(test, mean, std)
