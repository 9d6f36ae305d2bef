"""Operators that act on each element; shapes broadcast, and the engine undoes the broadcasting of gradients.

In a VJP g is the gradient of the output, y the output, and the rest are the inputs.
"""

import operator as python

from ..backend import fused, is_array, module_of
from ..operators import operator
from ..tensor import value
from .choice import where


@operator(lambda g, y, a, b: g, lambda g, y, a, b: g)
def add(a, b):
    """a + b."""
    return a + b


@operator(lambda g, y, a, b: g, lambda g, y, a, b: -g)
def subtract(a, b):
    """a - b."""
    return a - b


@operator(lambda g, y, a, b: g * b, lambda g, y, a, b: g * a)
def multiply(a, b):
    """a * b."""
    return a * b


def _divisor(x, g):
    """x to divide g by, but 1 where g is 0 and x is 0 or nan: what `where` did not take spoils no gradient."""
    known = value(x)
    if not is_array(known) and known:
        return x
    return where((value(g) != 0) | (abs(known) > 0), x, 1.0)


def _times(g, slope):
    """g * slope, but 0 where g is 0 and the slope is not finite: what `where` did not take spoils no gradient."""
    steep = value(slope)
    return g * where((value(g) != 0) | module_of(steep).isfinite(steep), slope, 0.0)


@operator(
    lambda g, y, a, b: g / _divisor(b, g),
    lambda g, y, a, b: _times(-g, a / _divisor(b, g)) / _divisor(b, g),
)
def divide(a, b):
    """a / b; where g is 0 nothing is divided, so that what `where` did not take spoils no gradient."""
    return a / b


@operator(lambda g, y, x: -g)
def negative(x):
    """-x."""
    return -x


@operator(
    lambda g, y, x, p: _times(g * p, _divisor(x, g) ** (p - (value(p) != 0))),  # x**(p-1), but not 0 * x**-1 for p = 0
    lambda g, y, x, p: _times(g, y * log(where(value(x) != 0, x, 1.0))),
)
def power(x, p):
    """x to the power p. At x = 0 the gradient of p is 0, its limit from the right for p > 0."""
    return x**p


@operator(lambda g, y, x: _times(2 * g, x))
def square(x):
    """x * x."""
    return x * x


@operator(lambda g, y, x: _times(g, y))
def exp(x):
    """e to the power x."""
    return module_of(x).exp(x)


@operator(lambda g, y, x: _times(g, y + 1))
def expm1(x):
    """exp(x) - 1, with all digits for small x."""
    return module_of(x).expm1(x)


@operator(lambda g, y, x: g / _divisor(x, g))
def log(x):
    """The natural logarithm; -inf at 0, nan below."""
    return module_of(x).log(x)


@operator(lambda g, y, x: g / _divisor(1 + x, g))
def log1p(x):
    """log(1 + x), with all digits for small x."""
    return module_of(x).log1p(x)


@operator(lambda g, y, x: g * 0.5 / _divisor(y, g))
def sqrt(x):
    """The square root; nan below 0."""
    return module_of(x).sqrt(x)


@operator(lambda g, y, x: g * cos(x))
def sin(x):
    """The sine of x in radians."""
    return module_of(x).sin(x)


@operator(lambda g, y, x: -g * sin(x))
def cos(x):
    """The cosine of x in radians."""
    return module_of(x).cos(x)


@operator(lambda g, y, x: g / (1 + x * x))
def arctan(x):
    """The angle from -pi/2 to pi/2 whose tangent is x."""
    return module_of(x).arctan(x)


@fused
def over_root(a, b, correction, eps):
    """a / (sqrt(b)/correction + eps): a direction in the units of a step; one kernel where the module can fuse.

    On arrays what is temporary is worked on in place, a tenth less time for Adam's step.
    """
    size = sqrt(b)
    size /= correction
    size += eps
    return a / size


@fused
def mixture(a, b, wa, wb):
    """wa*a + wb*b; one kernel where the module can fuse."""
    d = wa * a
    d += wb * b
    return d


@operator(lambda g, y, x: _times(g, sign(x)))
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
    """An operator on elements that is constant between its jumps: a comparison, logic on its results, and //."""

    def forward(*arguments):
        return function(*arguments)

    forward.__name__, forward.__doc__ = name, function.__doc__.removeprefix("Same as ")
    return operator(None, None)(forward)


def _not(x):
    """Not x, of truth values; each bit of whole numbers."""
    return ~x if hasattr(x, "dtype") else x ^ True  # ~True is -2 in Python


greater = _without_gradient("greater", python.gt)
less = _without_gradient("less", python.lt)
greater_equal = _without_gradient("greater_equal", python.ge)
less_equal = _without_gradient("less_equal", python.le)
equal = _without_gradient("equal", python.eq)
not_equal = _without_gradient("not_equal", python.ne)
logical_and = _without_gradient("logical_and", python.and_)
logical_or = _without_gradient("logical_or", python.or_)
logical_xor = _without_gradient("logical_xor", python.xor)
logical_not = _without_gradient("logical_not", _not)
floor_divide = _without_gradient("floor_divide", python.floordiv)


@operator(lambda g, y, a, b: g, lambda g, y, a, b: -g * floor_divide(a, b))
def remainder(a, b):
    """What a // b leaves of a; its sign is that of b."""
    return a % b


@operator(lambda g, y, x, *, dtype: cast(g, dtype=value(x).dtype))
def cast(x, *, dtype):
    """x in another floating dtype."""
    return x.astype(dtype)


@operator(None)
def truncate(x, *, dtype):
    """x in a dtype of whole numbers or truth values; constant between its jumps, so that no gradient passes."""
    return x.astype(dtype)


@operator(None)
def round(x, *, decimals=0):
    """x to so many decimals, halves to the even one; constant between its jumps, so that no gradient passes."""
    return module_of(x).round(x, decimals)
