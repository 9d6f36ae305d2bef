"""Data sets: MNIST and CIFAR-10 from their official files, glyphs and shapes drawn on the spot, and a reader's own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import own
from ..hint import one_of
from ..own.calls import called
from .arrays import from_arrays
from .batches import Batches
from .cifar import cifar10
from .dataset import Dataset
from .drawn_glyphs import glyphs
from .drawn_shapes import shapes
from .idx import idx_files, mnist, read_idx
from .npz import read_npz

__all__ = ["LOADERS", "Batches", "Dataset", "cifar10", "files", "from_arrays", "glyphs", "load", "mnist", "shapes"]

LOADERS: dict[str, Callable[..., Dataset]] = {"glyphs": glyphs, "shapes": shapes, "mnist": mnist, "cifar10": cifar10}


def load(source: Any, *, targets: bool | None = None, split_seed: int = 0, **sizes: int) -> Dataset:
    """The Dataset that `source` means.

    source: "glyphs", "shapes", "mnist" or "cifar10"; a .npz file with x_train, y_train, x_test and y_test, or x and y;
    a folder of IDX files that are named as MNIST's are; "file.py:name", a function that returns a Dataset or arrays;
    or these themselves. How arrays become a Dataset, with targets and split_seed, tells `from_arrays`; a function may
    take the seed. sizes: `train` and `test`, the first so many samples, and, for the drawn sets, `seed`.
    """
    if isinstance(source, str) and source in LOADERS:
        return LOADERS[source](**sizes)
    name = str(source) if isinstance(source, (str, Path)) else "data"
    found, note = _read(source, name, split_seed)
    dataset = found if isinstance(found, Dataset) else from_arrays(found, name, targets, split_seed, note)
    return dataset.subset(**sizes)


def files(source: str) -> list[Path]:
    """The files that the data of a source, a text, are read from; none for a set that has a name or a function."""
    if source in LOADERS or own.is_reference(source):
        return []
    return list(idx_files(Path(source)).values()) if Path(source).is_dir() else [Path(source)]


def _read(source, name, seed):
    """(the Dataset or arrays that a source stands for, what to tell of them); a source that is no text is these."""
    if not isinstance(source, (str, Path)):
        return source, ""
    if own.is_reference(name):
        return called(own.load(name, "data"), name, seed), ""
    if name.endswith(".npz"):
        return read_npz(name), ""
    if Path(name).is_dir():
        return read_idx(Path(name))
    return one_of("data", name, LOADERS, "a .npz file", "a folder of IDX files", "file.py:name"), ""
