"""Operators that move elements: each VJP is the adjoint map, itself an operator."""

from itertools import accumulate

from ..backend import module_of
from ..tensor import operator, repeated_axes, value


@operator(lambda g, y, x, *, shape: reshape(g, shape=x.shape))
def reshape(x, *, shape):
    return x.reshape(shape)


def _inverse(axes):
    return None if axes is None else tuple(sorted(range(len(axes)), key=lambda i: axes[i] % len(axes)))


@operator(lambda g, y, x, *, axes=None: transpose(g, axes=_inverse(axes)))
def transpose(x, *, axes=None):
    """Reorder the axes; None reverses them."""
    return x.transpose(axes)


@operator(lambda g, y, x, *, shape: sum_to(g, shape=x.shape))
def broadcast_to(x, *, shape):
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
    if any(hasattr(i, "dtype") or isinstance(i, list) for i in (index if isinstance(index, tuple) else (index,))):
        module_of(x).add.at(z, index, x)
    else:
        z[index] = x
    return z


def _part(i, g, y, *xs, axis):
    stops = list(accumulate(value(x).shape[axis] for x in xs))
    start = stops[i] - xs[i].shape[axis]
    return g[(slice(None),) * (axis % g.ndim) + (slice(start, stops[i]),)]


@operator(each=_part)
def _concatenate(*xs, axis):
    return module_of(xs[0]).concatenate(xs, axis=axis)


def concatenate(arrays, axis=0):
    """Join a list of arrays along an axis."""
    if not isinstance(arrays, (list, tuple)):
        raise TypeError(f"concatenate takes a list of arrays, concatenate([a, b], axis=0), got {type(arrays).__name__}")
    return _concatenate(*arrays, axis=axis)


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
