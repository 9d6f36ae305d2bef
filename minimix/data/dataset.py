"""A data set: training and test images with their labels, and how the drawn ones are assembled."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

BLOCK = 100  # images that share one random stream


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Labelled images, split into a training and a test set, in host memory.

    `x_train`, `x_test`: float32, (images, height, width, channels), normalized and finite.
    `y_train`, `y_test`: int64, (images,), each label an index into `classes`.
    A set that breaks one of these raises a ValueError that names the argument.
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    classes: tuple[str, ...]

    def __post_init__(self):
        for split in ("train", "test"):
            x, y = getattr(self, f"x_{split}"), getattr(self, f"y_{split}")
            _check_images(f"x_{split}", x)
            _check_labels(f"y_{split}", y, len(x), len(self.classes))
        if self.x_train.shape[1:] != self.x_test.shape[1:]:
            raise ValueError(
                f"x_test holds images of shape {self.x_test.shape[1:]}, but those of x_train are "
                f"{self.x_train.shape[1:]}"
            )

    def subset(self, train: int | None = None, test: int | None = None) -> Dataset:
        """The first `train` training images and the first `test` test images; None keeps them all."""
        if train is None and test is None:
            return self
        n = _first("train", train, len(self.x_train))
        m = _first("test", test, len(self.x_test))
        return Dataset(self.name, self.x_train[:n], self.y_train[:n], self.x_test[:m], self.y_test[:m], self.classes)

    def __repr__(self):
        size = "x".join(map(str, self.x_train.shape[1:]))
        return (
            f"Dataset({self.name!r}, {len(self.x_train):,} training and {len(self.x_test):,} test images "
            f"of {size}, {len(self.classes)} classes)"
        )


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
    seed = _whole("seed", seed, least=0)

    def split(index: int, n: int):
        images, labels = [], []
        for block in range(-(-n // BLOCK)):
            rng = np.random.default_rng([seed, index, block])
            labels.append(rng.permutation(np.arange(BLOCK) % len(classes)))
            images.append(draw(rng, labels[-1]))
        return np.concatenate(images)[:n], np.concatenate(labels)[:n]

    return Dataset(name, *split(0, _whole("train", train, 1)), *split(1, _whole("test", test, 1)), classes=classes)


def uniform(rng: np.random.Generator, low: float, high: float, *shape: int) -> np.ndarray:
    """Float32 numbers drawn evenly from low to high."""
    return (low + (high - low) * rng.random(shape, dtype=np.float32)).astype(np.float32, copy=False)


def _check_images(name, x):
    if not (isinstance(x, np.ndarray) and x.dtype == np.float32 and x.ndim == 4 and x.size):
        raise ValueError(
            f"{name} must be a float32 NumPy array of shape (images, height, width, channels), none of "
            f"them 0, not {_kind(x)}"
        )
    if not np.isfinite(x.sum(dtype=np.float64)):  # cheap: no temporary array
        at = tuple(map(int, np.argwhere(~np.isfinite(x))[0]))
        raise ValueError(f"{name} must be finite, but {name}{list(at)} is {x[at]}")


def _check_labels(name, y, images, classes):
    if not (isinstance(y, np.ndarray) and y.dtype == np.int64 and y.shape == (images,)):
        raise ValueError(f"{name} must be an int64 NumPy array of shape ({images},), a label per image, not {_kind(y)}")
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
    if _whole(name, wanted, 1) > there:
        raise ValueError(f"{name} must be at most {there:,}, the number of images there are, not {wanted:,}")
    return wanted


def _whole(name, value, least):
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool) or number < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {value!r}")
    return number
