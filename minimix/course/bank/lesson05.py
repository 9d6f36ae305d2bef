"""Exercises: convolution and its two adjoints."""

import numpy as np

from ..exercise import Exercise, cases


def _corners(h, w):
    return [(r, s) for r in range(h) for s in range(w)]


def patches(x, k):
    corners = _corners(x.shape[0] - k + 1, x.shape[1] - k + 1)
    return np.array([x[r : r + k, s : s + k].ravel() for r, s in corners])


def kernel_gradient(g, x, k):
    return (g.ravel() @ patches(x, k)).reshape(k, k)


def image_gradient(g, w, shape):
    k, image = len(w), np.zeros(shape)
    for r, s in _corners(*g.shape):
        image[r : r + k, s : s + k] += g[r, s] * w
    return image


def _overwritten(g, w, shape):
    k, image = len(w), np.zeros(shape)
    for r, s in _corners(*g.shape):
        image[r : r + k, s : s + k] = g[r, s] * w
    return image


def _again(g, w, shape):
    """The convolution of g with w, in the corner of an image of zeros."""
    k, image = len(w), np.zeros(shape)
    small = patches(g, k) @ w.ravel()
    image[: g.shape[0] - k + 1, : g.shape[1] - k + 1] = small.reshape(g.shape[0] - k + 1, -1)
    return image


def _column_major(x, k):
    corners = _corners(x.shape[0] - k + 1, x.shape[1] - k + 1)
    return np.array([x[r : r + k, s : s + k].T.ravel() for r, s in corners])


def _reshaped(x, k):
    """A column for each patch, in the shape of a row for each."""
    return patches(x, k).T.reshape(-1, k * k)


def _first_row_back(g, w, shape):
    return image_gradient(np.where(np.arange(len(g))[:, None] == 0, g, 0), w, shape)


def _first_back(g, w, shape):
    first = np.zeros_like(g)
    first[0, 0] = g[0, 0]
    return image_gradient(first, w, shape)


def _last_left_out(x, k):
    return np.array([x[r : r + k, s : s + k].ravel() for r, s in _corners(x.shape[0] - k, x.shape[1] - k)])


def _without_overlap(x, k):
    corners = [(r, s) for r in range(0, x.shape[0] - k + 1, k) for s in range(0, x.shape[1] - k + 1, k)]
    return np.array([x[r : r + k, s : s + k].ravel() for r, s in corners])


def _corners_by_column(x, k):
    h, w = x.shape[0] - k + 1, x.shape[1] - k + 1
    return np.array([x[r : r + k, s : s + k].ravel() for s in range(w) for r in range(h)])


RNG = np.random.default_rng(5)
X, W, G = RNG.standard_normal((5, 6)), RNG.standard_normal((2, 2)), RNG.standard_normal((4, 5))
X3, W3, G3 = RNG.standard_normal((7, 6)), RNG.standard_normal((3, 3)), RNG.standard_normal((5, 4))

EXERCISES = (
    Exercise(
        patches,
        cases(("a 5×6 image, k = 2", X, 2), ("a 7×6 image, k = 3", X3, 3)),
        returns=("the table",),
        mistakes=(
            ("the table is transposed: a patch is a row.", lambda x, k: patches(x, k).T),
            (
                "the table has the right shape, but its patches were columns that are reshaped: that leaves numbers in "
                "their order. Transpose it.",
                _reshaped,
            ),
            ("`return` is inside the loop: this is the first patch alone.", lambda x, k: patches(x, k)[:1]),
            (
                "`return` is inside the outer loop: these are the patches of the first row alone.",
                lambda x, k: patches(x, k)[: x.shape[1] - k + 1],
            ),
            ("the last row and column of patches are missing: there are h - k + 1 places, not h - k.", _last_left_out),
            ("the patches should overlap: the kernel moves by one pixel, not by k.", _without_overlap),
            ("the pixels of each patch run down its columns; they should run along its rows.", _column_major),
            ("the patches run down the image's columns; they should run along its rows.", _corners_by_column),
            (
                "the patches are flipped, as in mathematicians' convolution; here they are not.",
                lambda x, k: patches(x, k)[:, ::-1],
            ),
            (
                "each patch should be a row of k*k numbers.",
                lambda x, k: patches(x, k).reshape(-1, k, k),
            ),
        ),
    ),
    Exercise(
        kernel_gradient,
        cases(("a 5×6 image, k = 2", G, X, 2), ("a 7×6 image, k = 3", G3, X3, 3)),
        returns=("the gradient",),
        mistakes=(
            (
                "this is the mean over the outputs; the loss takes means, everything before it adds.",
                lambda g, x, k: kernel_gradient(g, x, k) / g.size,
            ),
            (
                "the gradient is flipped; this convolution doesn't flip its kernel.",
                lambda g, x, k: kernel_gradient(g, x, k)[::-1, ::-1],
            ),
            ("the gradient is transposed.", lambda g, x, k: kernel_gradient(g, x, k).T),
            ("it should have the kernel's shape (k, k).", lambda g, x, k: kernel_gradient(g, x, k).ravel()),
            (
                "g isn't in it: every output has a gradient of its own.",
                lambda g, x, k: kernel_gradient(np.ones_like(g), x, k),
            ),
            ("the sign.", lambda g, x, k: -kernel_gradient(g, x, k)),
            (
                "only the last output counts: `=` overwrites, `+=` adds.",
                lambda g, x, k: g[-1, -1] * x[-k:, -k:],
            ),
            ("only the first output counts: is `return` inside the loop?", lambda g, x, k: g[0, 0] * x[:k, :k]),
            (
                "only the first row of outputs counts: is `return` inside the outer loop?",
                lambda g, x, k: kernel_gradient(g[:1], x[:k], k),
            ),
        ),
    ),
    Exercise(
        image_gradient,
        cases(("a 5×6 image, k = 2", G, W, (5, 6)), ("a 7×6 image, k = 3", G3, W3, (7, 6))),
        returns=("the gradient",),
        mistakes=(
            ("where patches overlap the last one wins: add (+=), do not overwrite.", _overwritten),
            (
                "the kernel is flipped: what went in by w[i, j] comes back by w[i, j].",
                lambda g, w, shape: image_gradient(g, w[::-1, ::-1], shape),
            ),
            ("the kernel is transposed.", lambda g, w, shape: image_gradient(g, w.T, shape)),
            (
                "this is the convolution of g with w once more; the adjoint adds patches back.",
                _again,
            ),
            (
                "g isn't in it: every output has a gradient of its own.",
                lambda g, w, shape: image_gradient(np.ones_like(g), w, shape),
            ),
            ("the kernel isn't in it.", lambda g, w, shape: image_gradient(g, np.ones_like(w), shape)),
            ("the sign.", lambda g, w, shape: -image_gradient(g, w, shape)),
            ("only the first output comes back: is `return` inside the loop?", _first_back),
            ("only the first row of outputs comes back: is `return` inside the outer loop?", _first_row_back),
        ),
    ),
)
