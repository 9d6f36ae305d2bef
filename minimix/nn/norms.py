"""Normalizing layers: BatchNorm and LayerNorm."""

import math

from .. import ops
from ..backend import current
from ..hint import shown
from ..tensor import value
from . import init
from .layers import check_sizes
from .module import Module


class BatchNorm(Module):
    """(x - mean) / sqrt(variance + eps) * weight + bias, of each feature: the last axis of (n, f) or (n, h, w, f).

    In training mean and variance are the batch's, over all other axes; running_mean and running_var then move towards
    them by `momentum` (the variance with n - 1 below, as in PyTorch), and are what evaluation takes. weight starts at
    1, bias at 0. Source: Ioffe, Szegedy 2015.
    """

    buffers = ("running_mean", "running_var")

    def __init__(self, features, momentum=0.1, eps=1e-5, dtype="float32"):
        check_sizes("BatchNorm", features=features)
        _check("BatchNorm", "eps", eps)
        _check("BatchNorm", "momentum", momentum, most=1)
        self.momentum, self.eps = momentum, eps
        self.weight, self.bias = (init.constant((features,), number, dtype) for number in (1, 0))
        self.running_mean = current().xp.zeros((features,), dtype)
        self.running_var = current().xp.ones((features,), dtype)

    def forward(self, x):
        """Raises ValueError for other shapes, and in training for a batch of one number a feature."""
        features = self.weight.shape[0]
        if x.ndim < 2 or x.shape[-1] != features:
            raise ValueError(f"BatchNorm takes inputs of shape (n, …, {features}), got {tuple(x.shape)}")
        if not self.training:
            return _scaled(x - self.running_mean, self.running_var, self)
        axes, n = tuple(range(x.ndim - 1)), math.prod(x.shape[:-1])
        if n < 2:
            raise ValueError(f"BatchNorm: a batch needs 2 or more numbers of each feature, got {n}; call model.eval()?")
        mean = ops.mean(x, axis=axes)
        centred = x - mean
        variance = ops.mean(centred * centred, axis=axes)
        self.running_mean += self.momentum * (value(mean) - self.running_mean)
        self.running_var += self.momentum * (value(variance) * (n / (n - 1)) - self.running_var)
        return _scaled(centred, variance, self)


class LayerNorm(Module):
    """(x - mean) / sqrt(variance + eps) * weight + bias, of each sample over its last axes, those of `shape`.

    shape: an int or a tuple. weight starts at 1, bias at 0. Source: Ba, Kiros, Hinton 2016.
    """

    def __init__(self, shape, eps=1e-5, dtype="float32"):
        shape = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
        check_sizes("LayerNorm", **{f"shape[{i}]": n for i, n in enumerate(shape)})
        _check("LayerNorm", "eps", eps)
        self.eps = eps
        self.weight, self.bias = (init.constant(shape, number, dtype) for number in (1, 0))

    def forward(self, x):
        shape = self.weight.shape
        if tuple(x.shape[-len(shape) :]) != shape:
            inside = ", ".join(map(str, shape))
            raise ValueError(f"LayerNorm takes inputs of shape (…, {inside}), got {tuple(x.shape)}")
        axes = tuple(range(x.ndim - len(shape), x.ndim))
        centred = x - ops.mean(x, axis=axes, keepdims=True)
        return _scaled(centred, ops.mean(centred * centred, axis=axes, keepdims=True), self)


def _check(owner, name, x, most=math.inf):
    if isinstance(x, bool) or not (isinstance(x, (int, float)) and 0 <= x <= most):
        raise ValueError(f"{owner}: {name} must be a number from 0 to {most}, got {shown(x)}")


def _scaled(centred, variance, layer):
    return centred / ops.sqrt(variance + layer.eps) * layer.weight + layer.bias
