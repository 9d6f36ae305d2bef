"""Operators that reduce axes."""

from math import prod

from ..tensor import operator, value
from .elementwise import where
from .shape import broadcast_to, reshape


def _axes(axis, ndim):
    if axis is None:
        return tuple(range(ndim))
    return tuple(a % ndim for a in (axis if isinstance(axis, tuple) else (axis,)))


def _kept(y, x, axis):
    """A reduction's output (or its gradient) with the reduced axes of x put back as length 1."""
    axes = _axes(axis, x.ndim)
    return reshape(y, shape=tuple(1 if i in axes else n for i, n in enumerate(x.shape)))


@operator(lambda g, y, x, *, axis=None, keepdims=False: broadcast_to(_kept(g, x, axis), shape=x.shape))
def sum(x, *, axis=None, keepdims=False):
    """Sum over `axis` (an int, a tuple, or None for all)."""
    return x.sum(axis=axis, keepdims=keepdims)


def mean(x, *, axis=None, keepdims=False):
    """Mean over `axis` (an int, a tuple, or None for all)."""
    return sum(x, axis=axis, keepdims=keepdims) / prod(x.shape[a] for a in _axes(axis, x.ndim))


def _max_vjp(g, y, x, *, axis=None, keepdims=False):
    ties = value(x) == value(_kept(y, x, axis))
    share = _kept(g, x, axis) / ties.sum(axis=_axes(axis, x.ndim), keepdims=True).astype(g.dtype)
    return where(ties, share, 0.0)


@operator(_max_vjp)
def max(x, *, axis=None, keepdims=False):
    """Largest element over `axis` (an int, a tuple, or None for all); ties share the gradient in equal parts."""
    return x.max(axis=axis, keepdims=keepdims)
