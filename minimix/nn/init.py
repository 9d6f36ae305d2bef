"""Initial values of parameters, drawn on the host so that every backend starts from the same ones."""

import math

from ..tensor import Tensor


def uniform_fan_in(rng, shape, fan_in, dtype="float32"):
    """A parameter uniform within ±1/sqrt(fan_in): PyTorch's default for weights and biases alike.

    rng: a numpy.random.Generator.
    """
    bound = 1 / math.sqrt(fan_in)
    return Tensor(rng.uniform(-bound, bound, shape).astype(dtype), requires_grad=True)
