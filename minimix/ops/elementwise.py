"""Operators that act on each element; shapes broadcast, and the engine undoes the broadcasting of gradients."""

import operator as python

from ..backend import fused, is_array, module_of
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


def _safe(x, g):
    """x, but 1 where x and g are 0: what is infinite at 0, as the derivative of sqrt, times no gradient is none."""
    return where((value(x) != 0) | (value(g) != 0), x, 1.0)


@operator(
    lambda g, y, x, p: g * p * _safe(x, g) ** (p - (value(p) != 0)),  # x**(p-1), but not 0 * x**-1 for p = 0
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


@operator(lambda g, y, x: g * 0.5 / _safe(y, g))
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
    if not is_array(condition):  # one condition for all, known on the host: no pass over the elements
        chosen, other = (a, b) if condition else (b, a)
        alike = not hasattr(other, "dtype") or (hasattr(chosen, "dtype") and _alike(chosen, other))
        if alike and (is_array(chosen) or not is_array(other)):
            return chosen
        if is_array(other) and not hasattr(chosen, "dtype"):
            return module_of(other).full_like(other, chosen)
        condition = module_of(a if is_array(a) else b).asarray(condition)
    return module_of(condition).where(condition, a, b)


def _alike(a, b):
    return (a.shape, a.dtype) == (b.shape, b.dtype)


@fused
def over_root(a, b, correction, eps):
    """a / (sqrt(b)/correction + eps): a direction in the units of a step; one kernel where the module can fuse.

    On arrays what is temporary is worked on in place, a tenth less time for Adam's step.
    """
    size = b**0.5
    size /= correction
    size += eps
    return a / size


@fused
def mixture(a, b, wa, wb):
    """wa*a + wb*b; one kernel where the module can fuse."""
    d = wa * a
    d += wb * b
    return d


@operator(lambda g, y, x: g * sign(value(x)))
def absolute(x):
    """|x|; its derivative at 0 is taken as 0."""
    return abs(x)


@operator(None)
def sign(x):
    """-1, 0 or 1; constant between its jumps, so that no gradient passes."""
    return module_of(x).sign(x)


@operator(None)
def zeros_like(x):
    """Zeros in x's shape and dtype."""
    return module_of(x).zeros_like(x)


@operator(lambda g, y, x: g)
def same(x):
    """x itself, as another node: what a rule hands on under another name."""
    return x


def _without_gradient(name, function):
    """An operator on elements that is constant between its jumps: a comparison, logic on its results, // and %."""

    def forward(*arguments):
        return function(*arguments)

    forward.__name__ = name
    return operator(None, None)(forward)


greater = _without_gradient("greater", python.gt)
less = _without_gradient("less", python.lt)
greater_equal = _without_gradient("greater_equal", python.ge)
less_equal = _without_gradient("less_equal", python.le)
equal = _without_gradient("equal", python.eq)
not_equal = _without_gradient("not_equal", python.ne)
logical_and = _without_gradient("logical_and", python.and_)
logical_or = _without_gradient("logical_or", python.or_)
logical_not = _without_gradient("logical_not", lambda x: x ^ True)  # ~True is -2 in Python
floor_divide = _without_gradient("floor_divide", python.floordiv)
remainder = _without_gradient("remainder", python.mod)


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
