"""The study's networks. `seed` is an int or a numpy.random.Generator; it draws weights, then dropout masks."""

import numpy as np

from .layers import Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU, Sequential


def mlp(seed=0):
    """784 → 128 → 64 → 10 with ReLU, for images (n, 28, 28, 1) or rows (n, 784); 109,386 parameters."""
    rng = np.random.default_rng(seed)
    return Sequential(Flatten(), Dense(784, 128, rng), ReLU(), Dense(128, 64, rng), ReLU(), Dense(64, 10, rng))


def cnn(seed=0):
    """The CNN of the experiments' code, for images (n, 32, 32, 3): no ReLU after the convolutions."""
    rng = np.random.default_rng(seed)
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
    rng = np.random.default_rng(seed)
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


MODELS = {"mlp": mlp, "cnn": cnn, "cnn-fig1": cnn_fig1}
