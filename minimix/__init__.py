"""minimix: a small deep-learning framework to learn from, and to compare optimizers with."""

import importlib

from . import ops
from .backend import use, using
from .gradients import grad, hvp
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

__all__ = [
    "Result", "Tensor", "compare", "concatenate", "conv2d", "cross_entropy", "data", "dropout", "evaluate", "exp",
    "grad", "gradcheck", "hvp", "log", "log_softmax", "max_pool2d", "maximum", "models", "mse_loss", "nn",
    "no_grad", "ops", "optim", "relu", "set_threads", "sigmoid", "softmax", "sqrt", "stepper", "tanh", "train",
    "use", "using", "where",
]  # fmt: skip

_LAZY = {  # what is beyond the engine is imported when it is first used: `import minimix` costs little beside NumPy
    "Result": "result",
    "compare": "comparison",
    "data": "data",
    "evaluate": "training",
    "gradcheck": "differences",
    "models": "nn.models",
    "nn": "nn",
    "optim": "optim",
    "set_threads": "threads",
    "stepper": "stepping",
    "train": "training",
}


def __getattr__(name):
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f".{_LAZY[name]}", __name__)
    return module if _LAZY[name].endswith(name) else getattr(module, name)


def __dir__():
    return sorted({*globals(), *_LAZY})


__version__ = "0.1.0"
