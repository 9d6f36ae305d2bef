"""Operators that choose between two values, element by element.

In a VJP g is the gradient of the output, y the output, and the rest are the inputs.
"""

from ..backend import backend_of, is_array, module_of
from ..operators import composed, operator
from ..tensor import value


@operator(None, lambda g, y, c, a, b: where(c, g, 0.0), lambda g, y, c, a, b: where(c, 0.0, g))
def where(condition, a, b):
    """a where the condition holds (a bool array, not differentiated), b elsewhere; all three broadcast.

    >>> x = mx.Tensor([-1.0, 0.0, 4.0])
    >>> mx.where(x > 0, x, 0.5 * x)
    Tensor([-0.5  0.   4. ], float32)
    """
    if condition is None or a is None or b is None:
        raise TypeError("where takes Tensors, arrays and real numbers, got None")
    like = a if is_array(a) else b
    if isinstance(condition, (list, tuple)):
        condition = module_of(like).asarray(condition)
    if not is_array(condition):  # one condition for all, known on the host: no pass over the elements
        chosen, other = (a, b) if condition else (b, a)
        alike = not hasattr(other, "dtype") or (hasattr(chosen, "dtype") and _alike(chosen, other))
        if alike and (is_array(chosen) or not is_array(other)):
            return chosen
        if is_array(other) and not hasattr(chosen, "dtype"):
            return module_of(other).full_like(other, chosen)
        condition = module_of(like).asarray(condition)
    return module_of(condition).where(condition, a, b)


def _alike(a, b):
    return (a.shape, a.dtype) == (b.shape, b.dtype)


def nan_where(y, g):
    """g, but nan where y is nan: what compares y with what it was chosen from would lose that."""
    known = value(y)
    lost = known != known
    if not backend_of(lost).device and not module_of(lost).any(lost):  # on a device, to look would stop it
        return g
    return where(lost, known, g)


def _share(g, y, own, other):
    """The gradient of one of the two operands that y was chosen from: all where it is y, half where both are."""
    g = nan_where(y, g)
    return where((own == y) | (y != y), where(other == y, 0.5 * g, g), 0.0)


@operator(lambda g, y, a, b: _share(g, y, a, b), lambda g, y, a, b: _share(g, y, b, a))
def maximum(a, b):
    """The larger of a and b, element by element; where they tie, each gets half of the gradient."""
    return module_of(a if hasattr(a, "dtype") else b).maximum(a, b)


@operator(lambda g, y, a, b: _share(g, y, a, b), lambda g, y, a, b: _share(g, y, b, a))
def minimum(a, b):
    """The smaller of a and b, element by element; where they tie, each gets half of the gradient."""
    return module_of(a if hasattr(a, "dtype") else b).minimum(a, b)


@composed
def clip(x, min=None, max=None):
    """x, but `min` where it is smaller and `max` where it is larger; None bounds nothing."""
    x = x if min is None else maximum(x, min)
    return x if max is None else minimum(x, max)
