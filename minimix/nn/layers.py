"""Layers: Dense, Conv2D, MaxPool2D, ReLU, Tanh, Sigmoid, Dropout, Flatten, and Sequential, which chains them."""

import contextlib
import math
from collections import Counter

from .. import ops
from ..backend import current
from ..tensor import Tensor, no_grad
from .init import uniform_fan_in
from .module import Module


@contextlib.contextmanager
def _named(label):
    """Put the layer's name before what an operator has to say."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{label}: {error}") from None


class Dense(Module):
    """x @ weight.T + bias: (n, fan_in) to (n, fan_out).

    weight (fan_out, fan_in) and bias (fan_out,) start uniform within ±1/sqrt(fan_in), drawn from rng in that order.
    """

    label = "dense"

    def __init__(self, fan_in, fan_out, rng, dtype="float32"):
        self.weight = uniform_fan_in(rng, (fan_out, fan_in), fan_in, dtype)
        self.bias = uniform_fan_in(rng, (fan_out,), fan_in, dtype)

    def forward(self, x):
        if x.ndim != 2 or x.shape[1] != self.weight.shape[1]:
            hint = "; put Flatten() before it" if x.ndim > 2 else ""
            raise ValueError(
                f"{self.label} takes inputs of shape (n, {self.weight.shape[1]}), got {tuple(x.shape)}{hint}"
            )
        return ops.affine(x, self.weight, self.bias)


class Conv2D(Module):
    """Convolution of images (n, height, width, channels_in) to (n, oh, ow, channels_out).

    kernel, stride, padding: ints or (rows, columns); algorithm: as in `ops.conv2d`. weight (channels_out, kh, kw,
    channels_in) and bias (channels_out,) start uniform within ±1/sqrt(fan_in), fan_in = kh*kw*channels_in.
    """

    label = "conv"

    def __init__(self, channels_in, channels_out, kernel, rng, stride=1, padding=0, algorithm="auto", dtype="float32"):
        kh, kw = ops.convolution.pair(kernel, "Conv2D's kernel", 1)
        self.stride = ops.convolution.pair(stride, "Conv2D's stride", 1)
        self.padding = ops.convolution.pair(padding, "Conv2D's padding", 0)
        ops.convolution.check_algorithm(algorithm, (kh, kw), self.stride)
        self.algorithm = algorithm
        fan_in = kh * kw * channels_in
        self.weight = uniform_fan_in(rng, (channels_out, kh, kw, channels_in), fan_in, dtype)
        self.bias = uniform_fan_in(rng, (channels_out,), fan_in, dtype)

    def forward(self, x):
        channels = self.weight.shape[3]
        if x.ndim != 4 or x.shape[3] != channels:
            raise ValueError(f"{self.label} takes images of shape (n, height, width, {channels}), got {tuple(x.shape)}")
        options = {"stride": self.stride, "padding": self.padding, "algorithm": self.algorithm}
        with _named(self.label):
            return ops.conv2d(x, self.weight, self.bias, **options)


class MaxPool2D(Module):
    """The maximum of each window of images (n, height, width, channels)."""

    label = "pool"

    def __init__(self, size=2, stride=None):
        self.size, self.stride = size, stride

    def forward(self, x):
        with _named(self.label):
            return ops.max_pool2d(x, self.size, stride=self.stride)


class ReLU(Module):
    """max(x, 0)."""

    label = "relu"

    def forward(self, x):
        return ops.relu(x)


class Tanh(Module):
    """The hyperbolic tangent."""

    label = "tanh"

    def forward(self, x):
        return ops.tanh(x)


class Sigmoid(Module):
    """1 / (1 + exp(-x))."""

    label = "sigmoid"

    def forward(self, x):
        return ops.sigmoid(x)


class Dropout(Module):
    """In training, sets each element to 0 with probability p and divides the others by 1 - p."""

    label = "dropout"

    def __init__(self, p, rng):
        ops.elementwise.check_dropout(p)
        self.p, self.rng = p, rng

    def forward(self, x):
        return ops.dropout(x, self.p, self.rng) if self.training else x


class Flatten(Module):
    """(n, ...) to (n, the product of the rest)."""

    label = "flatten"

    def forward(self, x):
        return x if x.ndim == 2 else x.reshape(x.shape[0], -1)


class Sequential(Module):
    """Layers one after the other. They are named by kind and number, as dense1, relu1, dense2."""

    label = "sequential"

    def __init__(self, *layers):
        self.layers, count = list(layers), Counter()
        for layer in layers:
            kind = getattr(type(layer), "label", type(layer).__name__.lower())
            count[kind] += 1
            layer.label = f"{kind}{count[kind]}"

    def children(self):
        return [(layer.label, layer) for layer in self.layers]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def summary(self, *input_shape):
        """A table of layer, output shape and number of parameters, for one input of `input_shape` (without n)."""
        x = Tensor(current().xp.zeros((1, *input_shape), "float32"))
        training = self.training
        rows = [("layer", "output shape", "parameters"), ("input", str(input_shape), "")]
        with no_grad():
            self.eval()
            for name, layer in self.children():
                x = layer(x)
                count = sum(p.size for p in layer.parameters())
                rows.append((name, str(x.shape[1:]), f"{count:,}" if count else ""))
            self.train(training)
        rows.append(("total", "", f"{sum(math.prod(p.shape) for p in self.parameters()):,}"))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(f"{a:{widths[0]}}  {b:{widths[1]}}  {c:>{widths[2]}}" for a, b, c in rows)
