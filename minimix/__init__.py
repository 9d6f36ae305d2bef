"""minimix: a small deep-learning framework to learn from, and to compare optimizers with."""

from . import data, nn, ops, optim
from .backend import use, using
from .gradcheck import gradcheck
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
    relu,
    sigmoid,
    softmax,
    sqrt,
    tanh,
    where,
)
from .threads import set_threads
from .tensor import Tensor, grad, hvp, no_grad

__version__ = "0.1.0"
