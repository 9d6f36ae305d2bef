"""Layers: Dense, Conv2D, Embedding, pooling, ReLU, Tanh, Sigmoid, Dropout and Flatten.

rng: a numpy.random.Generator, or an integer as the seed of one; without it layers draw from one generator that all
share, see `init.generator`. init: how weights are drawn, see `init`; biases are drawn like the weights where that is
the default, PyTorch's, and start at 0 otherwise.
"""

import math

from .. import ops
from ..hint import shown
from ..validation import check_number
from . import init as initial
from .module import Module


class Dense(Module):
    """x @ weight.T + bias: (n, fan_in) to (n, fan_out).

    weight (fan_out, fan_in) and bias (fan_out,) start uniform within ±1/sqrt(fan_in), drawn from rng in that order.

    >>> layer = mx.nn.Dense(3, 2)
    >>> layer(mx.Tensor(np.ones((5, 3)))).shape
    (5, 2)
    """

    kind = "dense"

    def __init__(self, fan_in, fan_out, rng=None, dtype="float32", init=initial.uniform, bias=True):
        check_sizes("Dense", fan_in=fan_in, fan_out=fan_out)
        rng = initial.generator(rng)
        self.weight = _weight(init, rng, (fan_out, fan_in), dtype)
        self.bias = _bias(rng, fan_out, fan_in, dtype, init) if bias else None

    def forward(self, x):
        if x.ndim != 2 or x.shape[1] != self.weight.shape[1]:
            hint = "; put Flatten() before it" if x.ndim > 2 else ""
            raise ValueError(f"Dense takes inputs of shape (n, {self.weight.shape[1]}), got {tuple(x.shape)}{hint}")
        return ops.matmul(x, self.weight.T) if self.bias is None else ops.affine(x, self.weight, self.bias)


class Conv2D(Module):
    """Convolution of images (n, height, width, channels_in) to (n, oh, ow, channels_out).

    kernel, stride, padding: ints or (rows, columns); algorithm: as in `ops.conv2d`. weight (channels_out, kh, kw,
    channels_in) and bias (channels_out,) start uniform within ±1/sqrt(fan_in), fan_in = kh*kw*channels_in.
    """

    kind = "conv"

    def __init__(
        self, channels_in, channels_out, kernel, rng=None, stride=1, padding=0, algorithm="auto", dtype="float32",
        init=initial.uniform, bias=True,
    ):  # fmt: skip
        check_sizes("Conv2D", channels_in=channels_in, channels_out=channels_out)
        kh, kw = ops.convolution.pair(kernel, "Conv2D's kernel", 1)
        self.stride = ops.convolution.pair(stride, "Conv2D's stride", 1)
        self.padding = ops.convolution.pair(padding, "Conv2D's padding", 0)
        ops.convolution.check_algorithm(algorithm, (kh, kw), self.stride)
        self.algorithm, rng = algorithm, initial.generator(rng)
        self.weight = _weight(init, rng, (channels_out, kh, kw, channels_in), dtype)
        self.bias = _bias(rng, channels_out, kh * kw * channels_in, dtype, init) if bias else None

    def forward(self, x):
        channels = self.weight.shape[3]
        if x.ndim != 4 or x.shape[3] != channels:
            first = x.ndim == 4 and x.shape[1] == channels
            hint = "; where channels come first: x.transpose(0, 2, 3, 1)" if first else ""
            raise ValueError(f"Conv2D takes images of shape (n, height, width, {channels}), got {tuple(x.shape)}{hint}")
        options = {"stride": self.stride, "padding": self.padding, "algorithm": self.algorithm}
        return ops.conv2d(x, self.weight, self.bias, **options)


class Embedding(Module):
    """Integers (…) from 0 to count - 1 to vectors (…, features), the rows of weight (count, features).

    weight starts normal with variance 1, as PyTorch's does.
    """

    kind = "embedding"

    def __init__(self, count, features, rng=None, dtype="float32", init=initial.standard_normal):
        check_sizes("Embedding", count=count, features=features)
        self.weight = _weight(init, initial.generator(rng), (count, features), dtype)

    def forward(self, indices):
        return ops.embedding(indices, self.weight)


class MaxPool2D(Module):
    """The maximum of each window of images (n, height, width, channels)."""

    kind = "pool"

    def __init__(self, size=2, stride=None):
        _check_window("MaxPool2D", size, stride)
        self.size, self.stride = size, stride

    def forward(self, x):
        return ops.max_pool2d(x, self.size, stride=self.stride)


class AveragePool2D(Module):
    """The mean of each window of images (n, height, width, channels)."""

    kind = "pool"

    def __init__(self, size=2, stride=None):
        _check_window("AveragePool2D", size, stride)
        self.size, self.stride = size, stride

    def forward(self, x):
        return ops.avg_pool2d(x, self.size, stride=self.stride)


class ReLU(Module):
    """max(x, 0)."""

    def forward(self, x):
        return ops.relu(x)


class Tanh(Module):
    """The hyperbolic tangent."""

    def forward(self, x):
        return ops.tanh(x)


class Sigmoid(Module):
    """1 / (1 + exp(-x))."""

    def forward(self, x):
        return ops.sigmoid(x)


class Dropout(Module):
    """In training, sets each element to 0 with probability p and divides the others by 1 - p."""

    def __init__(self, p=0.5, rng=None):
        ops.activation.check_dropout(p)
        self.p, self.rng = p, initial.generator(rng)

    def forward(self, x):
        return ops.dropout(x, self.p, self.rng) if self.training else x


class Flatten(Module):
    """(n, ...) to (n, the product of the rest)."""

    def forward(self, x):
        return x if x.ndim == 2 else x.reshape(x.shape[0], math.prod(x.shape[1:]))


def check_sizes(owner, **sizes):
    """Raise ValueError unless all are integers above 0."""
    for name, n in sizes.items():
        check_number(owner, name, n, above=True, integer=True)


def _check_window(owner, size, stride):
    ops.convolution.pair(size, f"{owner}'s size", 1)
    if stride is not None:
        ops.convolution.pair(stride, f"{owner}'s stride", 1)


def _weight(init, rng, shape, dtype):
    if not callable(init):
        raise TypeError(f"init must be a function, as nn.init.he_normal is one, got {shown(init)}")
    return init(rng, shape, dtype)


def _bias(rng, size, fan_in, dtype, init):
    if init is initial.uniform:
        return initial.uniform_fan_in(rng, (size,), fan_in, dtype)
    return initial.constant((size,), 0, dtype)
