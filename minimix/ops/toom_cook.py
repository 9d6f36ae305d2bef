"""Convolution with fewer multiplications: Toom-Cook, of which Winograd's is a case (Lavin & Gray 2016; Blahut 2010).

The idea. The product of two polynomials of m and r coefficients has n = m + r - 1 coefficients, and n values determine
it. So: evaluate both at n points, multiply the values (n products instead of m*r), and interpolate. Points that are
small numbers make evaluation and interpolation cheap; the point ∞ stands for the leading coefficient. Evaluation is
a matrix (A for the m coefficients, G for the r), and interpolation is a matrix Bᵀ:

    product = Bᵀ [(G w) ∘ (A a)]

Convolution layers need the transposed problem: m outputs, each r inputs times the kernel w, from n inputs d. It is
the same three matrices, transposed (Tellegen's principle):

    y = Aᵀ [(G w) ∘ (B d)]

In two dimensions the matrices act on rows and columns of a tile. A 5x5 kernel takes 25 multiplications an output
directly; with 5x5 outputs a tile and ten products an axis it takes 10*10/25 = 4. Over the channels the products are
matrix products, one for each of the 100 points: the tiles' values (tiles*n, c) times the kernel's (c, o).

Rounding. Large points make large powers, and float32 loses digits: nine real points for the 5x5 kernel err by 1e-4.
The factor x²+1, the complex pair ±i done with three real products as Karatsuba does, needs no large power: with
0, ∞, ±1, ±2, ½ and ±i, ten products, the error is 2e-6.
"""

import functools
from fractions import Fraction

import numpy as np

from ..backend import backend_of, module_of, product

HALF = Fraction(1, 2)
# kernel size: (outputs a tile m, finite real points, whether ±i are points too)
TILES = {
    2: (3, (0, 1, -1), False),
    3: (4, (0, 1, -1, 2, -2), False),
    4: (5, (0, 1, -1, 2, -2), True),
    5: (5, (0, 1, -1, 2, -2, HALF), True),
    6: (5, (0, 1, -1, 2, -2, HALF, -HALF), True),
    7: (4, (0, 1, -1, 2, -2, HALF, -HALF), True),
}
_BLOCKS = 4  # blocks of the backend that the values at the points fill; all at once: twice the time at batch 256


def _times(a, b):
    """The product of two polynomials, coefficients from the constant up."""
    c = [Fraction(0)] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            c[i + j] += x * y
    return c


def _at_i(polynomial):
    """Real and imaginary part of the value at i."""
    return sum(polynomial[0::4]) - sum(polynomial[2::4]), sum(polynomial[1::4]) - sum(polynomial[3::4])


def matrices(m, r, points, with_i):
    """A (products, m), G (products, r) and B (products, m+r-1) in exact fractions, as nested lists.

    points: the finite real ones; ∞ is always added, and ±i with `with_i`; together they must be m + r - 1.
    """
    n = m + r - 1
    factors = [[-Fraction(p), Fraction(1)] for p in points]
    if with_i:
        factors.append([Fraction(1), Fraction(0), Fraction(1)])
    modulus = functools.reduce(_times, factors)
    if len(modulus) != n:
        raise ValueError(f"Toom-Cook of {m} outputs and {r} weights needs {n} points, got {len(modulus)}")

    def evaluation(k):
        rows = [[Fraction(p) ** i for i in range(k)] for p in points]
        if with_i:
            real, imaginary = ([_at_i([0] * i + [1])[part] for i in range(k)] for part in (0, 1))
            rows += [real, imaginary, [a + b for a, b in zip(real, imaginary, strict=True)]]
        return [*rows, [Fraction(0)] * (k - 1) + [Fraction(1)]]

    def padded(polynomial):
        return polynomial + [Fraction(0)] * (n - len(polynomial))

    interpolation = []
    for k, p in enumerate(points):  # Lagrange: 1 at p, 0 at all other points
        rest = functools.reduce(_times, factors[:k] + factors[k + 1 :])
        value = sum(c * Fraction(p) ** i for i, c in enumerate(rest))
        interpolation.append(padded([c / value for c in rest]))
    if with_i:  # ones(±i) = 1 and iota(±i) = ±i, both 0 at the real points
        rest = functools.reduce(_times, factors[: len(points)])
        a, b = _at_i(rest)
        norm = a * a + b * b
        ones, iota = padded(_times(rest, [a / norm, -b / norm])), padded(_times(rest, [b / norm, a / norm]))
        # Karatsuba: with P1 = re*re', P2 = im*im', P3 = (re+im)(re'+im') the value is P1-P2 + i(P3-P1-P2).
        interpolation += [
            [x - y for x, y in zip(ones, iota, strict=True)],
            [-x - y for x, y in zip(ones, iota, strict=True)],
            iota,
        ]
    interpolation.append(modulus)
    return evaluation(m), evaluation(r), interpolation


@functools.cache
def _transforms(r, dtype):
    m, points, with_i = TILES[r]
    exact = matrices(m, r, points, with_i)
    return tuple(np.array([[float(c) for c in row] for row in matrix], dtype) for matrix in exact)


class Plan:
    """The transforms for kernels kh x kw and outputs oh x ow, with arrays of one module and dtype.

    Images are (height, width, n, channels). Each method names what it transforms; the pairs (x_to_points,
    points_to_x), (w_to_points, points_to_w), (y_to_points, points_to_y) are adjoint.
    """

    def __init__(self, xp, dtype, kernel, out):
        self.xp = xp
        rows, columns = (tuple(map(xp.asarray, _transforms(k, str(dtype)))) for k in kernel)
        self.a, self.g, self.b = zip(rows, columns, strict=True)
        self.m = tuple(a.shape[1] for a in self.a)
        self.tiles = tuple(-(-o // m) for o, m in zip(out, self.m, strict=True))
        self.products = len(self.a[0]) * len(self.a[1])

    def _spans(self, transform, tiles):
        """For rows and for columns: the slice that each tile covers; those of inputs overlap."""
        return [
            [slice(k * m, k * m + matrix.shape[1]) for k in range(count)]
            for matrix, m, count in zip(transform, self.m, tiles, strict=True)
        ]

    def _to_points(self, transform, x, tiles):
        """left X rightᵀ for each tile X of x (height, width, …, channels): (points, …, channels), tiles first.

        The rows are transformed for all columns at once, which tiles share. Each product is so small that BLAS does
        it in one thread, where the data are: two threads would send each other what they have just written.
        """
        xp, (left, right), (row_spans, column_spans) = self.xp, transform, self._spans(transform, tiles)
        x, channels = self._filled(x, (row_spans[-1].stop, column_spans[-1].stop)), x.shape[-1]
        x = x.reshape(*x.shape[:2], -1)
        points = xp.empty((len(left), len(right), *tiles, x.shape[2]), x.dtype)
        for i, rows in enumerate(row_spans):
            z = product(left, x[rows].transpose(1, 0, 2))
            for j, columns in enumerate(column_spans):
                product(right, z[columns].transpose(1, 0, 2), points[:, :, i, j])
        return points.reshape(self.products, -1, channels)

    def _from_points(self, transform, points, x, tiles):
        """The adjoint of _to_points, written to x: where tiles overlap, they are added."""
        xp, (left, right), (row_spans, column_spans) = self.xp, transform, self._spans(transform, tiles)
        points = points.reshape(len(left), len(right), *tiles, -1)
        size, add = (row_spans[-1].stop, column_spans[-1].stop), transform is self.b
        direct = x.shape[:2] == size  # the images of a block lie together, so that x.reshape is a view
        whole = x.reshape(*size, -1) if direct else xp.empty((*size, points.shape[4]), x.dtype)
        if add:
            whole[...] = 0
        for i, rows in enumerate(row_spans):
            z = (xp.zeros if add else xp.empty)((size[1], len(left), whole.shape[2]), x.dtype)
            for j, columns in enumerate(column_spans):
                self._product(right.T, points[:, :, i, j], z[columns].transpose(1, 0, 2), add)
            self._product(left.T, z, whole[rows].transpose(1, 0, 2), add)
        if not direct:
            x[...] = whole.reshape(*size, *x.shape[2:])[: x.shape[0], : x.shape[1]]

    def _product(self, matrix, x, out, add):
        """matrix @ x, added to out or written there."""
        if add:
            out += product(matrix, x)
        else:
            product(matrix, x, out)

    def _filled(self, x, size):
        """x with zeros below and to the right up to `size`, so that whole tiles fit."""
        if x.shape[:2] == size:
            return x
        whole = self.xp.zeros((*size, *x.shape[2:]), x.dtype)
        whole[: x.shape[0], : x.shape[1]] = x
        return whole

    def x_to_points(self, x):
        """B d Bᵀ for each tile d of images: (h, w, n, c) to (points, tiles*n, c)."""
        return self._to_points(self.b, x, self.tiles)

    def points_to_x(self, v, x):
        """The adjoint of x_to_points, written to x (h, w, n, c)."""
        self._from_points(self.b, v, x, self.tiles)

    def y_to_points(self, g):
        """A g Aᵀ for each tile of gradients: (oh, ow, n, o) to (points, tiles*n, o)."""
        return self._to_points(self.a, g, self.tiles)

    def points_to_y(self, p, y):
        """The adjoint of y_to_points, Aᵀ p A, written to y (oh, ow, n, o)."""
        self._from_points(self.a, p, y, self.tiles)

    def w_to_points(self, w):
        """G w Gᵀ: (o, kh, kw, c) to (points, c, o)."""
        return self._to_points(self.g, w.transpose(1, 2, 3, 0), (1, 1))

    def points_to_w(self, u):
        """The adjoint of w_to_points."""
        w = self.xp.empty((self.g[0].shape[1], self.g[1].shape[1], *u.shape[1:]), u.dtype)
        self._from_points(self.g, u, w, (1, 1))
        return w.transpose(3, 0, 1, 2)


def fits(kernel, stride):
    """Whether the algorithm covers this kernel and stride."""
    return stride == (1, 1) and all(k in TILES for k in kernel)


def pays(w, out, stride):
    """Whether it is faster than im2col for weights of shape w (o, kh, kw, c), by measurement (`minimix bench`)."""
    o, *kernel, c = w
    if not fits(tuple(kernel), stride) or min(o, c) < 16:
        return False
    work = 1
    for n, k in zip(out, kernel, strict=True):
        m = TILES[k][0]
        work *= -(-n // m) * m / n
    return work < 2


_made = functools.cache(Plan)


def _plan(x, kernel, out):
    return _made(module_of(x), x.dtype, tuple(kernel), tuple(out))


def _blocks(plan, x, channels):
    """Slices of images whose values at the points fill about _BLOCKS blocks of the backend of x."""
    n, image = x.shape[2], plan.products * plan.tiles[0] * plan.tiles[1] * channels * x.dtype.itemsize
    count = max(1, _BLOCKS * backend_of(x).block // image)
    return [slice(start, start + count) for start in range(0, n, count)]


def forward(x, w, out, saved):
    """(h, w, n, c) and weights (o, kh, kw, c) to (oh, ow, n, o); keeps what the adjoints need in `saved`, if any."""
    plan, (o, *_, c), n = _plan(x, w.shape[1:3], out), w.shape, x.shape[2]
    u = plan.w_to_points(w)
    y, values = plan.xp.empty((*out, n, o), x.dtype), []
    for images in _blocks(plan, x, c + o):
        v = plan.x_to_points(x[:, :, images])
        plan.points_to_y(product(v, u), y[:, :, images])
        if saved is not None:
            values.append(v)
    if saved is not None:
        saved["v"], saved["u"] = values, u
    return y


def weight_grad(g, x, kernel, saved):
    """(oh, ow, n, o) and (h, w, n, c) to (o, kh, kw, c)."""
    plan, o, c = _plan(g, kernel, g.shape[:2]), g.shape[3], x.shape[3]
    known_v, known_p, u = saved.get("v"), saved.pop("p", None), 0
    for k, images in enumerate(_blocks(plan, g, c + o)):
        v = known_v[k] if known_v else plan.x_to_points(x[:, :, images])
        p = known_p[k] if known_p else plan.y_to_points(g[:, :, images])
        u = u + product(v.transpose(0, 2, 1), p)
    return plan.points_to_w(u)


def input_grad(g, w, image, saved):
    """(oh, ow, n, o) and weights to (*image, n, c); keeps g's values at the points in `saved`."""
    plan, (*_, n, o), c = _plan(g, w.shape[1:3], g.shape[:2]), g.shape, w.shape[3]
    u = saved["u"] if "u" in saved else plan.w_to_points(w)
    u = plan.xp.ascontiguousarray(u.transpose(0, 2, 1))  # 0.07 ms, and the products take 0.30 ms instead of 0.53 ms
    x, values = plan.xp.empty((*image, n, c), g.dtype), []
    for images in _blocks(plan, g, c + o):
        values.append(plan.y_to_points(g[:, :, images]))
        plan.points_to_x(product(values[-1], u), x[:, :, images])
    saved["p"] = values
    return x
