"""A data set: training and test samples with their labels or targets, and how the drawn ones are assembled."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..validation import whole

BLOCK = 100  # images that share one random stream
SPLIT = ("x_train", "y_train", "x_test", "y_test")


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Samples with what is to be said of them, split into a training and a test set, in host memory.

    `x_train`, `x_test`: float32 and finite, images (n, height, width, channels) or rows (n, features).
    `y_train`, `y_test`: labels, int64 (n,), each an index into `classes`; or without classes targets, numbers to
    predict, float32 (n, outputs). `note`: what is to be told of the set besides, at the end of its repr.
    A set that breaks one of these raises a ValueError that names the argument; `from_arrays` takes more.
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    classes: tuple[str, ...] | None = None
    note: str = ""

    def __post_init__(self):
        for split in ("train", "test"):
            x, y = getattr(self, f"x_{split}"), getattr(self, f"y_{split}")
            _check_samples(f"x_{split}", x)
            if self.classes is None:
                _check_targets(f"y_{split}", y, len(x))
            else:
                _check_labels(f"y_{split}", y, len(x), len(self.classes))
        for one, other in (("x_test", "x_train"), ("y_test", "y_train")):
            here, there = getattr(self, one).shape[1:], getattr(self, other).shape[1:]
            if here != there:
                raise ValueError(f"{one} holds samples of shape {here}, but those of {other} are {there}")

    def about(self) -> dict:
        """{"name", "note", "sha256": {array: digest}, "test_samples"}: which data these are, and how known again."""
        sums = {part: _sum(getattr(self, part)) for part in SPLIT}
        return {"name": self.name, "note": self.note, "sha256": sums, "test_samples": len(self.x_test)}

    def subset(self, train: int | None = None, test: int | None = None) -> Dataset:
        """The first `train` training samples and the first `test` test samples; None keeps them all."""
        if train is None and test is None:
            return self
        n = _first("train", train, len(self.x_train))
        m = _first("test", test, len(self.x_test))
        arrays: dict[str, Any] = {"x_train": self.x_train[:n], "y_train": self.y_train[:n]}
        return replace(self, **arrays, x_test=self.x_test[:m], y_test=self.y_test[:m])

    def __repr__(self):
        kind, size = "images" if self.x_train.ndim == 4 else "rows", "x".join(map(str, self.x_train.shape[1:]))
        said = f"{len(self.classes)} classes" if self.classes else f"targets of {self.y_train.shape[1]}"
        return (
            f"Dataset({self.name!r}, {len(self.x_train):,} training and {len(self.x_test):,} test {kind} of {size}, "
            f"{said}{self.note and '; '}{self.note})"
        )


def _sum(array):
    """The SHA-256 of an array with its shape and dtype."""
    digest = hashlib.sha256(f"{array.dtype.str} {array.shape}".encode())
    digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()


def normalize(pixels: np.ndarray, mean: float, std: float, out: np.ndarray | None = None) -> np.ndarray:
    """Bytes 0 to 255 as float32 (pixel / 255 - mean) / std, the same for every channel."""
    x = np.empty(pixels.shape, np.float32) if out is None else out
    x[...] = pixels
    x /= np.float32(255)
    x -= np.float32(mean)
    x /= np.float32(std)
    return x


def drawn(
    name: str,
    draw: Callable[[np.random.Generator, np.ndarray], np.ndarray],
    classes: tuple[str, ...],
    train: int,
    test: int,
    seed: int,
) -> Dataset:
    """The data set whose images `draw(rng, labels)` makes; the classes are balanced.

    Every block of images has a random stream of its own, keyed by (seed, split, block): training and test
    images share nothing, and a smaller set is the beginning of a larger one.
    """
    seed = whole("seed", seed, least=0)

    def split(index: int, n: int) -> tuple[np.ndarray, np.ndarray]:
        images, labels = [], []
        for block in range(-(-n // BLOCK)):
            rng = np.random.default_rng([seed, index, block])
            labels.append(rng.permutation(np.arange(BLOCK, dtype=np.int64) % len(classes)))
            images.append(draw(rng, labels[-1]))
        return np.concatenate(images)[:n], np.concatenate(labels)[:n]

    return Dataset(name, *split(0, whole("train", train, 1)), *split(1, whole("test", test, 1)), classes=classes)


def uniform(rng: np.random.Generator, low: float, high: float, *shape: int) -> np.ndarray:
    """Float32 numbers drawn evenly from low to high."""
    return (low + (high - low) * rng.random(shape, dtype=np.float32)).astype(np.float32, copy=False)


def _check_samples(name, x):
    if not (isinstance(x, np.ndarray) and x.dtype == np.float32 and x.ndim in (2, 4) and x.size):
        raise ValueError(
            f"{name} must be a float32 NumPy array of shape (n, height, width, channels) or (n, features), none of "
            f"them 0, not {_kind(x)}"
        )
    check_finite(name, x)


def check_finite(name: str, x: np.ndarray) -> None:
    """Raise ValueError that names the first number that is not finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        total = x.sum(dtype=np.float64)  # cheap: no temporary array
    if not np.isfinite(total):
        wrong = np.argwhere(~np.isfinite(x))
        if len(wrong):  # or finite numbers had a sum that is not
            at = tuple(map(int, wrong[0]))
            raise ValueError(f"{name} must be finite, but {name}{list(at)} is {x[at]}")


def _check_targets(name, y, n):
    if not (isinstance(y, np.ndarray) and y.dtype == np.float32 and y.ndim == 2 and len(y) == n and y.size):
        raise ValueError(
            f"{name} must be a float32 NumPy array of shape ({n}, outputs), a row per sample, not {_kind(y)}"
        )
    check_finite(name, y)


def _check_labels(name, y, n, classes):
    if not (isinstance(y, np.ndarray) and y.dtype == np.int64 and y.shape == (n,)):
        raise ValueError(f"{name} must be an int64 NumPy array of shape ({n},), a label per sample, not {_kind(y)}")
    wrong = np.flatnonzero((y < 0) | (y >= classes))
    if wrong.size:
        raise ValueError(
            f"{name} must lie within 0..{classes - 1} (there are {classes} classes), but "
            f"{name}[{wrong[0]}] is {y[wrong[0]]}"
        )


def _kind(value):
    if isinstance(value, np.ndarray):
        return f"{value.dtype} of shape {value.shape}"
    return f"a {type(value).__name__}"


def _first(name, wanted, there):
    if wanted is None:
        return there
    if whole(name, wanted, 1) > there:
        raise ValueError(f"{name} must be at most {there:,}, the number of samples there are, not {wanted:,}")
    return wanted
