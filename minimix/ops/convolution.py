"""Convolution and its two adjoints, for images (n, height, width, channels).

    y[n, i, j, o] = b[o] + sum over p, q, c of x[n, i*stride + p, j*stride + q, c] * w[o, p, q, c]

where x has `padding` zeros around each image. In a VJP g is the gradient of y, and u the gradient of a gradient.

The three operators are one family. For images x, kernels w and a gradient g, the number <conv2d(x, w), g> is linear in
each of the three, and its derivatives are the operators themselves: each operator's VJPs are the other two, so that
derivatives of any order need nothing more.

Two algorithms compute them, `im2col` and `toom_cook`; their images are (height, width, n, channels) in memory. What
an operator returns is a view of that with the axes in the public order, so that the next one finds its own order
again without a copy.

`saved` is a dict that lives as long as the node of one conv2d. What one of its three computations made and another
needs is put there: im2col's images with the batch innermost, Toom-Cook's values at the points. It only saves work:
empty, as for the gradients of gradients, everything is computed anew.
"""

from ..backend import backend_of, module_of
from ..hint import one_of
from ..operators import composed, operator
from ..tensor import recorded, value
from . import im2col, toom_cook
from .elementwise import cast
from .reduce import sum
from .shape import broadcast_to

ALGORITHMS = ("auto", "im2col", "toom-cook")


def _kernel_view(x):
    """(n, h, w, c) to a view (h, w, n, c)."""
    return x.transpose(1, 2, 0, 3)


def kernel_order(x):
    """(n, h, w, c) to contiguous (h, w, n, c); free for what a kernel returned."""
    return module_of(x).ascontiguousarray(_kernel_view(x))


def public_order(x):
    """(h, w, n, c) to a view (n, h, w, c)."""
    return x.transpose(2, 0, 1, 3)


def _padded(x, padding):
    """(h, w, n, c) with `padding` = (rows, columns) of zeros around each image."""
    ph, pw = padding
    if not (ph or pw):
        return x
    h, w, n, c = x.shape
    z = module_of(x).zeros((h + 2 * ph, w + 2 * pw, n, c), x.dtype)
    z[ph : ph + h, pw : pw + w] = x
    return z


def output_size(image, kernel, stride=(1, 1), padding=(0, 0)):
    """Height and width of the output for images and kernels of (height, width)."""
    return tuple((n + 2 * p - k) // s + 1 for n, k, s, p in zip(image, kernel, stride, padding, strict=True))


@operator(
    lambda g, y, x, w, b, **options: conv2d_input_grad(g, w, image=x.shape[1:3], **options),
    lambda g, y, x, w, b, **options: conv2d_weight_grad(g, x, kernel=w.shape[1:3], **options),
    lambda g, y, x, w, b, **options: _bias_grad(g),
)
def _conv2d(x, w, b, *, stride, padding, algorithm, saved):
    out = output_size(x.shape[1:3], w.shape[1:3], stride, padding)
    x = _padded(_kernel_view(x), padding)
    y = toom_cook.forward(x, w, out, saved) if algorithm == "toom-cook" else im2col.forward(x, w, out, stride, saved)
    if b is not None and backend_of(y).launches:
        y += b
    elif b is not None:  # by rows, so that the inner loop has ow*n*out numbers instead of out: a third of the time
        y.reshape(out[0], -1)[...] += module_of(b).tile(b, out[1] * x.shape[2])
    return public_order(y)


@operator(lambda u, y, g: broadcast_to(u, shape=g.shape))
def _bias_grad(g):
    """The sum over images, rows and columns, as a product with ones: a fifth of the time of `sum`."""
    g = kernel_order(g).reshape(-1, g.shape[3])
    return module_of(g).ones(len(g), g.dtype) @ g


@operator(
    lambda u, y, g, w, *, image, saved, **options: _conv2d(u, w, None, saved={}, **options),
    lambda u, y, g, w, *, image, saved, **options: conv2d_weight_grad(g, u, kernel=w.shape[1:3], saved={}, **options),
)
def conv2d_input_grad(g, w, *, image, stride, padding, algorithm, saved):
    """The adjoint of conv2d in its images: gradients (n, oh, ow, out) to images (n, *image, in)."""
    g, (ph, pw) = kernel_order(g), padding
    size = image[0] + 2 * ph, image[1] + 2 * pw
    x = toom_cook.input_grad(g, w, size, saved) if algorithm == "toom-cook" else im2col.input_grad(g, w, size, stride)
    return public_order(x[ph : ph + image[0], pw : pw + image[1]])


@operator(
    lambda u, y, g, x, *, kernel, saved, **options: _conv2d(x, u, None, saved={}, **options),
    lambda u, y, g, x, *, kernel, saved, **options: conv2d_input_grad(g, u, image=x.shape[1:3], saved={}, **options),
)
def conv2d_weight_grad(g, x, *, kernel, stride, padding, algorithm, saved):
    """The adjoint of conv2d in its kernels: gradients (n, oh, ow, out) and images to kernels (out, *kernel, in)."""
    g, x = kernel_order(g), _padded(_kernel_view(x), padding)
    if algorithm == "toom-cook":
        return toom_cook.weight_grad(g, x, kernel, saved)
    return im2col.weight_grad(g, x, kernel, stride, saved)


def pair(n, name, least):
    """n as (rows, columns) of ints >= least: (n, n) for one number."""
    values = tuple(n) if isinstance(n, (tuple, list)) else (n, n)
    if len(values) != 2 or not all(isinstance(v, int) and v >= least for v in values):
        raise ValueError(f"{name} must be an integer >= {least} or a pair of them, got {n!r}")
    return values


def check_algorithm(algorithm, kernel, stride):
    """Raise ValueError for an unknown algorithm, or one that cannot do this kernel and stride."""
    one_of("conv2d's algorithm", algorithm, ALGORITHMS)
    if algorithm == "toom-cook" and not toom_cook.fits(kernel, stride):
        sizes = " or ".join(map(str, toom_cook.TILES))
        raise ValueError(
            f"conv2d's algorithm 'toom-cook' needs stride 1 and a kernel height and width of {sizes}, got stride "
            f"{stride} and kernel {tuple(kernel)}; 'auto' takes 'im2col' there"
        )


def _of_one_dtype(x, *others):
    """Arrays (or None) in the dtype that NumPy's arithmetic would give them, or in float32 at least for integers."""
    arrays = x, *others
    dtypes = {a.dtype for a in arrays if a is not None}
    if len(dtypes) == 1 and x.dtype.kind == "f":
        return arrays
    xp = module_of(value(x))
    dtype = xp.result_type(*dtypes)
    dtype = dtype if dtype.kind == "f" else xp.result_type(dtype, "float32")
    return [a if a is None or a.dtype == dtype else cast(a, dtype=dtype) for a in arrays]


@composed
def conv2d(x, w, b=None, *, stride=1, padding=0, algorithm="auto"):
    """Cross-correlation of images x (n, h, w, in) with kernels w (out, kh, kw, in), plus b (out,): (n, oh, ow, out).

    stride, padding: ints or (rows, columns); zeros are padded on all four sides. algorithm: "im2col" for every
    shape, "toom-cook" for stride 1 and the kernel sizes in `toom_cook.TILES`, or "auto", which takes the faster one.
    Images and kernels of different dtypes are computed in the wider one, integers as floats. Raises ValueError where
    shapes do not fit.
    """
    stride, padding = pair(stride, "conv2d's stride", 1), pair(padding, "conv2d's padding", 0)
    if x.ndim != 4 or w.ndim != 4 or x.shape[3] != w.shape[3] or 0 in w.shape[1:3]:
        raise ValueError(
            f"conv2d needs images (n, height, width, channels) and kernels (out, height, width, channels) with the "
            f"same channels, got {tuple(x.shape)} and {tuple(w.shape)}"
        )
    out = output_size(x.shape[1:3], w.shape[1:3], stride, padding)
    if min(out) < 1:
        raise ValueError(
            f"conv2d's kernel of {w.shape[1]}x{w.shape[2]} is larger than the image of {x.shape[1]}x{x.shape[2]} "
            f"with padding {padding}"
        )
    if b is not None and b.shape != w.shape[:1]:
        raise ValueError(f"conv2d needs a bias of shape {(len(w),)}, a number for each kernel, got {tuple(b.shape)}")
    check_algorithm(algorithm, w.shape[1:3], stride)
    x, w, b = _of_one_dtype(x, w, b)
    if 0 in (*x.shape, len(w)):  # sums of nothing
        y = broadcast_to(0 * (sum(x) + sum(w)), shape=(len(x), *out, len(w)))
        return y if b is None else y + b
    if algorithm == "auto":  # Toom-Cook is made of many small products
        many = not backend_of(value(x)).launches
        algorithm = "toom-cook" if many and x.dtype.itemsize > 2 and toom_cook.pays(w.shape, out, stride) else "im2col"
    saved = {} if recorded(x, w, b) else None
    return _conv2d(x, w, b, stride=stride, padding=padding, algorithm=algorithm, saved=saved)
