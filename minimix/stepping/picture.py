"""Pictures of steps: the contour plot with the trace and a step's arrows, one a step or many on a contact sheet."""

import numpy as np

from ..plots import COLOURS
from ..plots import save as save_figure
from . import view

ARROWS = {"g": "0.55", "d_s": COLOURS[0], "d_a": COLOURS[1], "d": COLOURS[2]}
NAMES = {"g": "$-g$", "d_s": "$-d_s$", "d_a": "$-d_a$", "d": "$-d$"}
MINIMUM = {"marker": "*", "color": "0.2", "markersize": 8, "markeredgecolor": "white"}
COLUMNS = 6  # steps of a rule on a contact sheet
LETTERS = 11  # of a rule's label in an inch


def save(stepper, path, on_picture):
    """Write the contact sheet, or with {step} in the path one picture a step; on_picture() is called after each."""
    path = str(path)
    if "{step}" not in path:
        save_figure(sheet(stepper), path)
        return on_picture()
    digits, ground = len(str(stepper.count)), _ground(stepper)
    for i in range(stepper.count):
        figure = _figure(stepper, ground, [[i]] * len(stepper.runs), across=True)
        save_figure(figure, path.replace("{step}", f"{i + 1:0{digits}d}"))
        on_picture()


def sheet(stepper):
    """A row for each rule, and in it up to 6 steps: the first ones, then further and further apart."""
    return _figure(stepper, _ground(stepper), [_chosen(len(run.steps)) for run in stepper.runs])


def _chosen(count):
    return np.unique(np.rint(np.geomspace(1, count, min(COLUMNS, count))).astype(int)) - 1


def _ground(stepper):
    box = view.window(stepper.landscape, stepper.runs)
    return box, view.heights(stepper.landscape, box)


def _figure(stepper, ground, chosen, across=False):
    """One picture for each rule and chosen step, rules below or, with `across`, beside each other."""
    from matplotlib.figure import Figure

    (box, _), runs = ground, stepper.runs
    rows, columns = (1, len(runs)) if across else (len(runs), max(map(len, chosen)))
    size = 4.6 if across else 2.6
    shape = (box[3] - box[2]) / (box[1] - box[0])
    figure = Figure(figsize=(size * columns + 0.3, (size * shape + 0.55) * rows + 0.4), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for k, (run, steps) in enumerate(zip(runs, chosen, strict=True)):
        for column, i in enumerate(steps):
            axes = grid[0, k] if across else grid[k, column]
            draw(axes, run, min(i, len(run.steps) - 1), ground)
            if across or column == 0:
                _label(axes, run.label, int(LETTERS * size * (1 if across else columns)))
    drawn = {name for run in runs for step in run.steps for name in step["arrows"]}
    handles = [
        axes.plot([], [], color=c, linewidth=2.5, label=NAMES[name])[0] for name, c in ARROWS.items() if name in drawn
    ]
    if stepper.landscape.minima:
        handles += axes.plot([], [], linestyle="", label="minimum", **MINIMUM)
    figure.legend(handles=handles, loc="outside lower center", ncols=5, frameon=False, fontsize=9)
    figure.suptitle(f"{stepper.landscape.name}: {stepper.landscape.about}", fontsize=10)
    return figure


def _label(axes, label, room):
    """A rule's label above its first picture, cut where there is no room; only its height counts in the layout."""
    label = label if len(label) <= room else f"{label[: room - 1]}…"
    for text, counts in (("M", True), (label, False)):
        style = {"fontsize": 9, "fontweight": "bold", "alpha": 0.0 if counts else 1.0}
        note = axes.annotate(text, (0, 1), (0, 16), "axes fraction", "offset points", **style)
        note.set_in_layout(counts)


def draw(axes, run, i, ground):
    """One step of a run on the contour lines: the trace so far, the arrows, and the step itself, bold and to scale."""
    box, grid = ground
    axes.set_axis_on()
    if (levels := view.levels(grid[2])).size:
        axes.contour(*grid, levels=levels, colors="0.75", linewidths=0.6)
    for point in run.landscape.minima:
        axes.plot(*point, linestyle="", **MINIMUM)
    path = np.array([view.reach(s["w"][:2], box) for s in run.steps[: i + 1]])
    end = view.reach(run.steps[i]["w_new"][:2], box)
    axes.plot(*path.T, color="0.35", linewidth=1)
    for name, (x0, y0, x1, y1) in view.arrows(run.steps[i], box).items():
        style = {"color": ARROWS[name], "linewidth": 3 if name == "g" else 1.8, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", (x1, y1), (x0, y0), arrowprops={"arrowstyle": "->", **style})
    axes.plot(*np.array([path[-1], end]).T, color="black", linewidth=2.2)
    axes.plot(*view.clamp(path[-1], box), "o", color="black", markersize=4)
    axes.set(xlim=box[:2], ylim=box[2:], aspect="equal")
    axes.tick_params(labelsize=6, length=2)
    axes.locator_params(nbins=5)
    axes.set_title(f"step {i + 1}, loss {run.steps[i]['loss']:.3g}", fontsize=8, loc="left", pad=3)
