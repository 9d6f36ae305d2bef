"""Digits drawn from the fonts that come with matplotlib: a stand-in for MNIST that needs no download.

Which points lie inside each font's digits stands in drawn_glyphs.npz, 12 KB: to find that takes a second, and in a
browser many. tests/data/outlines.py writes it.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np

from .dataset import Dataset, drawn, uniform

MEAN, STD = 0.14, 0.26  # of the pixels, over all glyphs, rounded
CLASSES = tuple("0123456789")
FONTS = (
    *(f"DejaVuSans{style}" for style in ("", "-Bold", "-Oblique", "-BoldOblique")),
    *(f"DejaVuSansMono{style}" for style in ("", "-Bold", "-Oblique", "-BoldOblique")),
    *(f"DejaVuSerif{style}" for style in ("", "-Bold", "-Italic", "-BoldItalic")),
    *(f"STIXGeneral{style}" for style in ("", "Bol", "Italic", "BolIta")),
    *("cmr10", "cmb10", "cmss10", "cmmi10", "cmtt10"),
)
SIDE = 28
AXIS = np.linspace(-1, 1, SIDE, dtype=np.float32)  # of the pixels, left to right and top to bottom
GRID = 64  # resolution of the distance fields, which span [-1, 1]


def glyphs(train: int = 20_000, test: int = 4_000, seed: int = 0) -> Dataset:
    """Distorted digits, 28x28 gray, (n, 28, 28, 1): the same bytes for the same seed.

    Each digit is drawn in one of 21 fonts, sheared, rotated, scaled, shifted, bent, thickened or thinned,
    blurred, crossed by strokes and covered with noise. Pixels in [0, 1] become (x - 0.14) / 0.26.
    """
    return drawn("glyphs", _draw, CLASSES, train, test, seed)


def _draw(rng: np.random.Generator, labels: np.ndarray) -> np.ndarray:
    draw = _per_image(rng, len(labels))
    ink = _ink(rng, labels)
    ink *= 1 - _strokes(draw, share=0.15)
    ink = np.maximum(ink, _strokes(draw, share=0.25))
    ink *= draw(0.7, 1)
    ink += draw(0, 0.08) * rng.standard_normal(ink.shape, dtype=np.float32)
    np.clip(ink, 0, 1, out=ink)
    return ((ink - np.float32(MEAN)) / np.float32(STD))[..., None]


def _per_image(rng, n):
    """A function that draws one number from `low` to `high` for each of n images: (n, 1, 1)."""
    return lambda low, high: uniform(rng, low, high, n, 1, 1)


def _ink(rng, labels):
    """How much of each pixel the distorted digit covers: (n, 28, 28), 0 to 1."""
    draw = _per_image(rng, len(labels))
    columns, rows = AXIS, AXIS[:, None]
    angle, shear, scale, stretch = draw(-0.4, 0.4), draw(-0.4, 0.4), draw(1, 1.35), draw(0.85, 1.18)
    # Undo shift, bend, rotation, shear and scale, to find where in the upright digit each pixel lies.
    x = columns + draw(-0.14, 0.14) + draw(-0.06, 0.06) * np.sin(4 * rows + draw(0, 2 * np.pi))
    y = rows + draw(-0.14, 0.14) + draw(-0.06, 0.06) * np.sin(4 * columns + draw(0, 2 * np.pi))
    u = (np.cos(angle) * x + np.sin(angle) * y) / (scale * stretch)
    v = (np.cos(angle) * y - np.sin(angle) * x) * stretch / scale
    font = rng.integers(len(FONTS), size=len(labels))
    distance = _bilinear(_distance_fields(), font * len(CLASSES) + labels, u + shear * v, v)
    thickness, softness = draw(-0.03, 0.06), draw(0.12, 0.25)
    return np.clip(0.5 + (thickness - distance * scale) / softness, 0, 1)


def _strokes(draw, share):
    """One straight stroke on a `share` of the images: (n, 28, 28), 0 to 1."""
    angle, length, width = draw(0, np.pi), draw(0.2, 0.6), draw(0.02, 0.07)
    x, y = AXIS - draw(-0.9, 0.9), AXIS[:, None] - draw(-0.9, 0.9)
    along = np.abs(np.cos(angle) * x + np.sin(angle) * y) - length
    across = np.abs(np.cos(angle) * y - np.sin(angle) * x) - width
    return np.clip(0.5 - np.maximum(along, across) / 0.08, 0, 1) * (draw(0, 1) < share)


def _bilinear(fields, index, x, y):
    """Read field `index[i]` at the points x[i], y[i] in [-1, 1], by bilinear interpolation."""
    edge = np.float32(GRID - 1.001)
    x = np.clip((x + 1) * np.float32((GRID - 1) / 2), 0, edge)
    y = np.clip((y + 1) * np.float32((GRID - 1) / 2), 0, edge)
    left, top = x.astype(np.int64), y.astype(np.int64)
    x -= left
    y -= top
    flat = fields.reshape(-1)
    corner = index[:, None, None] * GRID**2 + top * GRID + left
    above = flat[corner] * (1 - x) + flat[corner + 1] * x
    below = flat[corner + GRID] * (1 - x) + flat[corner + GRID + 1] * x
    return above * (1 - y) + below * y


@functools.cache
def _distance_fields():
    """Signed distance to each digit's outline, negative inside: (fonts * 10, GRID, GRID)."""
    with np.load(Path(__file__).with_suffix(".npz")) as file:
        inside = np.unpackbits(file["inside"]).view(bool).reshape(-1, GRID, GRID)
    return _distance(inside) - _distance(~inside)


def _distance(inside):
    """Euclidean distance from each grid point to the nearest inside: along the columns, then the rows."""
    steps = np.arange(GRID, dtype=np.float32)
    squares = (steps[:, None] - steps) ** 2
    down = np.where(inside, np.float32(0), np.float32(1e6))
    column = np.stack([(down + squares[row][:, None]).min(axis=1) for row in range(GRID)], axis=1)
    both = np.stack([(column + squares[row]).min(axis=2) for row in range(GRID)], axis=2)
    return np.sqrt(both) * np.float32(2 / (GRID - 1))
