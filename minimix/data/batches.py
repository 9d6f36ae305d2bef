"""Batches in the study's two ways of shuffling."""

from typing import Any

import numpy as np

from ..backend import module_of
from ..hint import one_of, shown

SHUFFLE = ("once", "every-epoch")


class Batches:
    """Iterates over (x, y) in shuffled batches; each iteration is an epoch.

    x, y: arrays of one module with the same length. batch_size: the last batch of an epoch may be smaller.
    shuffle: "once" draws the batches at the start and reuses them in every epoch (the study's MLP), "every-epoch"
    draws them anew (its CNN). rng: a numpy.random.Generator, or a seed for one; it draws on the host, so that
    every backend sees the same batches. Raises ValueError for lengths that differ, a batch size outside 1..len(x) or
    an unknown way of shuffling.

    >>> x, y = np.zeros((10, 4)), np.arange(10)
    >>> [len(labels) for _, labels in mx.data.Batches(x, y, 4, np.random.default_rng(0))]
    [4, 4, 2]
    """

    def __init__(self, x: Any, y: Any, batch_size: int, rng: np.random.Generator | int, shuffle: str = "every-epoch"):
        if len(x) != len(y):
            raise ValueError(f"x has {len(x):,} samples, but y has {len(y):,}")
        if not 1 <= batch_size <= len(x):
            raise ValueError(f"batch_size must be 1 to {len(x)}, the number of training samples, got {batch_size}")
        if isinstance(rng, bool) or not isinstance(rng, (np.random.Generator, int, np.integer)):
            raise TypeError(f"rng must be a numpy.random.Generator or an integer as its seed, got {shown(rng)}")
        self.x, self.y, self.batch_size, self.rng = x, y, batch_size, np.random.default_rng(rng)
        self.shuffle = one_of("shuffle", shuffle, SHUFFLE)
        self.order = self.rng.permutation(len(x)) if shuffle == "once" else None

    def __len__(self):
        return -(-len(self.x) // self.batch_size)

    def __iter__(self):
        order = self.rng.permutation(len(self.x)) if self.order is None else self.order
        order = module_of(self.x).asarray(order)
        for start in range(0, len(self.x), self.batch_size):
            batch = order[start : start + self.batch_size]
            yield self.x[batch], self.y[batch]
