"""The study's networks, each with all that belongs to it, and a reader's own.

`seed` is an int or a numpy.random.Generator; it draws weights, then dropout masks.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from .. import own
from ..hint import one_of, shown
from ..own.calls import called, name_of
from .chain import Sequential
from .init import generator
from .layers import Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU, check_sizes
from .module import Module

SIZES = (784, 128, 64, 10)
"""The widths of the study's MLP."""


def mlp(sizes=SIZES, seed=0, *more):
    """Dense layers of these widths with ReLU between, for rows (n, sizes[0]) or images of so many pixels.

    By default the study's: 784 → 128 → 64 → 10; 109,386 parameters. mlp(3) is short for mlp(seed=3).

    >>> mx.models.mlp([784, 50, 10], seed=0)(mx.Tensor(np.zeros((2, 784)))).shape
    (2, 10)
    """
    if more or not (isinstance(sizes, (list, tuple)) or (isinstance(seed, int) and seed == 0)):
        raise TypeError("mlp takes its widths in a list, as mlp([784, 50, 10]), and then a seed")
    if not isinstance(sizes, (list, tuple)):
        sizes, seed = SIZES, sizes
    if len(sizes) < 2:
        raise ValueError(f"mlp: sizes must be two or more widths, as [784, 50, 10], got {sizes!r}")
    check_sizes("mlp", **{f"sizes[{i}]": n for i, n in enumerate(sizes)})
    rng = generator(seed)
    layers = [layer for pair in itertools.pairwise(sizes) for layer in (Dense(*pair, rng), ReLU())]
    return Sequential(Flatten(), *layers[:-1])


def cnn(seed=0):
    """The CNN of the experiments' code, for images (n, 32, 32, 3): no ReLU after the convolutions."""
    rng = generator(seed)
    masks = rng.spawn(2)
    return Sequential(
        *(Conv2D(3, 32, 5, rng), MaxPool2D(2)),
        *(Conv2D(32, 64, 5, rng), MaxPool2D(2)),
        Flatten(),
        *(Dense(1600, 312, rng), Dropout(0.5, masks[0]), ReLU()),
        *(Dense(312, 84, rng), Dropout(0.5, masks[1]), ReLU()),
        Dense(84, 10, rng),
    )


def cnn_fig1(seed=0):
    """The CNN that the report's figure 1 draws, for images (n, 32, 32, 3); it is not the one that was trained.

    The last layer too has ReLU and dropout in the drawing; here it gives plain logits, without which the loss could
    not fall.
    """
    rng = generator(seed)
    masks = rng.spawn(3)
    return Sequential(
        *(Conv2D(3, 32, 5, rng), MaxPool2D(2)),
        *(Conv2D(32, 32, 5, rng), MaxPool2D(2)),
        Flatten(),
        *(Dense(800, 84, rng), ReLU(), Dropout(0.5, masks[0])),
        *(Dense(84, 312, rng), ReLU(), Dropout(0.5, masks[1])),
        *(Dense(312, 64, rng), ReLU(), Dropout(0.5, masks[2])),
        Dense(64, 10, rng),
    )


@dataclass(frozen=True)
class Model:
    """A network and how it is trained where nothing else is said.

    network: a function of a seed. data: the name of a data set. band: what the figure shows around the mean over
    trials, "range" or "std".
    """

    network: Callable
    band: str
    data: str
    epochs: int
    batch_size: int
    shuffle: str
    record: int

    def __call__(self, seed=0):
        """A new network, a Module, with the weights that the seed draws."""
        return self.network(seed)


PROCEDURE = ("data", "epochs", "batch_size", "shuffle", "record")
"""What is filled in from the model where nothing else is said."""
_CNN = Model(cnn, "std", data="shapes", epochs=3, batch_size=20, shuffle="every-epoch", record=2)
MODELS = {
    "mlp": Model(mlp, "range", data="glyphs", epochs=20, batch_size=256, shuffle="once", record=2),
    "cnn": _CNN,
    "cnn-fig1": replace(_CNN, network=cnn_fig1),
}
OWN = Model(None, "range", data="glyphs", epochs=10, batch_size=32, shuffle="every-epoch", record=1)
"""The procedure of a network that is not the study's."""


def find(model):
    """The Model that a name in MODELS means, or a function that makes a Module, or the function's file.py:name.

    The function takes a seed, an int, or nothing. Raises ValueError where `model` is none of these; calling the Model
    does where the function makes no Module.
    """
    if isinstance(model, str) and not own.is_reference(model):
        return MODELS[one_of("model", model, MODELS, "file.py:name")]
    function = own.load(model, "network") if isinstance(model, str) else model
    if isinstance(function, Module) or not callable(function):
        raise ValueError(
            "model must be a function that makes a Module, since every trial starts from new weights, got "
            f"{shown(function)}"
        )
    label = model if isinstance(model, str) else name_of(function)
    study = [known for known in MODELS.values() if known.network is function]
    return study[0] if study else replace(OWN, network=lambda seed: _module(function, seed, label))


def _module(function, seed, label):
    if isinstance(seed, np.random.SeedSequence):  # what a comparison draws its seeds from
        seed = int(seed.generate_state(1)[0])
    module = called(function, label, seed)
    if not isinstance(module, Module):
        raise ValueError(f"{label} must return a Module, as nn.Sequential(…) is one, got {shown(module)}")
    return module
