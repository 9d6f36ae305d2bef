"""Operators that reduce axes, and running sums.

`axis` is an int, a tuple of them, or None for all; with `keepdims` the reduced axes stay, as axes of length 1. In a VJP
g is the gradient of the output y, and x the input.
"""

from math import inf
from math import prod as product

from ..backend import module_of
from ..operators import composed, operator
from ..tensor import value
from .choice import nan_where, where
from .elementwise import cast, exp
from .shape import axes_of, axis_of, broadcast_to, concatenate, flip, reshape, transpose


def _kept(y, x, axis):
    """A reduction's output (or its gradient) with the reduced axes of x put back as length 1."""
    axes = axes_of(axis, x.ndim)
    return reshape(y, shape=tuple(1 if i in axes else n for i, n in enumerate(x.shape)))


def _own(x, axis):
    """The axis as an array's own methods take it, after a look whether it is there."""
    return None if axis is None else axes_of(axis, x.ndim)


def _count(x, axis):
    """How many elements of x make one of the output."""
    return product(x.shape[a] for a in axes_of(axis, x.ndim))


def over(g, n):
    """g / n, for an n that float16 may not reach, and for none where there is nothing to divide."""
    return g / (n or 1) if n < 1 << 15 else g * (1 / n)


@operator(lambda g, y, x, *, axis=None, keepdims=False: broadcast_to(_kept(g, x, axis), shape=x.shape))
def sum(x, *, axis=None, keepdims=False):
    """Sum over `axis`."""
    return x.sum(axis=_own(x, axis), keepdims=keepdims)


@operator(
    lambda g, y, x, *, axis=None, keepdims=False: broadcast_to(_kept(over(g, _count(x, axis)), x, axis), shape=x.shape)
)
def mean(x, *, axis=None, keepdims=False):
    """Mean over `axis`."""
    return x.mean(axis=_own(x, axis), keepdims=keepdims)


def _deviation(g, x, axis, ddof):
    """g * (x - mean(x)) / (n - ddof), n elements making one."""
    return _kept(over(g, _count(x, axis) - ddof), x, axis) * (x - mean(x, axis=axis, keepdims=True))


def _moment(name, x, axis, ddof, keepdims):
    """x.var() or x.std(); of float16 in float32, since a sum of squares soon leaves its range."""
    half = x.dtype == "float16"
    y = getattr(x, name)(axis=_own(x, axis), dtype="float32" if half else None, ddof=ddof, keepdims=keepdims)
    return y.astype(x.dtype) if half else y


@operator(lambda g, y, x, *, axis=None, ddof=0, keepdims=False: _deviation(2 * g, x, axis, ddof))
def var(x, *, axis=None, ddof=0, keepdims=False):
    """Variance over `axis`: the mean of the squared deviations, divided by n - ddof (PyTorch's has ddof=1)."""
    return _moment("var", x, axis, ddof, keepdims)


@operator(
    lambda g, y, x, *, axis=None, ddof=0, keepdims=False: _deviation(g / where(value(y) > 0, y, 1.0), x, axis, ddof)
)
def std(x, *, axis=None, ddof=0, keepdims=False):
    """Standard deviation over `axis`, the root of `var`; its derivative at 0 is taken as 0."""
    return _moment("std", x, axis, ddof, keepdims)


def _extreme_vjp(g, y, x, *, axis=None, keepdims=False):
    y = _kept(y, x, axis)
    ties = (x == y) | (y != y)
    share = nan_where(y, _kept(g, x, axis)) / ties.sum(axis=axes_of(axis, x.ndim), keepdims=True).astype(g.dtype)
    return where(ties, share, 0.0)


@operator(_extreme_vjp)
def max(x, *, axis=None, keepdims=False):
    """Largest element over `axis`; ties share the gradient in equal parts."""
    return x.max(axis=_own(x, axis), keepdims=keepdims)


@operator(_extreme_vjp)
def min(x, *, axis=None, keepdims=False):
    """Smallest element over `axis`; ties share the gradient in equal parts."""
    return x.min(axis=_own(x, axis), keepdims=keepdims)


def _one(x, axis):
    """One axis, or None for the flattened array, which a scalar is already."""
    return None if axis is None or not x.ndim else axis_of(axis, x.ndim)


@operator(None)
def argmax(x, *, axis=None, keepdims=False):
    """The number of the largest element along `axis` (an int, or None for the flattened array)."""
    return x.argmax(axis=_one(x, axis), keepdims=keepdims)


@operator(None)
def argmin(x, *, axis=None, keepdims=False):
    """The number of the smallest element along `axis` (an int, or None for the flattened array)."""
    return x.argmin(axis=_one(x, axis), keepdims=keepdims)


@operator(None)
def any(x, *, axis=None, keepdims=False):
    """Whether any element over `axis` is true."""
    return x.any(axis=_own(x, axis), keepdims=keepdims)


@operator(None)
def all(x, *, axis=None, keepdims=False):
    """Whether all elements over `axis` are true."""
    return x.all(axis=_own(x, axis), keepdims=keepdims)


def _logsumexp_vjp(g, y, x, *, axis=None, keepdims=False):
    y = _kept(y, x, axis)
    return _kept(g, x, axis) * exp(x - where(value(y) != -inf, y, 0.0))


@operator(_logsumexp_vjp)
def logsumexp(x, *, axis=None, keepdims=False):
    """log(sum(exp(x))) over `axis`, shifted by the maximum so that nothing overflows."""
    xp, axes = module_of(x), axes_of(axis, x.ndim)
    m = x.max(axis=axes, keepdims=True)
    m = xp.where(xp.isfinite(m), m, 0.0)
    y = xp.log(xp.exp(x - m).sum(axis=axes, keepdims=True)) + m
    return y if keepdims else y.reshape([n for i, n in enumerate(x.shape) if i not in axes])


@composed
def prod(x, axis=None, keepdims=False):
    """Product over `axis`, by halves: its derivatives never divide, so that zeros among the factors do not matter."""
    if x.dtype.kind != "f":
        x = cast(x, dtype="uint64" if x.dtype.kind == "u" else "int64")
    axes = axes_of(axis, x.ndim)
    rest = tuple(i for i in range(x.ndim) if i not in axes)
    shape = tuple(x.shape[i] for i in rest)
    y = reshape(transpose(x, axes=(*rest, *axes)), shape=(*shape, _count(x, axis)))
    while (n := y.shape[-1]) > 1:
        half = n // 2
        y = concatenate([y[..., :half] * y[..., half : 2 * half], y[..., 2 * half :]], axis=-1)
    y = y if n else sum(y, axis=-1, keepdims=True) + 1  # of no factors: 1
    return _kept(y, x, axis) if keepdims else reshape(y, shape=shape)


@operator(lambda g, y, x, *, axis: flip(_cumsum(flip(g, axis), axis=axis), axis))
def _cumsum(x, *, axis):
    return x.cumsum(axis_of(axis, x.ndim))


@composed
def cumsum(x, axis=None):
    """Running sums along an axis, or of the flattened array."""
    return _cumsum(reshape(x, shape=(-1,)), axis=0) if axis is None else _cumsum(x, axis=axis)
