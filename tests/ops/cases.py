"""One table of operator cases: what is applied, to which inputs, and what NumPy says that it gives.

Inputs keep away from kinks and ties: numbers that a maximum could compare are at least 0.05 apart, and those
of an operator with a kink at 0 at least 0.1 from it.
"""

from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, basic_indices, mutually_broadcastable_shapes

import minimix as mm
from minimix import Tensor, backend, ops


class Case(NamedTuple):
    """An operator with its options as a function of its inputs, float64 or integer arrays."""

    f: object
    inputs: list
    oracle: object = None
    """The same function of NumPy arrays, written without minimix; None in ADJOINTS."""


def tensors(inputs, dtype=np.float64):
    """Inputs of the module in use: floats as Tensors that require a gradient, integers as arrays."""
    given = []
    for x in inputs:
        if x is None:
            given.append(x)
        elif x.dtype.kind == "f":
            given.append(Tensor(x.astype(dtype), requires_grad=True))
        else:
            given.append(backend.asarray(x))
    return given


def results(case, dtype=np.float64):
    """The output and the gradients of a weighted sum of it, as NumPy arrays."""
    inputs = tensors(case.inputs, dtype)
    y = case.f(*inputs)
    weights = np.cos(np.arange(y.size)).reshape(y.shape)
    if y.requires_grad:
        y.backward(backend.asarray(weights.astype(dtype)))
    grads = [x.grad for x in inputs if isinstance(x, Tensor)]
    return [y.numpy(), *(backend.to_host(g) for g in grads if g is not None)]


CASES = {}


def case(strategy):
    CASES[strategy.__name__] = st.composite(strategy)()
    return strategy


def shapes(most=3, least=0):
    return array_shapes(min_dims=least, max_dims=most, max_side=3)


@st.composite
def floats(draw, shape, low=-2.0, high=2.0, gap=0.0):
    """An array of numbers from low to high, none within `gap` of 0."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x = rng.uniform(low, high, shape)
    return np.where(x < 0, np.minimum(x, -gap), np.maximum(x, gap)) if gap else np.asarray(x)


@st.composite
def distinct(draw, shape):
    """An array of numbers around 0 that differ by at least 0.05."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size = int(np.prod(shape))
    x = 0.1 * (np.arange(size) - size / 2) + rng.uniform(0, 0.05, size)
    return rng.permutation(x).reshape(shape)


@st.composite
def broadcastable(draw, count=2):
    return draw(mutually_broadcastable_shapes(num_shapes=count, max_dims=3, max_side=3)).input_shapes


def _elementwise(name, f, oracle, count, **bounds):
    def strategy(draw):
        return Case(f, [draw(floats(shape, **bounds)) for shape in draw(broadcastable(count))], oracle)

    strategy.__name__ = name
    case(strategy)


_elementwise("add", lambda a, b: a + b, np.add, 2)
_elementwise("subtract", lambda a, b: a - b, np.subtract, 2)
_elementwise("multiply", lambda a, b: a * b, np.multiply, 2)
_elementwise("divide", lambda a, b: a / b, np.divide, 2, gap=0.5)
_elementwise("negative", lambda x: -x, np.negative, 1)
_elementwise("power", lambda x, p: x**p, np.power, 2, low=0.5)
_elementwise("square", ops.square, np.square, 1)
_elementwise("exp", mm.exp, np.exp, 1)
_elementwise("expm1", ops.expm1, np.expm1, 1)
_elementwise("log", mm.log, np.log, 1, low=0.5)
_elementwise("log1p", ops.log1p, np.log1p, 1, low=-0.5)
_elementwise("sin", mm.sin, np.sin, 1)
_elementwise("cos", mm.cos, np.cos, 1)
_elementwise("arctan", ops.arctan, np.arctan, 1)
_elementwise("sqrt", mm.sqrt, np.sqrt, 1, low=0.5)
_elementwise("relu", mm.relu, lambda x: x * (x > 0), 1, gap=0.1)
_elementwise("tanh", mm.tanh, np.tanh, 1)
_elementwise("sigmoid", mm.sigmoid, lambda x: 1 / (1 + np.exp(-x)), 1)
_elementwise("leaky_relu", mm.leaky_relu, lambda x: np.where(x > 0, x, 0.01 * x), 1, gap=0.1)
_elementwise("softplus", mm.softplus, lambda x: np.log(1 + np.exp(x)), 1)
_elementwise("silu", mm.silu, lambda x: x / (1 + np.exp(-x)), 1)
_elementwise("absolute", abs, np.abs, 1, gap=0.1)
_elementwise("same", ops.same, np.copy, 1)
_elementwise("cast", lambda x: x.astype(x.dtype), np.copy, 1)


@case
def remainder(draw):
    """Away from the jumps: a is 0.1 to 0.9 of b beyond a multiple of it."""
    shape = draw(shapes())
    b = draw(floats(shape, gap=0.5))
    a = b * (draw(floats(shape, low=0.1, high=0.9)) + np.round(draw(floats(shape))))
    return Case(lambda a, b: a % b, [a, b], np.remainder)


@case
def over_root(draw):
    a, b = (draw(floats(shape, low=0.5)) for shape in draw(broadcastable()))
    return Case(lambda a, b: ops.over_root(a, b, 0.5, 0.1), [a, b], lambda a, b: a / (np.sqrt(b) / 0.5 + 0.1))


@case
def mixture(draw):
    a, b = (draw(floats(shape)) for shape in [draw(shapes())] * 2)
    return Case(lambda a, b: ops.mixture(a, b, 0.4, 0.6), [a, b], lambda a, b: 0.4 * a + 0.6 * b)


@case
def scalar_operands(draw):
    """Python numbers on either side of every sign."""
    p, r = draw(st.sampled_from([-2, -1, 0, 1, 2, 3, 0.5])), draw(st.sampled_from([-2, 0.5, 3]))

    def f(x):
        return 2 * (1 - x) / 4 + (r / x - 3) ** 2 + x**p + 2.0**x

    return Case(f, [draw(floats(draw(shapes()), low=0.5))], f)


def _choice(name):
    """Of two arrays, or an array and a number, at least 0.2 apart."""
    ours, oracle = getattr(mm, name), getattr(np, name)

    def strategy(draw):
        shapes = draw(broadcastable())
        a, b = (0.4 * np.round(2.5 * draw(floats(shape))) for shape in shapes)
        if draw(st.booleans()):
            return Case(lambda a: ours(0.2, a), [a], lambda a: oracle(0.2, a))
        return Case(ours, [a, b + 0.2], oracle)

    strategy.__name__ = name
    case(strategy)


_choice("maximum")
_choice("minimum")


@case
def clip(draw):
    """Bounds are numbers, arrays or absent, at least 0.2 from the numbers."""
    x = 0.4 * np.round(2.5 * draw(floats(draw(shapes()))))
    low, high = draw(st.sampled_from([None, -0.6])), draw(st.sampled_from([None, 0.2, np.asarray(0.6)]))
    if high is None or isinstance(high, float):
        return Case(lambda x: mm.clip(x, low, high), [x], lambda x: np.clip(x, low, high) if low or high else x)
    return Case(lambda x, high: mm.clip(x, low, max=high), [x, high], lambda x, high: np.clip(x, low, high))


@case
def where(draw):
    c, a, b = draw(broadcastable(3))
    condition = draw(floats(c)) > 0
    return Case(mm.where, [condition, draw(floats(a)), draw(floats(b))], np.where)


@st.composite
def axes(draw, ndim):
    some = st.sets(st.integers(0, ndim - 1)).map(tuple) if ndim else st.just(())
    return draw(st.none() | some | (st.integers(-ndim, ndim - 1) if ndim else st.none()))


def _reduction(name, values, oracle=None, **more):
    """more: other options, as strategies."""

    def strategy(draw):
        x = draw(values(draw(shapes(3))))
        options = {"axis": draw(axes(x.ndim)), "keepdims": draw(st.booleans())}
        options |= {key: draw(values) for key, values in more.items()}
        return Case(
            lambda x: getattr(ops, name)(x, **options), [x], lambda x: (oracle or getattr(np, name))(x, **options)
        )

    strategy.__name__ = name
    case(strategy)


def _logsumexp(x, axis, keepdims):
    return np.log(np.exp(x).sum(axis=axis, keepdims=keepdims))


_reduction("sum", floats)
_reduction("mean", floats)
_reduction("max", distinct)
_reduction("min", distinct)
_reduction("prod", floats)
_reduction("logsumexp", floats, _logsumexp)
_reduction("var", distinct, ddof=st.sampled_from([0, 0.5]))


@case
def std(draw):
    """Over at least two elements, whose deviations are not 0."""
    x, axis = draw(distinct((draw(st.integers(2, 3)), draw(st.integers(2, 3))))), draw(st.sampled_from([None, 0, -1]))
    options = {"axis": axis, "ddof": draw(st.sampled_from([0, 1])), "keepdims": draw(st.booleans())}
    return Case(lambda x: ops.std(x, **options), [x], lambda x: np.std(x, **options))


@case
def prod_with_zeros(draw):
    x, axis = draw(floats((3, 4))), draw(st.sampled_from([None, 0, 1]))
    x[tuple(draw(st.lists(st.integers(0, 2), min_size=2, max_size=2)))] = 0
    x[0, draw(st.integers(0, 3))] = 0
    return Case(lambda x: ops.prod(x, axis=axis), [x], lambda x: np.prod(x, axis=axis))


@case
def cumsum(draw):
    x = draw(floats(draw(shapes(least=1))))
    axis = draw(st.none() | st.integers(-x.ndim, x.ndim - 1))
    return Case(lambda x: ops.cumsum(x, axis), [x], lambda x: np.cumsum(x, axis))


@case
def reshape(draw):
    shape = draw(shapes(least=1))
    new = (*draw(st.permutations(shape)), *draw(st.sampled_from([(), (1,)])))
    new = draw(st.sampled_from([new, (-1,)]))
    return Case(lambda x: x.reshape(new), [draw(floats(shape))], lambda x: x.reshape(new))


@case
def transpose(draw):
    shape = draw(shapes(least=1))
    order = draw(st.none() | st.permutations(range(len(shape))))
    return Case(
        lambda x: x.transpose(order) if order else x.T,
        [draw(floats(shape))],
        lambda x: np.transpose(x, order),
    )


@case
def broadcast_to(draw):
    drawn = draw(mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3))
    shape, new = drawn.input_shapes[0], drawn.result_shape
    return Case(lambda x: ops.broadcast_to(x, shape=new), [draw(floats(shape))], lambda x: np.broadcast_to(x, new))


@case
def getitem(draw):
    shape = draw(shapes(least=1))
    index = draw(basic_indices(shape, allow_newaxis=True))
    return Case(lambda x: x[index], [draw(floats(shape))], lambda x: x[index])


@case
def getitem_by_integers(draw):
    """Rows by number, some more than once; the numbers are an input, an array of the module in use."""
    shape = draw(shapes(least=1))
    rows = np.array(draw(st.lists(st.integers(0, shape[0] - 1), min_size=1, max_size=4)))
    return Case(lambda x, rows: x[rows], [draw(floats(shape)), rows], lambda x, rows: np.take(x, rows, axis=0))


@case
def getitem_by_list_and_slice(draw):
    x = draw(floats((3, 2, 3)))
    index = (draw(st.lists(st.integers(-3, 2), min_size=1, max_size=4)), slice(None), 1)
    return Case(lambda x: x[index], [x], lambda x: x[index])


@case
def concatenate(draw):
    shape, axis = draw(shapes(least=1)), draw(st.integers(0, 2))
    axis %= len(shape)
    lengths = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    parts = [draw(floats((*shape[:axis], n, *shape[axis + 1 :]))) for n in lengths]
    axis -= draw(st.sampled_from([0, len(shape)]))
    return Case(lambda *xs: mm.concatenate(xs, axis=axis), parts, lambda *xs: np.concatenate(xs, axis))


@case
def stack(draw):
    shape = draw(shapes())
    axis = draw(st.integers(-len(shape) - 1, len(shape)))
    parts = [draw(floats(shape)) for _ in range(draw(st.integers(1, 3)))]
    return Case(lambda *xs: mm.stack(xs, axis=axis), parts, lambda *xs: np.stack(xs, axis))


@case
def split(draw):
    """The parts, each weighted by its number."""
    axis = draw(st.sampled_from([0, 1, -1]))
    x, cuts = draw(floats((4, 4))), draw(st.sampled_from([1, 2, 4, [1], [1, 3], [0, 2, 2]]))

    def weighted(split, x):
        return sum((k + 1) * part.sum() for k, part in enumerate(split(x, cuts, axis)))

    return Case(lambda x: weighted(mm.split, x), [x], lambda x: np.asarray(weighted(np.split, x)))


def _moves(name, strategy):
    """A function of x and options that moves axes or elements as NumPy's of that name does."""

    def drawn(draw):
        x = draw(floats((2, 1, 3, 1)))
        options = draw(strategy)
        return Case(lambda x: getattr(ops, name)(x, *options), [x], lambda x: getattr(np, name)(x, *options))

    drawn.__name__ = name
    case(drawn)


_axis, _two = st.integers(-4, 3), st.sampled_from([(0, 2), (-1, 1), (3, 0)])
_moves("swapaxes", st.tuples(_axis, _axis))
_moves("moveaxis", st.tuples(_axis, _axis) | st.tuples(_two, _two))
_moves("expand_dims", st.tuples(st.integers(-5, 4) | _two))
_moves("squeeze", st.sampled_from([(), (1,), (-1,), ((1, 3),)]))
_moves("flip", st.just(()) | st.tuples(_axis | _two))
_moves("pad", st.sampled_from([(1,), ((2, 1),), ([(0, 1), (1, 0), (2, 3), (0, 0)],), ([(1, 0)],)]))


@case
def pad_with_a_number(draw):
    return Case(
        lambda x: mm.pad(x, 1, 0.5), [draw(floats((2, 3)))], lambda x: np.pad(x, 1, "constant", constant_values=0.5)
    )


@case
def flatten(draw):
    return Case(ops.flatten, [draw(floats(draw(shapes())))], lambda x: x.reshape(-1))


@case
def embedding(draw):
    indices = np.array(draw(st.lists(st.lists(st.integers(0, 2), min_size=2, max_size=2), min_size=1, max_size=3)))
    return Case(
        lambda indices, w: mm.embedding(indices, w), [indices, draw(floats((3, 2)))], lambda indices, w: w[indices]
    )


@case
def assemble(draw):
    """Parts of one or two slices each, in any order, the first of them perhaps a number that fills its slices."""
    ends = np.cumsum(draw(st.lists(st.integers(1, 3), min_size=2, max_size=6)))
    slices = [slice(int(a), int(b)) for a, b in zip([0, *ends[:-1]], ends, strict=True)]
    slices = draw(st.permutations(slices))
    places = [slices[i : i + 2] for i in range(0, len(slices), 2)]
    parts = [draw(floats((sum(s.stop - s.start for s in own),))) for own in places]
    if draw(st.booleans()):
        parts[0] = draw(floats(()))

    def f(*parts):
        like = mm.backend.asarray(np.zeros(ends[-1]), parts[0].dtype)
        return ops.assemble(*parts, places=places, like=like)

    def oracle(*parts):
        y = np.empty(ends[-1])
        for part, own in zip(parts, places, strict=True):
            y[np.concatenate([np.arange(s.start, s.stop) for s in own])] = part
        return y

    return Case(f, parts, oracle)


@case
def norm(draw):
    return Case(ops.norm, [draw(floats(draw(shapes()), gap=0.2))], lambda x: np.sqrt(np.sum(x**2)))


@case
def matmul(draw):
    """Matrices and stacks that broadcast."""
    n, k, m = (draw(st.integers(1, 3)) for _ in range(3))
    a, b = draw(mutually_broadcastable_shapes(num_shapes=2, max_dims=1, max_side=2)).input_shapes
    return Case(lambda x, w: x @ w, [draw(floats((*a, n, k))), draw(floats((*b, k, m)))], np.matmul)


@case
def matmul_with_vectors(draw):
    n, k = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    left, right = draw(
        st.sampled_from([((k,), (k,)), ((n, k), (k,)), ((k,), (k, n)), ((k,), (2, k, n)), ((2, n, k), (k,))])
    )
    return Case(lambda x, w: x @ w, [draw(floats(left)), draw(floats(right))], np.matmul)


@case
def dot(draw):
    left, right = draw(st.sampled_from([((), (2,)), ((3,), ()), ((3,), (3,)), ((2, 3), (3,)), ((2, 3), (3, 2))]))
    return Case(ops.dot, [draw(floats(left)), draw(floats(right))], np.dot)


@case
def outer(draw):
    return Case(ops.outer, [draw(floats(draw(shapes()))), draw(floats(draw(shapes())))], np.outer)


EINSUMS = (
    "ij,jk->ik", "ij,jk", "ij->ji", "ij->", "ij->j", "ii->i", "ii", "iij->ij", "i,j->ij", "i,i", "ij,ij->i",
    "bij,bjk->bik", "i,ij,j->", "ij,kl->ik", "...ij,...jk->...ik", "i...->...", "...i,i->...", "b...,bi->i...",
)  # fmt: skip


@case
def einsum(draw):
    subscripts, lengths = draw(st.sampled_from(EINSUMS)), {}
    operands = []
    for letters in subscripts.split("->")[0].split(","):
        dots = draw(st.sampled_from([(), (2,), (1, 2)])) if "..." in letters else ()
        one = [lengths.setdefault(letter, draw(st.integers(1, 3))) for letter in letters.replace("...", "")]
        place = letters.find("...")
        operands.append(draw(floats((*one[:place], *dots, *one[place:]) if place >= 0 else tuple(one))))
    return Case(lambda *xs: mm.einsum(subscripts, *xs), operands, lambda *xs: np.asarray(np.einsum(subscripts, *xs)))


@case
def affine(draw):
    n, i, o = (draw(st.integers(1, most)) for most in (3, 3, 9))  # with n < o/4 the product is taken the other way
    inputs = [draw(floats(shape)) for shape in ((n, i), (o, i), (o,))]
    return Case(ops.affine, inputs, lambda x, w, b: np.einsum("ni,oi->no", x, w) + b)


def _softmax(z, axis):
    return np.exp(z) / np.exp(z).sum(axis, keepdims=True)


@case
def softmax(draw):
    z = draw(floats(draw(shapes(least=1))))
    axis = draw(st.integers(-z.ndim, z.ndim - 1))
    return Case(lambda z: mm.softmax(z, axis=axis), [z], lambda z: _softmax(z, axis))


@case
def log_softmax(draw):
    z = draw(floats(draw(shapes(least=1))))
    axis = draw(st.integers(-z.ndim, z.ndim - 1))
    return Case(lambda z: mm.log_softmax(z, axis=axis), [z], lambda z: np.log(_softmax(z, axis)))


@case
def cross_entropy(draw):
    n, classes = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    labels = np.array(draw(st.lists(st.integers(0, classes - 1), min_size=n, max_size=n)))
    return Case(
        mm.cross_entropy,
        [draw(floats((n, classes))), labels],
        lambda z, t: -sum(np.log(_softmax(z, 1))[i, label] for i, label in enumerate(t)) / n,
    )


@case
def mse_loss(draw):
    shape = draw(shapes())
    return Case(mm.mse_loss, [draw(floats(shape)), draw(floats(shape))], lambda p, t: np.sum((p - t) ** 2) / p.size)


@case
def l1_loss(draw):
    p = draw(floats(draw(shapes()), gap=0.1))
    t = 0.0 * p
    return Case(mm.l1_loss, [p, t], lambda p, t: np.sum(abs(p - t)) / p.size)


def _bce(p, t):
    return -np.sum(t * np.log(p) + (1 - t) * np.log(1 - p)) / p.size


@case
def binary_cross_entropy(draw):
    shape = draw(shapes())
    p, t = (draw(floats(shape, low=0.1, high=0.9)) for _ in range(2))
    return Case(mm.binary_cross_entropy, [p, t], _bce)


@case
def binary_cross_entropy_with_logits(draw):
    shape = draw(shapes())
    z, t = draw(floats(shape)), draw(floats(shape, low=0.0, high=1.0))
    return Case(mm.binary_cross_entropy_with_logits, [z, t], lambda z, t: _bce(1 / (1 + np.exp(-z)), t))


def _conv2d_by_loops(x, w, b, stride, padding):
    (sh, sv), (ph, pv) = stride, padding
    x = np.pad(x, ((0, 0), (ph, ph), (pv, pv), (0, 0)))
    kh, kv = w.shape[1:3]
    oh, ov = (x.shape[1] - kh) // sh + 1, (x.shape[2] - kv) // sv + 1
    y = np.empty((len(x), oh, ov, len(w)))
    for n, i, j, o in np.ndindex(y.shape):
        y[n, i, j, o] = (x[n, i * sh : i * sh + kh, j * sv : j * sv + kv] * w[o]).sum()
    return y if b is None else y + b


def _pair(values):
    return st.tuples(st.sampled_from(values), st.sampled_from(values))


def _convolution(draw, algorithm, sides, strides):
    """Any channels and paddings; the images leave room for one window or a few."""
    n, channels, out = draw(st.integers(1, 2)), draw(st.integers(1, 2)), draw(st.integers(1, 2))
    kernel, stride, padding = draw(_pair(sides)), draw(_pair(strides)), draw(_pair([0, 1, 2]))
    image = [max(k - 2 * p, 1) + draw(st.integers(0, 2)) for k, p in zip(kernel, padding, strict=True)]
    x, w = draw(floats((n, *image, channels))), draw(floats((out, *kernel, channels)))
    b = draw(st.none() | floats((out,)))
    return Case(
        lambda *xs: mm.conv2d(*xs, stride=stride, padding=padding, algorithm=algorithm),
        [x, w, b],
        lambda *xs: _conv2d_by_loops(*xs, stride, padding),
    )


@case
def conv2d(draw):
    return _convolution(draw, draw(st.sampled_from(["auto", "im2col"])), [1, 2, 3], [1, 2, 3])


@case
def conv2d_by_toom_cook(draw):
    return _convolution(draw, "toom-cook", [3, 3, 5], [1])


@st.composite
def poolings(draw):
    """(images, size, stride) without ties; windows may overlap or leave gaps."""
    size = draw(_pair([1, 2, 3]))
    stride = draw(st.none() | _pair([1, 2, 3]))
    image = [k + draw(st.integers(0, 2)) for k in size]
    return draw(distinct((draw(st.integers(1, 2)), *image, draw(st.integers(1, 2))))), size, stride


def _pool2d_by_loops(x, size, stride, of_window):
    (kh, kv), (sh, sv) = size, stride or size
    oh, ov = (x.shape[1] - kh) // sh + 1, (x.shape[2] - kv) // sv + 1
    y = np.empty((len(x), oh, ov, x.shape[3]))
    for n, i, j, c in np.ndindex(y.shape):
        y[n, i, j, c] = of_window(x[n, i * sh : i * sh + kh, j * sv : j * sv + kv, c])
    return y


@case
def max_pool2d(draw):
    x, *options = draw(poolings())
    return Case(
        lambda x: mm.max_pool2d(x, options[0], stride=options[1]),
        [x],
        lambda x: _pool2d_by_loops(x, *options, np.max),
    )


@case
def avg_pool2d(draw):
    x, *options = draw(poolings())
    return Case(
        lambda x: mm.avg_pool2d(x, options[0], stride=options[1]),
        [x],
        lambda x: _pool2d_by_loops(x, *options, np.mean),
    )


@case
def dropout(draw):
    p, seed = draw(st.sampled_from([0, 0.3, 0.8])), draw(st.integers(0, 9))

    def oracle(x):
        return x * (np.random.default_rng(seed).random(x.shape, "float32") >= p) / (1 - p)

    return Case(lambda x: mm.dropout(x, p, np.random.default_rng(seed)), [draw(floats(draw(shapes(least=1))))], oracle)


def pullback(f, argnum=0):
    """(u, *inputs) -> the gradient of <u, f(*inputs)> in input `argnum`, recorded like any other function."""

    def gradient(u, *inputs):
        return mm.grad(lambda *inputs: (f(*inputs) * u).sum(), argnum)(*inputs)

    return gradient


ADJOINTS = {}
"""The gradients of some operators as functions of their own, since they are operators too: the pullback of f,
and the pullback of that in what came in, which is the derivative of f along a direction."""


def _adjoints(name):
    def drawn(draw):
        f, inputs, oracle = draw(CASES[name])
        return f, inputs, np.random.default_rng(0).standard_normal(oracle(*inputs).shape)

    def adjoint(draw):
        f, inputs, u = drawn(draw)
        floating = [i for i, x in enumerate(inputs) if x is not None and x.dtype == float]
        return Case(pullback(f, draw(st.sampled_from(floating))), [u, *inputs])

    def derivative(draw):
        f, inputs, u = drawn(draw)
        return Case(pullback(pullback(f)), [draw(floats(inputs[0].shape)), u, *inputs])

    ADJOINTS[f"adjoint of {name}"] = st.composite(adjoint)()
    ADJOINTS[f"derivative of {name}"] = st.composite(derivative)()


for _name in (
    "broadcast_to",
    "getitem",
    "getitem_by_integers",
    "conv2d",
    "conv2d_by_toom_cook",
    "max_pool2d",
    "avg_pool2d",
):
    _adjoints(_name)
