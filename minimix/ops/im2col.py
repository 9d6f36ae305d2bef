"""Convolution as one matrix product (Chellapilla, Puri, Simard 2006), for any kernel, stride and padding.

Copy what each kernel element meets at each output into a matrix, the columns (kh*kw*c, oh*ow*n); then
y = columnsᵀ Wᵀ, its adjoint in the weights is gᵀ columnsᵀ, and its adjoint in the images adds Wᵀ gᵀ back to the places
that the columns were copied from.

The row form, which lies between this and the sum that defines a convolution, copies for the columns of the kernel
alone, (kw*c, h*ow*n), and adds up kh products, one for each kernel row, of shifted pieces of that: less memory, but
smaller products. Made by blocks of rows, the full columns are as small and the products larger, so it is not used.

Images here are (height, width, n, channels). To build the columns they are turned to (c, h, w, n): with the batch
innermost, a shift of the images by (i, j) is a copy of runs of ow*n numbers (measured on the study's first
convolution: 0.14 ms instead of 0.6 ms with runs of kw*c). The columns are made and used for a few output rows at a
time, so that they stay in the cache (0.9 ms instead of 1.3 ms for all rows at once, and no large temporary).
"""

import math

from ..backend import backend_of, module_of, product


def windows(image, size, out, stride, axis=0):
    """For each position (i, j) of a window: the view of an image that it sees over all outputs.

    axis: where height and width are.
    """
    before = (slice(None),) * axis
    for i in range(size[0]):
        for j in range(size[1]):
            rows = slice(i, i + stride[0] * (out[0] - 1) + 1, stride[0])
            columns = slice(j, j + stride[1] * (out[1] - 1) + 1, stride[1])
            yield image[(*before, rows, columns)]


def _blocks(x, kernel, c, out, n):
    """Slices of output rows whose columns fill about a block of the backend of x."""
    row = math.prod(kernel) * c * out[1] * n * x.dtype.itemsize
    count = max(1, backend_of(x).block // row)
    return [slice(start, min(start + count, out[0])) for start in range(0, out[0], count)]


def _columns(x, kernel, out, stride):
    """(slice of the outputs, its columns) of images (c, h, w, n), for one block of output rows after the other."""
    xp = module_of(x)
    (c, *_, n), (dc, dh, dw, dn) = x.shape, x.strides
    shape, strides = (*kernel, c, *out, n), (dh, dw, dc, dh * stride[0], dw * stride[1], dn)
    seen = xp.lib.stride_tricks.as_strided(x, shape, strides)  # (kh, kw, c, oh, ow, n): no copy, elements overlap
    for rows in _blocks(x, kernel, c, out, n):
        columns = xp.ascontiguousarray(seen[:, :, :, rows])  # (kh, kw, c, rows, ow, n)
        columns = columns.reshape(math.prod(kernel) * c, -1)  # (kh*kw*c, rows*ow*n)
        yield slice(rows.start * out[1] * n, rows.stop * out[1] * n), columns


def _batch_innermost(x):
    """(h, w, n, c) to contiguous (c, h, w, n)."""
    return module_of(x).ascontiguousarray(x.transpose(3, 0, 1, 2))


def _is_plain(kernel, stride):
    """A 1x1 kernel is a matrix product of the images as they are."""
    return (*kernel, *stride) == (1, 1, 1, 1)


def forward(x, w, out, stride, saved):
    """(h, w, n, c) and weights (o, kh, kw, c) to (oh, ow, n, o); keeps x, batch innermost, in `saved`, if any."""
    xp, (o, *kernel, c), n = module_of(x), w.shape, x.shape[2]
    if _is_plain(kernel, stride):
        return product(x.reshape(-1, c), w.reshape(o, c).T).reshape(*out, n, o)
    x = _batch_innermost(x)  # (c, h, w, n)
    if saved is not None:
        saved["x"] = x
    w = w.reshape(o, -1).T  # (kh*kw*c, o)
    y = xp.empty((math.prod(out) * n, o), x.dtype)  # (oh*ow*n, o)
    for outputs, columns in _columns(x, kernel, out, stride):
        product(columns.T, w, y[outputs])  # (rows*ow*n, kh*kw*c) @ (kh*kw*c, o)
    return y.reshape(*out, n, o)


def weight_grad(g, x, kernel, stride, saved):
    """(oh, ow, n, o) and (h, w, n, c) to (o, kh, kw, c)."""
    xp, (*out, _, o), c = module_of(g), g.shape, x.shape[3]
    if _is_plain(kernel, stride):
        return product(g.reshape(-1, o).T, x.reshape(-1, c)).reshape(o, 1, 1, c)
    x = saved["x"] if "x" in saved else _batch_innermost(x)  # (c, h, w, n)
    g = g.reshape(-1, o)  # (oh*ow*n, o)
    w = xp.zeros((math.prod(kernel) * c, o), g.dtype)  # (kh*kw*c, o)
    for outputs, columns in _columns(x, kernel, out, stride):
        w += product(columns, g[outputs])  # (kh*kw*c, rows*ow*n) @ (rows*ow*n, o)
    return w.T.reshape(o, *kernel, c)


def input_grad(g, w, image, stride):
    """(oh, ow, n, o) and weights to (*image, n, c)."""
    xp, (*out, n, o), (_, *kernel, c) = module_of(g), g.shape, w.shape
    if _is_plain(kernel, stride):
        return product(g.reshape(-1, o), w.reshape(o, c)).reshape(*out, n, c)
    w = w.reshape(o, -1).T  # (kh*kw*c, o)
    if backend_of(g).launches and _laid_out(kernel, c, image, n) * g.dtype.itemsize <= backend_of(g).block:
        columns = w @ g.reshape(-1, o).T  # (kh*kw*c, o) @ (o, oh*ow*n)
        return _added(columns.reshape(*kernel, c, *out, n), image, stride).transpose(1, 2, 3, 0)
    x = xp.zeros((c, *image, n), g.dtype)  # (c, h, w, n)
    for rows in _blocks(g, kernel, c, out, n):
        block = rows.stop - rows.start, out[1]
        seen = x[:, rows.start * stride[0] :]
        columns = product(w, g[rows].reshape(-1, o).T)  # (kh*kw*c, o) @ (o, rows*ow*n)
        columns = columns.reshape(-1, c, *block, n)  # (kh*kw, c, rows, ow, n)
        for column, window in zip(columns, windows(seen, kernel, block, stride, 1), strict=True):
            window += column  # (c, rows, ow, n)
    return x.transpose(1, 2, 3, 0)


def _laid_out(kernel, c, image, n):
    """How many numbers `_added` lays out."""
    return math.prod(kernel) * c * n * math.prod(size + k - 1 for size, k in zip(image, kernel, strict=True))


def _added(columns, image, stride):
    """Columns (kh, kw, c, oh, ow, n) added to the images (c, h, w, n) that they were copied from, in three launches.

    They are laid out with zeros around them, so that in a view what meets in a pixel (y, x) lies along the axes of the
    kernel: its element (i, j) has it at (y - i, x - j).
    """
    xp, (kh, kw, c, oh, ow, n), (h, w) = module_of(columns), columns.shape, image
    wide = xp.zeros((kh, kw, c, h + kh - 1, w + kw - 1, n), columns.dtype)
    rows = slice(kh - 1, kh + stride[0] * (oh - 1), stride[0])
    wide[:, :, :, rows, slice(kw - 1, kw + stride[1] * (ow - 1), stride[1])] = columns
    di, dj, dc, dy, dx, dn = wide.strides
    strides = (di - dy, dj - dx, dc, dy, dx, dn)
    seen = xp.lib.stride_tricks.as_strided(wide[:, :, :, kh - 1 :, kw - 1 :], (kh, kw, c, h, w, n), strides)
    return seen.sum(axis=(0, 1))
