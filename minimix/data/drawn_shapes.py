"""Coloured shapes and textures on cluttered backgrounds: a stand-in for CIFAR-10 that needs no download."""

from __future__ import annotations

import numpy as np

from .dataset import Dataset, drawn, uniform

SIDE = 32
AXIS = np.linspace(-1, 1, SIDE, dtype=np.float32)  # of the pixels, left to right and top to bottom
MEAN = STD = 0.5


def shapes(train: int = 10_000, test: int = 2_000, seed: int = 0) -> Dataset:
    """Ten kinds of shape and texture, 32x32 RGB, (n, 32, 32, 3): the same bytes for the same seed.

    Each is rotated, scaled, shifted and coloured at random, on a background of two blended colours, blotches
    and loose strokes. The textures fill a disc or a square. Pixels in [0, 1] become (x - 0.5) / 0.5.
    """
    return drawn("shapes", _draw, CLASSES, train, test, seed)


def _draw(rng: np.random.Generator, labels: np.ndarray) -> np.ndarray:
    n = len(labels)
    pixels = _background(rng, n)
    for _ in range(2):
        _paint(pixels, _stroke(rng, n), _colour(rng, n))
    colour = _contrasting(rng, pixels.mean(axis=(1, 2), keepdims=True))
    _paint(pixels, _cover(rng, labels), colour)
    pixels += uniform(rng, 0, 0.08, n, 1, 1, 1) * rng.standard_normal(pixels.shape, dtype=np.float32)
    np.clip(pixels, 0, 1, out=pixels)
    pixels -= np.float32(MEAN)
    pixels /= np.float32(STD)
    return pixels


def _paint(pixels, cover, colour):
    pixels += cover[..., None] * (colour - pixels)


def _colour(rng, n):
    return uniform(rng, 0, 1, n, 1, 1, 3)


def _contrasting(rng, behind):
    """For each image the first of eight colours that is far from the one behind it."""
    candidates = uniform(rng, 0, 1, 8, *behind.shape)
    far = ((candidates - behind) ** 2).sum(axis=(2, 3, 4)) > 0.55**2
    return candidates[far.argmax(axis=0), np.arange(len(behind))]


def _background(rng, n):
    """Two colours blended along a random direction, with blotches: (n, 32, 32, 3)."""
    x, _ = _plane(rng, n, turn=np.pi)
    blend = np.clip(0.5 + x * uniform(rng, 0.2, 0.7, n, 1, 1), 0, 1)[..., None]
    first, second = _colour(rng, n), _colour(rng, n)
    pixels = first + blend * (second - first)
    blotches = uniform(rng, -0.25, 0.25, n, 5, 5, 3)
    hats = np.maximum(0, 1 - np.abs(2 * AXIS[:, None] + 2 - np.arange(5, dtype=np.float32)))  # linear interpolation
    across = hats @ blotches
    return pixels + (hats @ across.reshape(n, 5, -1)).reshape(pixels.shape)


def _stroke(rng, n):
    """One straight stroke on most of the images, as cover: (n, 32, 32)."""
    x, y = _plane(rng, n, turn=np.pi, shift=0.9)
    length, width = uniform(rng, 0.15, 0.5, n, 1, 1), uniform(rng, 0.03, 0.1, n, 1, 1)
    distance = np.maximum(np.abs(x) - length, np.abs(y) - width)
    return _inside(distance) * (uniform(rng, 0, 1, n, 1, 1) < 0.7)


def _cover(rng, labels):
    """How much of each pixel the shape or texture covers: (n, 32, 32), 0 to 1."""
    cover = np.empty((len(labels), SIDE, SIDE), np.float32)
    for index, outline in enumerate(OUTLINES.values()):
        mine = np.flatnonzero(labels == index)
        size = uniform(rng, 0.45, 0.75, len(mine), 1, 1)
        x, y = _plane(rng, len(mine), turn=0.5, shift=0.25)
        cover[mine] = _inside(outline(rng, x / size, y / size) * size)
    return cover


def _plane(rng, n, turn, shift=0.0):
    """The pixels' coordinates, x right and y up in n shifted and turned frames: two of (n, 32, 32)."""
    angle = uniform(rng, -turn, turn, n, 1, 1)
    dx, dy = uniform(rng, -shift, shift, 2, n, 1, 1)
    x, y = AXIS - dx, -AXIS[:, None] - dy
    return np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x


def _inside(distance):
    """Cover from a signed distance, negative inside, with an edge one pixel wide."""
    return np.clip(0.5 - distance * (SIDE / 2), 0, 1)


# Each function gives the signed distance, or nearly so, from the points x, y to the edge of its shape, of
# about unit radius: negative inside.


def _circle(rng, x, y):
    return np.hypot(x, y) - 0.85


def _ring(rng, x, y):
    return np.abs(np.hypot(x, y) - 0.7) - 0.18


def _square(rng, x, y):
    return np.maximum(np.abs(x), np.abs(y)) - 0.8


def _triangle(rng, x, y):
    return np.maximum(np.abs(x) * 0.866 + y * 0.5, -y) - 0.5


def _star(rng, x, y):
    """Five tips: mirrored into a tenth of a turn, the edge is one line, from a tip to the notch beside it."""
    fifth = 2 * np.pi / 5
    angle = np.abs((np.arctan2(x, y) + fifth / 2) % fifth - fifth / 2)
    edge = 0.42 * np.exp(0.5j * fifth) - 1
    normal = edge / abs(edge) / 1j
    return np.hypot(x, y) * (np.cos(angle) * normal.real + np.sin(angle) * normal.imag) - normal.real


def _cross(rng, x, y):
    x, y = np.abs(x), np.abs(y)
    return np.maximum(np.minimum(x, y) - 0.25, np.maximum(x, y) - 0.95)


def _heart(rng, x, y):
    """The curve x^2 + (y - 0.6 sqrt|x|)^2 = r^2, a little lowered."""
    return np.hypot(x, y + 0.15 - 0.6 * np.sqrt(np.abs(x))) - 0.8


def _stripes(rng, x, y):
    return np.maximum(_patch(rng, x, y), _bands(x, uniform(rng, 0.5, 0.8, len(x), 1, 1)))


def _checkerboard(rng, x, y):
    period = uniform(rng, 0.8, 1.1, len(x), 1, 1)
    across, up = _bands(x, period), _bands(y, period)
    squares = np.maximum(np.minimum(across, up), -np.maximum(across, up))  # where just one of the two is inside
    return np.maximum(_patch(rng, x, y), squares)


def _dots(rng, x, y):
    period = uniform(rng, 0.55, 0.75, len(x), 1, 1)
    return np.maximum(_patch(rng, x, y), np.hypot(_cell(x, period), _cell(y, period)) - 0.32 * period)


def _patch(rng, x, y):
    """The disc or square that a texture fills."""
    disc = uniform(rng, 0, 1, len(x), 1, 1) < 0.5
    return np.where(disc, np.hypot(x, y), np.maximum(np.abs(x), np.abs(y))) - 1


def _bands(x, period):
    return np.abs(_cell(x, period)) - period / 4


def _cell(x, period):
    """The offset from the middle of a cell of a lattice."""
    return (x + period / 2) % period - period / 2


OUTLINES = {
    "circle": _circle,
    "ring": _ring,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "cross": _cross,
    "heart": _heart,
    "stripes": _stripes,
    "checkerboard": _checkerboard,
    "dots": _dots,
}
CLASSES = tuple(OUTLINES)
