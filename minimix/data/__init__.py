"""Data sets: MNIST and CIFAR-10 from their official files, glyphs and shapes drawn on the spot."""

from ..hint import one_of
from .batches import Batches
from .cifar import cifar10
from .dataset import Dataset
from .drawn_glyphs import glyphs
from .drawn_shapes import shapes
from .idx import mnist

__all__ = ["LOADERS", "Batches", "Dataset", "cifar10", "glyphs", "load", "mnist", "shapes"]

LOADERS = {"glyphs": glyphs, "shapes": shapes, "mnist": mnist, "cifar10": cifar10}


def load(name: str, **sizes: int) -> Dataset:
    """The data set called `name`: "glyphs", "shapes", "mnist" or "cifar10".

    `sizes`: `train` and `test`, numbers of images (of the first images of MNIST and CIFAR-10), and, for the
    drawn sets, `seed`.
    """
    return LOADERS[one_of("name", name, LOADERS)](**sizes)
