"""What the pictures share: the window, the contour lines, and where each arrow ends."""

import functools
import math
import sys

import numpy as np

SHORTEST, LONGEST = 0.07, 0.2  # lengths of a step's arrows, in widths of the window
SHAPE = 0.8  # height over width of a window that is not given
LARGEST = sys.float_info.max
ROOM = 3  # how many times wider than the traces need a window may stay
FAR = 50  # widths of the window; nothing is drawn further away


def window(landscape, runs, known=None):
    """(left, right, bottom, top): the landscape's own, or what the traces need.

    known: a window that stays where it holds the traces and is not much too large, so that a picture stands still.
    """
    if landscape.window:
        return landscape.window
    traces = [np.array([s["w"][:2] for s in run.steps] + [run.steps[-1]["w_new"][:2]]) for run in runs]
    calm = [trace for run, trace in zip(runs, traces, strict=True) if not _diverged(run)]
    near = np.concatenate(calm or [trace[:2] for trace in traces])
    near = near[np.isfinite(near).all(axis=1)]
    low, high = near.min(axis=0), near.max(axis=0)
    (x, y), (dx, dy) = (low + high) / 2, high - low
    least = 1.0 if landscape.start else 1e-6 * max(np.abs(near[0]).max(), 1e-3)  # a network moves by little
    half = float(max(0.65 * dx, 0.65 * dy / SHAPE, least))
    if known and holds(known, low) and holds(known, high) and known[1] - known[0] < ROOM * 2 * half:
        return tuple(known)
    return (float(x - half), float(x + half), float(y - SHAPE * half), float(y + SHAPE * half))


def in_units(points, box, width):
    """Points of a landscape, (n, 2), in the whole units of a picture, from its top left corner.

    box: the window that it shows; width: its own. Points that fall together with the one before are left out.
    """
    scale = width / (box[1] - box[0])
    points = np.rint((np.asarray(points) - [box[0], box[3]]) * [scale, -scale]).astype(int)
    return points[np.r_[True, (np.diff(points, axis=0) != 0).any(axis=1)]]


def holds(box, point):
    """Whether a point lies in a window."""
    return box[0] <= point[0] <= box[1] and box[2] <= point[1] <= box[3]


def _diverged(run):
    """Whether a rule ended far above where it began; the picture need not hold its trace."""
    first, end = run.steps[0]["loss"], run.steps[-1]["loss_new"]
    return run.stopped is not None or end > first + abs(first)


def heights(landscape, box):
    """(x, y, z): a grid over the window."""
    left, right, bottom, top = box
    unit = max(right - left, top - bottom) / landscape.grid
    x = np.linspace(left, right, round((right - left) / unit) + 1)
    y = np.linspace(bottom, top, round((top - bottom) / unit) + 1)
    return x, y, landscape.heights(x, y)


def levels(z, count=14):
    """Heights of contour lines, closer together near the lowest point, where valleys are."""
    known = z[np.isfinite(z)]
    if not known.size or known.min() == known.max():
        return np.empty(0)
    low, high = known.min(), np.quantile(known, 0.98)
    return low + (high - low) * np.linspace(0.12, 1, count) ** 3


@functools.lru_cache(maxsize=8)
def contours(landscape, box):
    """[lines of one level, …], each line an array (points, 2) in the coordinates of the landscape."""
    from contourpy import contour_generator

    x, y, z = heights(landscape, box)
    generator = contour_generator(x, y, np.ma.masked_invalid(z))
    return [generator.lines(level) for level in levels(z)]


def reach(point, box):
    """The point, or where it is too far outside the window one on the line to it, FAR widths away; always finite."""
    middle, width = ((box[0] + box[1]) / 2, (box[2] + box[3]) / 2), box[1] - box[0]
    away = [0.0 if math.isnan(x) else min(max(x, -LARGEST), LARGEST) - m for x, m in zip(point, middle, strict=True)]
    furthest = max(map(abs, away))
    if furthest > FAR * width:
        away = [x / furthest * FAR * width for x in away]
    return tuple(m + x for m, x in zip(middle, away, strict=True))


def clamp(point, box):
    """The point, or the nearest one in the window."""
    x, y = reach(point, box)
    return min(max(x, box[0]), box[1]), min(max(y, box[2]), box[3])


def arrows(step, box):
    """{name: (x0, y0, x1, y1)}: where the step's arrows begin and end, in the window, always finite.

    An arrow points where its vector would move w, against g, d_s, d_a and d. Its direction is exact; its length grows
    with the vector's, but from SHORTEST to LONGEST, so that none is invisible. Vectors without a direction (0 or not
    finite) have no arrow.
    """
    vectors = {name: v[:2].tolist() for name, v in step["arrows"].items()}
    sizes = {name: max(map(abs, v)) for name, v in vectors.items() if all(map(math.isfinite, v)) and any(v)}
    largest = max(sizes.values(), default=1.0)
    lengths = {name: math.hypot(*(x / largest for x in vectors[name])) for name in sizes}
    longest = max(lengths.values(), default=1.0)
    found = {}
    if sizes:
        tail, width = clamp(step["w"][:2].tolist(), box), box[1] - box[0]
    for name, size in sizes.items():
        unit = [x / size for x in vectors[name]]
        long = width * (SHORTEST + (LONGEST - SHORTEST) * lengths[name] / longest) / math.hypot(*unit)
        found[name] = (*tail, *clamp([a - long * b for a, b in zip(tail, unit, strict=True)], box))
    return found
