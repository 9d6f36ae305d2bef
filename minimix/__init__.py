"""minimix: a small deep-learning framework to learn from, and to compare optimizers with."""

import importlib

from . import data, nn, ops, optim
from .backend import use, using
from .differences import gradcheck
from .gradients import grad, hvp
from .nn import models
from .ops import (
    concatenate,
    conv2d,
    cross_entropy,
    dropout,
    exp,
    log,
    log_softmax,
    max_pool2d,
    maximum,
    mse_loss,
    relu,
    sigmoid,
    softmax,
    sqrt,
    tanh,
    where,
)
from .tensor import Tensor, no_grad
from .threads import set_threads

__all__ = [
    "Result", "Tensor", "compare", "concatenate", "conv2d", "cross_entropy", "data", "dropout", "evaluate", "exp",
    "grad", "gradcheck", "hvp", "log", "log_softmax", "max_pool2d", "maximum", "models", "mse_loss", "nn",
    "no_grad", "ops", "optim", "relu", "set_threads", "sigmoid", "softmax", "sqrt", "stepper", "tanh", "train",
    "use", "using", "where",
]  # fmt: skip


_LAZY = {
    "Result": "result",
    "compare": "comparison",
    "evaluate": "training",
    "stepper": "stepping",
    "train": "training",
}


def __getattr__(name):
    """What brings matplotlib's figures with it is imported when it is first used."""
    if name in _LAZY:
        return getattr(importlib.import_module(f".{_LAZY[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__version__ = "0.1.0"
