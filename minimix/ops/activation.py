"""What stands between layers: activations, and dropout.

In a VJP g is the gradient of the output, y the output, and x the input.
"""

import numpy as np

from ..backend import module_of
from ..hint import shown
from ..operators import composed, operator
from ..tensor import value
from .elementwise import multiply, sign


@operator(lambda g, y, x: g * sign(y))  # 0, 1 or nan
def relu(x):
    """max(x, 0); its derivative at 0 is taken as 0."""
    return module_of(x).maximum(x, 0)


@composed
def leaky_relu(x, slope=0.01):
    """x above 0, slope*x below (Maas, Hannun, Ng 2013)."""
    return relu(x) - slope * relu(-x)


@operator(lambda g, y, x: g * (1 - y * y))
def tanh(x):
    """The hyperbolic tangent, from -1 to 1."""
    return module_of(x).tanh(x)


@operator(lambda g, y, x: g * y * sigmoid(-x))  # 1 - y, but with all its digits
def sigmoid(x):
    """1 / (1 + exp(-x)), and exp(x) / (1 + exp(x)) below 0: nothing overflows, and the tail keeps its digits."""
    e = module_of(x).exp(abs(x) * -1.0)
    return module_of(x).where(x < 0, e, 1.0) / (1 + e)


@operator(lambda g, y, x: g * sigmoid(x))
def softplus(x):
    """log(1 + exp(x)), a smooth relu; log(sigmoid(x)) is -softplus(-x)."""
    xp = module_of(x)
    return xp.maximum(x, 0) + xp.log1p(xp.exp(abs(x) * -1.0))


@composed
def silu(x):
    """x * sigmoid(x), also called swish (Ramachandran, Zoph, Le 2017)."""
    return x * sigmoid(x)


def check_dropout(p):
    """Raise ValueError unless 0 <= p < 1."""
    if isinstance(p, bool) or not (isinstance(p, (int, float)) and 0 <= p < 1):
        raise ValueError(f"dropout's p must be a number at least 0 and below 1, got {shown(p)}")


@composed
def dropout(x, p, rng):
    """x with each element set to 0 with probability p, and the others divided by 1 - p (Srivastava et al. 2014).

    rng: a numpy.random.Generator; it draws the mask on the host, so that every backend sees the same one.
    """
    check_dropout(p)
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"dropout's rng must be a numpy.random.Generator, which draws another mask each time, got {shown(rng)}"
        )
    keep = (rng.random(x.shape, "float32") >= p).astype(x.dtype if x.dtype.kind == "f" else "float32")
    keep /= 1 - p
    return multiply(x, module_of(value(x)).asarray(keep))
