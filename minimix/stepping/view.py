"""What the pictures share: the window, the contour lines, and where each arrow ends."""

import numpy as np

GRID = 120  # points of the longer side of the window
SHORTEST, LONGEST = 0.07, 0.2  # lengths of a step's arrows, in widths of the window
SHAPE = 0.8  # height over width of a window that is not given
FAR = 50  # widths of the window; nothing is drawn further away


def window(landscape, runs):
    """(left, right, bottom, top): the landscape's own, or what the traces need."""
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
    return (float(x - half), float(x + half), float(y - SHAPE * half), float(y + SHAPE * half))


def _diverged(run):
    """Whether a rule ended far above where it began; the picture need not hold its trace."""
    first, end = run.steps[0]["loss"], run.steps[-1]["loss_new"]
    return run.stopped is not None or end > first + abs(first)


def heights(landscape, box):
    """(x, y, z): a grid over the window; None for a network, whose other parameters move too."""
    if not hasattr(landscape, "heights"):
        return None
    left, right, bottom, top = box
    unit = max(right - left, top - bottom) / GRID
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


def contours(landscape, box):
    """[lines of one level, …], each line an array (points, 2) in the coordinates of the landscape."""
    from contourpy import contour_generator

    grid = heights(landscape, box)
    if grid is None:
        return []
    x, y, z = grid
    generator = contour_generator(x, y, np.ma.masked_invalid(z))
    return [generator.lines(level) for level in levels(z)]


def reach(point, box):
    """The point, or where it is too far outside the window one on the line to it, FAR widths away; always finite."""
    middle, width = np.array([box[0] + box[1], box[2] + box[3]]) / 2, box[1] - box[0]
    away = np.nan_to_num(point, nan=0.0) - middle
    far = np.abs(away).max() / width
    if far <= FAR:
        return middle + away
    return middle + away / np.abs(away).max() * FAR * width


def clamp(point, box):
    """The point, or the nearest one in the window."""
    return np.clip(reach(point, box), box[::2], box[1::2])


def arrows(step, box):
    """{name: (x0, y0, x1, y1)}: where the step's arrows begin and end, in the window, always finite.

    An arrow points where its vector would move w, against g, d_s, d_a and d. Its direction is exact; its length grows
    with the vector's, but from SHORTEST to LONGEST, so that none is invisible. Vectors without a direction (0 or not
    finite) have no arrow.
    """
    tail, width = clamp(step["w"][:2], box), box[1] - box[0]
    vectors = {name: np.asarray(v[:2]) for name, v in step["arrows"].items()}
    sizes = {name: np.abs(v).max() for name, v in vectors.items()}
    usable = {name for name, size in sizes.items() if 0 < size < np.inf}
    largest = max((sizes[name] for name in usable), default=1.0)
    scaled = {name: vectors[name] / largest for name in usable}
    longest = max((np.linalg.norm(v) for v in scaled.values()), default=1.0)
    found = {}
    for name in step["arrows"]:
        if name in usable:
            unit = vectors[name] / sizes[name]
            unit = unit / np.linalg.norm(unit)
            long = width * (SHORTEST + (LONGEST - SHORTEST) * np.linalg.norm(scaled[name]) / longest)
            found[name] = (*map(float, tail), *map(float, clamp(tail - long * unit, box)))
    return found
