"""The report's figures, drawn in its layout with its own numbers marked, so that agreement is seen."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..config import Config
from ..plots import COLOURS, DASHES, logarithmic, mean_and_band, zoom
from ..result import Result
from . import plans
from .folder import Folder
from .plans import Plan, base, title

LOSS = {"train_loss": "training loss", "val_loss": "validation loss"}
PUBLISHED = {"marker": "<", "linestyle": "none", "fillstyle": "none", "markersize": 8, "markeredgewidth": 1.6}
DOT = {"marker": "o", "linestyle": "none", "markersize": 4, "alpha": 0.6, "markeredgewidth": 0}


@dataclass(frozen=True)
class Panel:
    """A plan of a folder: its name there, the figure that it is of, its settings and its Result."""

    name: str
    plan: Plan
    settings: dict
    result: Result

    @property
    def labels(self) -> list[str]:
        """The rules that have a finished trial."""
        return [label for label in self.result.labels if any(t["optimizer"] == label for t in self.result.trials)]

    @property
    def about(self) -> str:
        """What the figure shows, with the data that it was run on."""
        return title(self.plan, self.settings["data"])

    def colour(self, label: str) -> str:
        """The colour of a rule, the same whether or not others are there."""
        return COLOURS[self.result.labels.index(label) % len(COLOURS)]

    def last(self, label: str, key: str = "val_accuracy", unit: float = 100) -> np.ndarray:
        """The last number of each trial of a rule."""
        return unit * self.result.curves(label, key)[1][:, -1]


def panels(folder: Folder) -> dict[str, list[Panel]]:
    """{figure: its Panels} of the study's plans in a folder; the four settings of figure 4 make one, "fig4"."""
    known, found = plans.figures(), dict[str, list[Panel]]()
    for name, settings in folder.plans().items():
        if base(name) in known:
            panel = Panel(name, known[base(name)], settings, folder.result(settings))
            found.setdefault(re.sub(r"^fig4[a-d]", "fig4", name), []).append(panel)
    return found


def drawn(folder: Folder) -> dict[str, Any]:
    """{figure: matplotlib Figure} of the study's plans in a folder that have a finished trial."""
    return {name: _figure(name, parts) for name, parts in panels(folder).items() if any(part.labels for part in parts)}


def draw(name: str, plan: Plan, result: Result, settings: dict | None = None) -> Any:
    """A matplotlib Figure of one plan's Result, which has a finished trial; settings: those that hold, if others do."""
    return _figure(name, [Panel(name, plan, settings or plan.procedure, result)])


def _figure(name, parts):
    from matplotlib.figure import Figure

    heading = parts[0].about
    if base(name) == "fig4":
        heading = heading.partition(":")[0]
        own = {base(part.name)[-1]: part for part in parts if part.labels}
        rows = [row for row in ("ab", "cd") if own.keys() & set(row)]
        figure = Figure(figsize=(10, 3.5 * len(rows) + 0.9), layout="constrained")
        for axes, letter in zip(figure.subplots(len(rows), 2).flat, "".join(rows), strict=True):
            if letter in own:
                _accuracy(axes, own[letter], f"{letter}: {own[letter].about.split(': ')[1]}")
            else:
                axes.set_axis_off()
    else:
        figure = Figure(figsize=(10, 4.6), layout="constrained")
        left, right = figure.subplots(1, 2)
        first, second = {"time": (_seconds, _ratios), "gain": (_accuracy, _rates)}.get(
            base(name).partition("-")[0], (_accuracy, _loss)
        )
        first(left, parts[0])
        second(right, parts[0])
    handles = {}
    for axes in figure.axes:
        handles |= dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    handles |= {label: handles.pop(label) for label in list(handles) if label.startswith("published")}
    figure.legend(handles.values(), handles, loc="outside lower center", ncols=min(len(handles), 6), frameon=False)
    figure.suptitle(f"{name}: {heading}\n{_averaged(parts)}", fontsize=10)
    return figure


def _averaged(parts):
    """What lines and bands are."""
    counts = [len(part.last(label)) for part in parts for label in part.labels]
    few = f"{min(counts)} to {max(counts)}" if min(counts) < max(counts) else f"{counts[0]}"
    if max(counts) == 1:
        return "one trial"
    if base(parts[0].name) == "time":
        return f"a dot for each of {few} trials, and their mean"
    return f"mean of {few} trials, band: " + (
        "range over trials" if parts[0].result.band == "range" else "± one standard deviation"
    )


def _accuracy(axes, panel, title=""):
    """Validation accuracy against epochs, and at the right edge the published last values."""
    _curves(axes, panel, "val_accuracy", 100)
    zoom(axes)
    marked = panel.plan.published if panel.plan.applies(panel.settings) else {}
    heights = [y for label, y in marked.items() if label in panel.labels]
    for label in panel.labels:
        if label in marked:
            edge = {"transform": axes.get_yaxis_transform(), "clip_on": False, "color": panel.colour(label)}
            axes.plot([1.02], [marked[label]], **edge, **PUBLISHED)
    if heights:
        axes.plot([], [], color="0.3", label="published last value", **PUBLISHED)
        low, high = axes.get_ylim()
        axes.set_ylim(min(low, min(heights) - 0.3), max(high, max(heights) + 0.3))
    _plain(axes, "epoch", "validation accuracy (%)", title)


def _loss(axes, panel):
    """The training loss against epochs, or what the plan draws as it."""
    key = panel.settings.get("loss_drawn", "train_loss")
    _curves(axes, panel, key, 1)
    logarithmic(axes)
    _plain(axes, "epoch", LOSS[key])


def _curves(axes, panel, key, unit):
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=(1, 2, 5, 10)))
    for label in panel.labels:
        dashes = DASHES[panel.result.labels.index(label) % len(DASHES)]
        style = {"color": panel.colour(label), "linestyle": dashes}
        mean_and_band(axes, *panel.result.curves(label, key), unit, panel.result.band, style, label)


def _seconds(axes, panel):
    """Seconds an epoch of each trial, and the published ones."""
    times = {label: _times(panel, label) for label in panel.labels}
    _dots(axes, panel, times, panel.plan.seconds)
    _plain(axes, "", "seconds an epoch")


def _ratios(axes, panel):
    """Seconds an epoch as a part of Adam's in the same trial."""
    adam, published = _times(panel, "Adam"), panel.plan.seconds
    times = {label: _times(panel, label) / adam for label in panel.labels if label != "Adam" and len(adam)}
    _dots(axes, panel, times, {label: x / published["Adam"] for label, x in published.items()})
    axes.axhline(1, color="0.6", linewidth=1)
    _plain(axes, "", "of Adam's seconds an epoch")


def _times(panel, label):
    own = [t for t in panel.result.trials if t["optimizer"] == label]
    return np.array([t["seconds_per_epoch"] for t in sorted(own, key=lambda t: t["trial"])])


def _dots(axes, panel, values, published):
    """A column of dots for each label, its mean, and the published number."""
    for x, (label, numbers) in enumerate(values.items()):
        axes.plot([x] * len(numbers), numbers, color=panel.colour(label), **DOT)
        axes.plot([x - 0.2, x + 0.2], [numbers.mean()] * 2, color=panel.colour(label), linewidth=2)
        axes.plot([x + 0.3], [published[label]], color=panel.colour(label), **PUBLISHED)
    axes.plot([], [], color="0.3", label="published (V100)", **PUBLISHED)
    axes.set_xticks(range(len(values)), values)
    axes.set_xlim(-0.6, len(values) - 0.4)
    axes.set_ylim(bottom=0)


def _rates(axes, panel):
    """The last accuracy against Adam's learning rate; the other rule as a line across, and its range."""
    rules = Config(**{"model": "mlp", "optimizers": panel.settings["optimizers"]}).rules
    for label in panel.labels:
        numbers, colour = panel.last(label), panel.colour(label)
        if label.startswith("Adam"):
            rate = rules[label].lr
            axes.plot([rate] * len(numbers), numbers, color=colour, **DOT)
            axes.plot([rate], [np.nanmean(numbers)], color=colour, marker="_", markersize=16, markeredgewidth=2)
        else:
            axes.axhline(np.nanmean(numbers), color=colour)
            axes.axhspan(np.nanmin(numbers), np.nanmax(numbers), color=colour, alpha=0.15, linewidth=0)
    axes.set_xscale("log")
    rates = sorted(rule.lr for label, rule in rules.items() if label.startswith("Adam"))
    axes.set_xticks(rates, [f"{rate:g}" for rate in rates])
    axes.minorticks_off()
    axes.set_xlim(rates[0] / 1.5, rates[-1] * 1.5)
    _plain(axes, "Adam's learning rate", "last validation accuracy (%)")


def _plain(axes, x, y, title=""):
    axes.set(xlabel=x, ylabel=y)
    axes.set_title(title, fontsize=10)
    axes.grid(color="0.9")
    axes.spines[["top", "right"]].set_visible(False)
