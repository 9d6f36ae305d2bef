"""Operators that move elements: each VJP is the adjoint map, itself an operator.

In a VJP g is the gradient of the output y, and x the input.
"""

from itertools import accumulate
from math import prod as product
from operator import index as whole

from ..backend import backend_of, beside, module_of
from ..hint import shown
from ..operators import composed, operator
from ..tensor import repeated_axes, value


@operator(lambda g, y, x, *, shape: reshape(g, shape=x.shape))
def reshape(x, *, shape):
    """The same elements in another shape, of which one length may be -1."""
    return x.reshape(shape)


def axes_of(axis, ndim):
    """An int, a tuple of them, or None for all, as a tuple of axes from 0; a scalar has, as in NumPy, an axis 0.

    Raises TypeError for anything else, ValueError for an axis that is not there, or twice.
    """
    if type(axis) is int and -ndim <= axis < ndim:
        return (axis % ndim,)
    if axis is None:
        return tuple(range(ndim))
    try:
        given = tuple(map(whole, axis if isinstance(axis, tuple) else (axis,)))
    except TypeError:
        raise TypeError(f"axis must be an integer, a tuple of them or None, got {shown(axis)}") from None
    count = max(ndim, 1)
    if any(not -count <= a < count for a in given) or len({a % count for a in given}) < len(given):
        raise ValueError(f"axis must be from {-count} to {count - 1}, each once, for {ndim} axes, got {shown(axis)}")
    return tuple(a % ndim for a in given) if ndim else ()


def axis_of(axis, ndim):
    """A single axis of an array that has some, from 0."""
    if isinstance(axis, tuple) or axis is None:
        raise TypeError(f"axis must be an integer here, got {shown(axis)}")
    return axes_of(axis, max(ndim, 1))[0]


@composed
def expand_dims(x, axis):
    """x with a new axis of length 1 at `axis` of the result (an int or a tuple)."""
    count = len(axis) if isinstance(axis, tuple) else 1
    new = axes_of(axis, x.ndim + count)
    lengths = iter(x.shape)
    return reshape(x, shape=tuple(1 if i in new else next(lengths) for i in range(x.ndim + count)))


@composed
def squeeze(x, axis=None):
    """x without its axes of length 1: all of them, or those of `axis`. Raises ValueError for a longer one."""
    gone = [i for i, n in enumerate(x.shape) if n == 1] if axis is None else axes_of(axis, x.ndim)
    if any(x.shape[i] != 1 for i in gone):
        raise ValueError(f"squeeze takes axes of length 1 away, got axis={axis} of shape {tuple(x.shape)}")
    return reshape(x, shape=tuple(n for i, n in enumerate(x.shape) if i not in gone))


@composed
def flatten(x, start_dim=0):
    """All elements along one axis, or those of the axes from `start_dim` on: flatten(x, 1) of a batch."""
    first = x.shape[: axis_of(start_dim, x.ndim)]
    return reshape(x, shape=(*first, product(x.shape[len(first) :])))


@composed
def moveaxis(x, source, destination):
    """x with the axes `source` (an int or a tuple) at `destination`, and the others in their order."""
    source, destination = axes_of(source, x.ndim), axes_of(destination, x.ndim)
    if len(source) != len(destination):
        raise ValueError(f"moveaxis needs as many sources as destinations, got {source} and {destination}")
    order = [i for i in range(x.ndim) if i not in source]
    for place, i in sorted(zip(destination, source, strict=True)):
        order.insert(place, i)
    return transpose(x, axes=tuple(order))


@composed
def swapaxes(x, axis1, axis2):
    """x with two axes exchanged."""
    a, b, order = axis_of(axis1, x.ndim), axis_of(axis2, x.ndim), list(range(x.ndim))
    order[a], order[b] = b, a
    return transpose(x, axes=tuple(order))


@composed
def flip(x, axis=None):
    """x in reverse order along some axes (an int, a tuple, or None for all)."""
    axes = axes_of(axis, x.ndim)
    return x[tuple(slice(None, None, -1 if i in axes else None) for i in range(x.ndim))]


def _inverse(axes):
    return None if axes is None else tuple(sorted(range(len(axes)), key=lambda i: axes[i] % len(axes)))


@operator(lambda g, y, x, *, axes=None: transpose(g, axes=_inverse(axes)))
def transpose(x, *, axes=None):
    """Reorder the axes; None reverses them."""
    return x.transpose(axes)


@operator(lambda g, y, x, *, shape: sum_to(g, shape=x.shape))
def broadcast_to(x, *, shape):
    """x repeated along new axes in front, and along those of length 1, to a shape."""
    return module_of(x).broadcast_to(x, shape)


@operator(lambda g, y, x, *, shape: broadcast_to(g, shape=x.shape))
def sum_to(x, *, shape):
    """The adjoint of broadcast_to: sum over the axes along which `shape` was repeated."""
    return x.sum(axis=repeated_axes(shape, x.shape), keepdims=True).reshape(shape)


@operator(lambda g, y, x, *, index: scatter(g, index=index, shape=x.shape))
def getitem(x, *, index):
    """x[index], for any index that NumPy takes; integer arrays count repeated elements."""
    return x[index]


@operator(lambda g, y, x, *, index, shape: getitem(g, index=index))
def scatter(x, *, index, shape):
    """The adjoint of getitem: zeros of `shape` to which x is added at `index`."""
    z = module_of(x).zeros(shape, x.dtype)
    if any(map(_may_repeat, index if isinstance(index, tuple) else (index,))):
        module_of(x).add.at(z, index, x)
    else:
        z[index] = x
    return z


def _may_repeat(i):
    """Whether a part of an index is of many integers, which may name an element twice."""
    return i.dtype.kind != "b" if getattr(i, "ndim", 0) else isinstance(i, (list, tuple, range))


@composed
def embedding(indices, weight):
    """Rows of weight (words, size) by number: indices (...,) of integers to (..., size).

    Raises TypeError for what is no array of integers, ValueError where a NumPy array of them is out of range.
    """
    indices, last = value(indices), weight.shape[0] - 1
    if getattr(getattr(indices, "dtype", None), "kind", "none") not in "iu":
        raise TypeError(f"embedding takes an array of integers from 0 to {last}, got {shown(indices)}")
    if indices.size and not backend_of(indices).device and not 0 <= indices.min() <= indices.max() <= last:
        raise ValueError(f"embedding takes integers from 0 to {last}, got some from {indices.min()} to {indices.max()}")
    return getitem(weight, index=beside(indices, value(weight)))


def _part(i, g, y, *xs, axis):
    stops = list(accumulate(x.shape[axis] for x in xs))
    start = stops[i] - xs[i].shape[axis]
    return g[(slice(None),) * (axis % g.ndim) + (slice(start, stops[i]),)]


@operator(each=_part)
def _concatenate(*xs, axis):
    return module_of(xs[0]).concatenate(xs, axis=axis)


def _check_list(name, arrays):
    if not isinstance(arrays, (list, tuple)):
        raise TypeError(f"{name} takes a list of arrays, {name}([a, b], axis=0), got {type(arrays).__name__}")
    if not arrays:
        raise ValueError(f"{name} needs at least one array")


@composed
def concatenate(arrays, axis=0):
    """Join a list of arrays along an axis.

    >>> mx.concatenate([mx.Tensor([1.0, 2.0]), mx.Tensor([3.0])])
    Tensor([1. 2. 3.], float32)
    """
    _check_list("concatenate", arrays)
    return _concatenate(*arrays, axis=axis)


@composed
def stack(arrays, axis=0):
    """Join a list of arrays of one shape along a new axis."""
    _check_list("stack", arrays)
    like = next((value(x) for x in arrays if hasattr(x, "dtype")), None)
    arrays = [x if hasattr(x, "dtype") or like is None else module_of(like).asarray(x, like.dtype) for x in arrays]
    shapes = [tuple(x.shape) for x in arrays]
    if len(set(shapes)) > 1:
        raise ValueError(f"stack needs arrays of one shape, got {', '.join(map(str, shapes))}")
    return concatenate([expand_dims(x, axis) for x in arrays], axis=axis)


@composed
def split(x, indices_or_sections, axis=0):
    """A list of parts along an axis: so many of equal length, or cut before each of a list of indices."""
    axis = axis_of(axis, x.ndim)
    n, cuts = x.shape[axis], indices_or_sections
    cuts = value(cuts).tolist() if getattr(cuts, "ndim", 0) else cuts
    if not isinstance(cuts, (list, tuple)):
        if not hasattr(cuts, "__index__"):
            raise TypeError(f"split takes a number of parts or a list of indices, got {shown(cuts)}")
        if cuts < 1 or n % cuts:
            raise ValueError(f"split cannot make {cuts} equal parts of an axis of length {n}; give a list of indices")
        cuts = [n // cuts * k for k in range(1, cuts)]
    before = (slice(None),) * axis
    return [x[(*before, slice(i, j))] for i, j in zip([None, *cuts], [*cuts, None], strict=True)]


def _widths(pad_width, ndim):
    """NumPy's forms of pad_width, n, (before, after) or [(before, after), …], as a pair for each axis."""
    pairs = pad_width if isinstance(pad_width, (list, tuple)) else (pad_width, pad_width)
    if not isinstance(pairs[0], (list, tuple)):
        pairs = [pairs] * ndim
    pairs = [tuple(pair) * (2 // len(pair)) for pair in (pairs * ndim if len(pairs) == 1 else pairs)]
    if len(pairs) != ndim or any(len(pair) != 2 or min(pair) < 0 for pair in pairs):
        raise ValueError(f"pad's pad_width must be n, (before, after) or one such pair an axis, got {pad_width}")
    return pairs


@operator(
    lambda g, y, x, *, widths, constant: g[
        tuple(slice(before, before + n) for (before, _), n in zip(widths, x.shape, strict=True))
    ]
)
def _pad(x, *, widths, constant):
    return module_of(x).pad(x, widths, mode="constant", constant_values=constant)


@composed
def pad(x, pad_width, constant_values=0):
    """x with `constant_values` around it: pad_width on every side, (before, after), or such a pair for each axis."""
    return _pad(x, widths=_widths(pad_width, x.ndim), constant=constant_values)


@operator(each=lambda i, g, y, *parts, places, like: take(g, places[i]))
def assemble(*parts, places, like):
    """A vector as long as `like` whose slices places[i] hold parts[i] one after the other; a number fills them."""
    out = module_of(like).empty_like(like)
    for part, slices in zip(parts, places, strict=True):
        if len(slices) == 1:
            out[slices[0]] = part
            continue
        pieces = one_after_the_other([out[s] for s in slices])
        for s, (piece,) in zip(slices, pieces, strict=True):
            out[s] = part[piece] if getattr(part, "ndim", 0) else part
    return out


def one_after_the_other(parts):
    """Where `parts` lie when they are joined: [slice] for each, as `assemble` takes them."""
    start, places = 0, []
    for part in parts:
        stop = start + part.size
        places.append([slice(start, stop)])
        start = stop
    return places


def take(x, slices):
    """The elements of a vector in some slices: a view where there is one, else joined."""
    return x[slices[0]] if len(slices) == 1 else concatenate([x[s] for s in slices])
