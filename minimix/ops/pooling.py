"""Max and average pooling of images (n, height, width, channels), (height, width, n, channels) in memory.

In a VJP g is the gradient of the output y (n, oh, ow, channels), x the images, and u the gradient of a gradient. What
won is kept in the list `winners` as one thing: for each window position, in a list or along the first axis of an array,
the outputs (a bool array oh, ow, n, c) whose maximum it holds first.
"""

from ..backend import backend_of, module_of
from ..operators import composed, operator
from ..tensor import recorded
from .choice import nan_where
from .convolution import kernel_order, output_size, pair, public_order
from .im2col import windows


@operator(  # a nan times no win is a nan: all in a window with one get it
    lambda g, y, x, *, winners, size, stride: _unpool(
        nan_where(y, g), winners=winners, image=x.shape[1:3], size=size, stride=stride
    )
)
def _max_pool2d(x, *, winners, size, stride):
    x = kernel_order(x)
    xp, y, larger = module_of(x), None, []
    if x.size and backend_of(x).launches:
        seen = _seen(x, size, stride)  # (kh, kw, oh, ow, n, c)
        y = seen.max(axis=(0, 1))
        if winners is not None:
            positions = xp.arange(size[0] * size[1])
            first = seen.reshape(len(positions), *y.shape).argmax(axis=0)
            winners.append(first == positions.reshape(-1, *[1] * y.ndim))
        return public_order(y)
    for window in windows(x, size, output_size(x.shape[:2], size, stride), stride):
        if y is None:
            y = window.copy()
        else:
            if winners is not None:
                larger.append(window > y)
            xp.maximum(y, window, out=y)
    if winners is not None:
        winners.append(_winners(larger, y))
    return public_order(y)


def _winners(larger, y):
    """What won; larger: for all positions but the first, where they exceed all before them: the last that does has won.

    One mask a position: multiplying with them took a quarter of the time of choosing by a number per output.
    """
    winners, free = [], module_of(y).ones(y.shape, bool)
    for hit in reversed(larger):
        hit &= free
        free ^= hit
        winners.append(hit)
    return [free, *reversed(winners)]


def _seen(x, size, stride):
    """A view (kh, kw, oh, ow, n, c) of images (h, w, n, c): what each window position sees; elements may overlap."""
    (dh, dw, *rest), out = x.strides, output_size(x.shape[:2], size, stride)
    strides = (dh, dw, dh * stride[0], dw * stride[1], *rest)
    return module_of(x).lib.stride_tricks.as_strided(x, (*size, *out, *x.shape[2:]), strides)


@operator(lambda u, y, g, *, winners, image, size, stride: _pick(u, winners=winners, size=size, stride=stride))
def _unpool(g, *, winners, image, size, stride):
    """Each gradient to the window position that won."""
    (masks,), (n, *out, c) = winners, g.shape
    g = kernel_order(g)
    xp, overlap = module_of(g), stride[0] < size[0] or stride[1] < size[1]
    tiled = size == stride and tuple(image) == (out[0] * size[0], out[1] * size[1])
    x = (xp.empty if tiled else xp.zeros)((*image, n, c), g.dtype)
    if tiled and x.size and backend_of(g).launches:
        xp.multiply(g, masks.reshape(*size, *g.shape), out=_seen(x, size, stride))
        return public_order(x)
    for hit, window in zip(masks, windows(x, size, out, stride), strict=True):
        if overlap:
            window += g * hit
        else:  # a quarter less time
            xp.multiply(g, hit, out=window)
    return public_order(x)


@operator(
    lambda u, y, x, *, winners, size, stride: _unpool(u, winners=winners, image=x.shape[1:3], size=size, stride=stride)
)
def _pick(x, *, winners, size, stride):
    """The adjoint of _unpool: from each window the element that won."""
    x, (masks,) = kernel_order(x), winners
    y = module_of(x).zeros(masks[0].shape, x.dtype)
    for hit, window in zip(masks, windows(x, size, y.shape[:2], stride), strict=True):
        y += window * hit
    return public_order(y)


def _windows_of(name, x, size, stride):
    """Size and stride of the windows as pairs. Raises ValueError where not one window fits."""
    size = pair(size, f"{name}'s size", 1)
    stride = size if stride is None else pair(stride, f"{name}'s stride", 1)
    if x.ndim != 4 or min(output_size(x.shape[1:3], size, stride)) < 1:
        raise ValueError(
            f"{name} needs images (n, height, width, channels) no smaller than its window {size}, "
            f"got shape {tuple(x.shape)}"
        )
    return size, stride


@composed
def max_pool2d(x, size=2, *, stride=None):
    """The maximum of each window of images (n, h, w, c): (n, oh, ow, c); where elements tie, the first one counts.

    size: height and width of the window; stride: distance of windows (default: size), ints or pairs. Rows and
    columns that fill no whole window are left out. Raises ValueError where not one window fits.
    """
    size, stride = _windows_of("max_pool2d", x, size, stride)
    return _max_pool2d(x, winners=[] if recorded(x) else None, size=size, stride=stride)


@operator(lambda g, y, x, *, size, stride: _spread(g, image=x.shape[1:3], size=size, stride=stride))
def _avg_pool2d(x, *, size, stride):
    x, out = kernel_order(x), output_size(x.shape[1:3], size, stride)
    first, *others = windows(x, size, out, stride)
    y = first / (size[0] * size[1])
    for window in others:
        y += window / (size[0] * size[1])
    return public_order(y)


@operator(lambda u, y, g, *, image, size, stride: _avg_pool2d(u, size=size, stride=stride))
def _spread(g, *, image, size, stride):
    """The adjoint of _avg_pool2d: an equal part of each gradient to every element of its window."""
    n, *out, c = g.shape
    g = kernel_order(g) / (size[0] * size[1])
    x = module_of(g).zeros((*image, n, c), g.dtype)
    for window in windows(x, size, out, stride):
        window += g
    return public_order(x)


@composed
def avg_pool2d(x, size=2, *, stride=None):
    """The mean of each window of images (n, h, w, c): (n, oh, ow, c); size and stride as in `max_pool2d`."""
    size, stride = _windows_of("avg_pool2d", x, size, stride)
    return _avg_pool2d(x, size=size, stride=stride)
