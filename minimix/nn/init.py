"""Initial values of parameters, drawn on the host so that every backend starts from the same ones.

An initializer is a function (rng, shape, dtype) of a weight's shape: (fan_out, fan_in) of a Dense layer, (channels_out,
kh, kw, channels_in) of a convolution, whose fan_in is kh*kw*channels_in and whose fan_out is kh*kw*channels_out. It
goes wherever a layer has `init`.
"""

import math

import numpy as np

from ..elsewhere import INIT
from ..hint import missing, shown
from ..tensor import Tensor

_default = np.random.default_rng(0)


def seed(number):
    """Start the generator anew from which layers draw that were given none; every process starts with seed(0)."""
    global _default
    _default = generator(number)


def generator(rng=None):
    """The numpy.random.Generator that `rng` means: one, a seed for a new one, or None for the default one.

    The default one is shared by all layers of the process, so that two of them differ, and starts from the seed 0, so
    that a program that is run twice draws the same. Raises TypeError for anything else, ValueError for a negative seed.
    """
    if rng is None:
        return _default
    if isinstance(rng, bool) or not isinstance(rng, _SEEDS):
        raise TypeError(f"rng must be a numpy.random.Generator or an integer as its seed, got {shown(rng)}")
    if isinstance(rng, (int, np.integer)) and rng < 0:
        raise ValueError(f"rng: a seed must be at least 0, got {rng}")
    return np.random.default_rng(rng)


_SEEDS = (int, np.integer, np.random.Generator, np.random.SeedSequence, np.random.BitGenerator)


def uniform_fan_in(rng, shape, fan_in, dtype="float32"):
    """A parameter uniform within ±1/sqrt(fan_in): PyTorch's default for weights and biases alike.

    rng: a numpy.random.Generator.
    """
    return _uniform(rng, shape, 1 / math.sqrt(fan_in), dtype)


def uniform(rng, shape, dtype="float32"):
    """A weight uniform within ±1/sqrt(fan_in): the layers' default, and PyTorch's."""
    return uniform_fan_in(rng, shape, fans(shape)[0], dtype)


def he_uniform(rng, shape, dtype="float32"):
    """A weight uniform with variance 2/fan_in, for layers before a ReLU (He et al. 2015)."""
    return _uniform(rng, shape, math.sqrt(6 / fans(shape)[0]), dtype)


def he_normal(rng, shape, dtype="float32"):
    """A weight normal with variance 2/fan_in, for layers before a ReLU (He et al. 2015)."""
    return _normal(rng, shape, math.sqrt(2 / fans(shape)[0]), dtype)


def glorot_uniform(rng, shape, dtype="float32"):
    """A weight uniform with variance 2/(fan_in + fan_out), for tanh and sigmoid (Glorot, Bengio 2010)."""
    return _uniform(rng, shape, math.sqrt(6 / sum(fans(shape))), dtype)


def glorot_normal(rng, shape, dtype="float32"):
    """A weight normal with variance 2/(fan_in + fan_out), for tanh and sigmoid (Glorot, Bengio 2010)."""
    return _normal(rng, shape, math.sqrt(2 / sum(fans(shape))), dtype)


def standard_normal(rng, shape, dtype="float32"):
    """A parameter normal with variance 1, for an Embedding."""
    return _normal(rng, shape, 1.0, dtype)


def constant(shape, number, dtype="float32"):
    """A parameter whose elements are all one number."""
    return Tensor(np.full(shape, number, dtype), requires_grad=True)


def fans(shape):
    """(fan_in, fan_out) of a weight's shape: how many numbers each output is made of, and each input goes into."""
    window = math.prod(shape[1:-1])
    return window * shape[-1], window * shape[0]


def _uniform(rng, shape, bound, dtype):
    return Tensor(generator(rng).uniform(-bound, bound, shape).astype(dtype), requires_grad=True)


def _normal(rng, shape, deviation, dtype):
    return Tensor((deviation * generator(rng).standard_normal(shape)).astype(dtype), requires_grad=True)


def __getattr__(name):
    raise missing("nn.init", name, globals(), INIT)
