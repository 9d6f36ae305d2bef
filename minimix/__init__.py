"""minimix: a small deep-learning framework to learn from, and to compare optimizers with."""

import importlib
import sys
import types

from . import elsewhere as _elsewhere
from . import ops
from .backend import use, using
from .gradients import grad, hvp
from .hint import missing as _missing
from .ops import (
    avg_pool2d,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    clip,
    concatenate,
    conv2d,
    cos,
    cross_entropy,
    dropout,
    einsum,
    embedding,
    exp,
    l1_loss,
    leaky_relu,
    log,
    log_softmax,
    logsumexp,
    max_pool2d,
    maximum,
    minimum,
    mse_loss,
    pad,
    relu,
    sigmoid,
    silu,
    sin,
    softmax,
    softplus,
    split,
    sqrt,
    stack,
    tanh,
    where,
)
from .tensor import Tensor, no_grad

__all__ = [
    "Result", "Tensor", "avg_pool2d", "binary_cross_entropy", "binary_cross_entropy_with_logits", "clip", "compare",
    "concatenate", "conv2d", "cos", "cross_entropy", "data", "dropout", "einsum", "embedding", "evaluate", "exp",
    "grad", "gradcheck", "hvp", "l1_loss", "leaky_relu", "log", "log_softmax", "logsumexp", "max_pool2d", "maximum",
    "minimum", "models", "mse_loss", "nn", "no_grad", "ops", "optim", "pad", "relu", "set_threads", "sigmoid",
    "silu", "sin", "softmax", "softplus", "split", "sqrt", "stack", "stepper", "tanh", "tape", "train", "use", "using",
    "where",
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
    "tape": "backward",
    "train": "training",
}


class _Room(types.ModuleType):
    def __call__(self, *_, **__):
        raise TypeError("minimix.tensor is a module: write minimix.Tensor([1.0, 2.0])")


sys.modules[f"{__name__}.tensor"].__class__ = _Room


def __getattr__(name):
    if name not in _LAZY:
        raise _missing(f"module {__name__!r}", name, __all__, {} if name[:2] == "__" else _rooms())
    module = importlib.import_module(f".{_LAZY[name]}", __name__)
    return module if _LAZY[name].endswith(name) else getattr(module, name)


def _rooms():
    """{name: what to write} of what stands in another room, or has another name here."""
    from . import nn, optim

    kinds = [name for name in vars(optim) if name[0].isupper()]
    rooms = {"nn": nn.__all__, "optim": kinds, "ops": ops.__all__}
    inside = {name: f"minimix.{room}.{name}" for room, names in rooms.items() for name in names}
    return inside | _elsewhere.TENSOR | _elsewhere.NN | _elsewhere.OPTIM | _elsewhere.PACKAGE


def __dir__():
    return sorted({*globals(), *_LAZY})


__version__ = "0.1.0"
