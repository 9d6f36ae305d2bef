"""python tests/data/outlines.py: minimix/data/drawn_glyphs.npz again, from the fonts that come with matplotlib."""

import functools
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path as Outline
from matplotlib.textpath import TextPath

from minimix.data import drawn_glyphs
from minimix.data.drawn_glyphs import CLASSES, FONTS, GRID

HEIGHT = 1.2  # of a digit, where the grid spans [-1, 1]


def packed():
    """Which points of the grid lie inside each font's digits, 8 in a byte: (fonts * 10 * GRID * GRID / 8,)."""
    folder, axis = Path(matplotlib.get_data_path(), "fonts", "ttf"), np.linspace(-1, 1, GRID)
    points = np.stack(np.meshgrid(axis, -axis), axis=-1).reshape(-1, 2)
    return np.packbits([inside(digit, folder / f"{font}.ttf", points) for font in FONTS for digit in CLASSES])


def inside(digit, font, points):
    """Which of the points lie inside the digit, centred on the origin and HEIGHT high."""
    outline = TextPath((0, 0), digit, prop=FontProperties(fname=font))
    low, high = outline.get_extents().get_points()
    points = points * (high - low)[1] / HEIGHT + (low + high) / 2
    # A contour inside another is a hole, which contains_points of the whole outline would fill.
    contours = (Outline(polygon).contains_points(points) for polygon in outline.to_polygons())
    return functools.reduce(np.logical_xor, contours)


if __name__ == "__main__":
    np.savez_compressed(Path(drawn_glyphs.__file__).with_suffix(".npz"), inside=packed())
