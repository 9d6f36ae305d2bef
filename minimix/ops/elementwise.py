"""Operators that act on each element; shapes broadcast, and the engine undoes the broadcasting of gradients."""

from ..backend import module_of
from ..tensor import operator, value


@operator(lambda g, y, a, b: g, lambda g, y, a, b: g)
def add(a, b):
    return a + b


@operator(lambda g, y, a, b: g, lambda g, y, a, b: -g)
def subtract(a, b):
    return a - b


@operator(lambda g, y, a, b: g * b, lambda g, y, a, b: g * a)
def multiply(a, b):
    return a * b


@operator(lambda g, y, a, b: g / b, lambda g, y, a, b: -g * y / b)
def divide(a, b):
    return a / b


@operator(lambda g, y, x: -g)
def negative(x):
    return -x


@operator(
    lambda g, y, x, p: g * p * x ** (p - (value(p) != 0)),  # x**(p-1), but not 0 * x**-1 for p = 0
    lambda g, y, x, p: g * y * log(where(value(x) != 0, x, 1.0)),
)
def power(x, p):
    """x to the power p. At x = 0 the gradient of p is 0, its limit from the right for p > 0."""
    return x**p


@operator(lambda g, y, x: g * y)
def exp(x):
    return module_of(x).exp(x)


@operator(lambda g, y, x: g / x)
def log(x):
    return module_of(x).log(x)


@operator(lambda g, y, x: g * 0.5 / y)
def sqrt(x):
    return module_of(x).sqrt(x)


@operator(lambda g, y, x: g * (y > 0))
def relu(x):
    """max(x, 0); its derivative at 0 is taken as 0."""
    return module_of(x).maximum(x, 0)


@operator(lambda g, y, x: g * (1 - y * y))
def tanh(x):
    return module_of(x).tanh(x)


@operator(lambda g, y, x: g * y * (1 - y))
def sigmoid(x):
    """1 / (1 + exp(-x)), by way of tanh, which cannot overflow."""
    return 0.5 * module_of(x).tanh(0.5 * x) + 0.5


@operator(
    lambda g, y, a, b: where(value(a) > value(b), g, where(value(a) < value(b), 0.0, 0.5 * g)),
    lambda g, y, a, b: where(value(b) > value(a), g, where(value(b) < value(a), 0.0, 0.5 * g)),
)
def maximum(a, b):
    """The larger of a and b, element by element; where they tie, each gets half of the gradient."""
    return module_of(a if hasattr(a, "dtype") else b).maximum(a, b)


@operator(None, lambda g, y, c, a, b: where(c, g, 0.0), lambda g, y, c, a, b: where(c, 0.0, g))
def where(condition, a, b):
    """a where the condition holds (a bool array, not differentiated), b elsewhere."""
    return module_of(condition).where(condition, a, b)


@operator(lambda g, y, x, *, dtype: cast(g, dtype=value(x).dtype))
def cast(x, *, dtype):
    """x in another floating dtype."""
    return x.astype(dtype)


def check_dropout(p):
    """Raise ValueError unless 0 <= p < 1."""
    if not 0 <= p < 1:
        raise ValueError(f"dropout's p must be at least 0 and below 1, got {p}")


def dropout(x, p, rng):
    """x with each element set to 0 with probability p, and the others divided by 1 - p (Srivastava et al. 2014).

    rng: a numpy.random.Generator; it draws the mask on the host, so that every backend sees the same one.
    """
    check_dropout(p)
    keep = (rng.random(x.shape, "float32") >= p).astype(x.dtype)
    keep /= 1 - p
    return multiply(x, module_of(value(x)).asarray(keep))
