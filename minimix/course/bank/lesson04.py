"""Exercises: the Dense layer and its loss."""

import numpy as np

from ..exercise import Exercise, cases


def dense_forward(x, w, b):
    return x @ w.T + b


def dense_backward(g, x, w):
    return g @ w, g.T @ x, g.sum(axis=0)


def cross_entropy_gradient(z, labels):
    return (_softmax(z) - np.eye(z.shape[1])[labels]) / len(labels)


def _softmax(z, axis=1):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _whole_maximum(z, labels):
    e = np.exp(z - z.max())
    return (e / e.sum(axis=1, keepdims=True) - np.eye(z.shape[1])[labels]) / len(labels)


def _whole_sum(z, labels):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return (e / e.sum() - np.eye(z.shape[1])[labels]) / len(labels)


def _whole(z, labels):
    e = np.exp(z - z.max())
    return (e / e.sum() - np.eye(z.shape[1])[labels]) / len(labels)


def _overflowing(z, labels):
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return (p - np.eye(z.shape[1])[labels]) / len(labels)


def _with(**changed):
    """dense_backward with some of its outputs replaced: x, w, b to functions of (g, x, w)."""

    def wrong(g, x, w):
        right = dict(zip("xwb", dense_backward(g, x, w), strict=True))
        return tuple((right | {k: f(g, x, w) for k, f in changed.items()}).values())

    return wrong


RNG = np.random.default_rng(4)
X, W, B, G = (RNG.standard_normal(shape) for shape in [(5, 3), (2, 3), (2,), (5, 2)])
SQUARE_X, SQUARE_W, SQUARE_G = RNG.standard_normal((3, 4, 4))
Z, LABELS = RNG.standard_normal((4, 3)), np.array([2, 0, 1, 0])
MEAN = "the mean over the batch instead of the sum: the loss has divided by n already."

EXERCISES = (
    Exercise(
        dense_forward,
        cases(
            ("4 examples, 4 numbers to 4", SQUARE_X, SQUARE_W, SQUARE_G[0]),
            ("5 examples, 3 numbers to 2", X, W, B),
        ),
        returns=("y",),
        mistakes=(
            ("w has to be transposed: it has a row for each output.", lambda x, w, b: x @ w + b),
            (
                "w is reshaped; that leaves its numbers in their order. A transpose, w.T, swaps rows and columns.",
                lambda x, w, b: x @ w.reshape(w.shape[::-1]) + b,
            ),
            ("the bias is missing.", lambda x, w, b: x @ w.T),
            ("the sign of the bias.", lambda x, w, b: x @ w.T - b),
            ("the result is transposed: examples are rows.", lambda x, w, b: w @ x.T + b[:, None]),
            ("* multiplies element by element; @ is the matrix product.", lambda x, w, b: x * w.T + b),
            (
                "b is added to the rows, one for each example; it has an element for each output.",
                lambda x, w, b: x @ w.T + b[:, None],
            ),
        ),
    ),
    Exercise(
        dense_backward,
        cases(("4 examples, 4 numbers to 4", SQUARE_G, SQUARE_X, SQUARE_W), ("5 examples, 3 numbers to 2", G, X, W)),
        returns=("gx", "gw", "gb"),
        mistakes=(
            ("gx: w need not be transposed here, it was in the forward function.", _with(x=lambda g, x, w: g @ w.T)),
            ("gx: the factors are swapped.", _with(x=lambda g, x, w: w @ g)),
            ("gw comes out transposed, (in, out).", _with(w=lambda g, x, w: x.T @ g)),
            (
                "gw is x.T @ g, reshaped; that leaves its numbers in their order. A transpose swaps rows and columns.",
                _with(w=lambda g, x, w: (x.T @ g).reshape(w.shape)),
            ),
            (
                "gw and gb are those of the last example: `=` overwrites, `+=` adds.",
                _with(w=lambda g, x, w: np.outer(g[-1], x[-1]), b=lambda g, x, w: g[-1]),
            ),
            (
                "gw and gb are those of the first example: is `return` inside the loop?",
                _with(w=lambda g, x, w: np.outer(g[0], x[0]), b=lambda g, x, w: g[0]),
            ),
            (
                "gw: the sum over the examples is missing a transpose, so that it runs over something else.",
                _with(w=lambda g, x, w: g @ x),
            ),
            ("gw is an average: " + MEAN, _with(w=lambda g, x, w: g.T @ x / len(x))),
            ("gb is an average: " + MEAN, _with(b=lambda g, x, w: g.mean(axis=0))),
            (
                "gw and gb are averages: " + MEAN,
                _with(w=lambda g, x, w: g.T @ x / len(x), b=lambda g, x, w: g.mean(axis=0)),
            ),
            (
                "gb: the sum runs over the outputs (axis 1); it should run over the examples.",
                _with(b=lambda g, x, w: g.sum(axis=1)),
            ),
            ("gb: every example moves b; add over them.", _with(b=lambda g, x, w: g)),
            ("gb is one number; there is one for each output.", _with(b=lambda g, x, w: g.sum())),
            ("the order is gx, gw, gb.", lambda g, x, w: (g.T @ x, g @ w, g.sum(axis=0))),
            (
                "the sign of all three: gradients point uphill, the optimizer subtracts them.",
                lambda g, x, w: tuple(-r for r in dense_backward(g, x, w)),
            ),
        ),
    ),
    Exercise(
        cross_entropy_gradient,
        cases(("4 examples, 3 classes", Z, LABELS), ("large z, which overflow in exp", Z * 600, LABELS)),
        returns=("the gradient",),
        mistakes=(
            ("the sum over the batch instead of the mean: divide by n.", lambda z, t: _softmax(z) - np.eye(3)[t]),
            (
                "you divide by the number of classes; the mean is over the examples.",
                lambda z, t: (_softmax(z) - np.eye(3)[t]) / 3,
            ),
            (
                "divided by n times classes: `.mean()` over everything does that.",
                lambda z, t: (_softmax(z) - np.eye(3)[t]) / z.size,
            ),
            ("the 1 at the label isn't subtracted.", lambda z, t: _softmax(z) / len(t)),
            (
                "the sign: p less the 1 at the label, not the other way round.",
                lambda z, t: -cross_entropy_gradient(z, t),
            ),
            (
                "softmax runs over the examples (axis 0); it should run over each row's classes.",
                lambda z, t: (_softmax(z, 0) - np.eye(3)[t]) / len(t),
            ),
            ("softmax is missing: z itself is no probability.", lambda z, t: (z - np.eye(3)[t]) / len(t)),
            ("the exponentials overflow: subtract each row's maximum first.", _overflowing),
            (
                "the maximum of the whole array is subtracted: in a row far below it all exponentials become 0. Take "
                "each row's.",
                _whole_maximum,
            ),
            ("you divide by the sum of the whole array; each row has a sum of its own.", _whole_sum),
            ("the maximum and the sum are those of the whole array; each row has its own.", _whole),
            (
                "exp(z) has to be divided by its row's sum.",
                lambda z, t: (np.exp(z - z.max(axis=1, keepdims=True)) - np.eye(3)[t]) / len(t),
            ),
        ),
    ),
)
