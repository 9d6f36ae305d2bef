"""Every figure. What draws one imports matplotlib itself: nobody else waits for it."""

from dataclasses import dataclass, replace

import numpy as np

from . import dots
from .files import replacing
from .verdict import last, measure

# Okabe & Ito's palette, told apart by the colour-blind, without its yellow; dashes help in grey.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1)), (0, (6, 1.5, 1.5, 1.5)))
NAMED, BEST = 12, 7
"""Up to NAMED lines are told apart in one figure; of more, the BEST are drawn by name."""


def comparison(results, band="range", verdict=None):
    """The study's figure: validation accuracy, or loss where there is none, and training loss: mean and band.

    results: pairs of what to write before the labels, and a Result. band: "range" from the lowest to the highest trial
    (the study's MLP), or "std" for one standard deviation on both sides (its CNN). Where not all lines are means of
    as many trials, each label says of how many, and on which data where these are not the same. verdict: the Verdict
    drawn below, see dots.py; by default that of a single Result. Of more than NAMED lines the best are drawn, and the
    rest in grey.
    """
    from matplotlib.figure import Figure

    lines = _lines(results)
    counts = {line.count for line in lines}
    if verdict is None and len(results) == 1:
        verdict = results[0][1].verdict()
    below = verdict is not None and verdict.comparisons > 0
    by = measure([t for _, result in results for t in result.trials])
    best = _best(lines, by, verdict.reference if below else None)
    rows, others = {}, [line.label for number, line in enumerate(lines) if number not in best]
    figure = Figure(figsize=(10, 4.4), layout="constrained")
    top = figure
    if below:
        room = dots.height([*(lines[number].name for number in best), *(["others"] if others else [])])
        figure.set_size_inches(10, 4 + room)
        top, bottom = figure.subfigures(2, 1, height_ratios=[4, room])
    left, right = top.subplots(1, 2)
    for number in best:
        line = lines[number]
        name = f"{line.name} ({line.count})" if len(counts) > 1 else line.name
        style = {"color": COLOURS[len(rows) % len(COLOURS)], "linestyle": DASHES[len(rows) % len(DASHES)]}
        rows[number] = line.label, (name, style)
        for axes, key, unit in ((left, by.key, by.scale), (right, "train_loss", 1)):
            mean_and_band(axes, *line.result.curves(line.label, key), unit, band, style, name)
    _axes(left, right, by, bool(lines))
    _grey(left, right, [line for number, line in enumerate(lines) if number not in best], by)
    if below:
        dots.panels(bottom, verdict, dict(rows.values()), others)
    elif rows:
        columns = 2 if len(rows) > 1 and max(len(name) for _, (name, _) in rows.values()) < 60 else 1
        handles = left.get_legend_handles_labels()
        legend = figure.legend(*handles, loc="outside lower center", ncols=columns, frameon=False)
        for text in legend.get_texts():
            text.set_parse_math(False)
    figure.suptitle(_title(lines, counts, band, len(others), below), fontsize=10)
    return figure


@dataclass
class _Line:
    name: str
    label: str
    result: object
    count: str


def _lines(results):
    """What there is to draw: for each rule its trials alone."""
    found = []
    for (before, result), data in zip(results, _data([result for _, result in results]), strict=True):
        own = {label: [] for label in result.labels}
        for t in result.trials:
            own[t["optimizer"]].append(t)
        for label, trials in own.items():
            if trials:
                part = replace(result, labels=[label], trials=trials)
                found.append(_Line(before + label + data, label, part, _count([t["stopped"] for t in trials])))
    return found


def _best(lines, by, reference):
    """The numbers of the lines that are drawn with their names: all, or the best and the reference."""
    if len(lines) <= NAMED:
        return range(len(lines))
    value = lambda k: by.sign * float(np.mean([last(t, by) for t in lines[k].result.trials]))
    first = sorted(range(len(lines)), key=value, reverse=True)[:BEST]
    return [k for k, line in enumerate(lines) if k in first or line.label == reference]


def _grey(left, right, lines, by):
    from matplotlib.collections import LineCollection

    for axes, key, unit in ((left, by.key, by.scale), (right, "train_loss", 1)):
        curves = [line.result.curves(line.label, key) for line in lines]
        points = [np.column_stack([x, unit * _mean(rows)]) for x, rows in curves]
        axes.add_collection(LineCollection(points, color="0.8", linewidth=0.6, zorder=0.5), autolim=False)


def _axes(left, right, by, some):
    from matplotlib.ticker import MaxNLocator

    left.set(xlabel="epoch", ylabel=f"validation {by.name}{by.unit and f' ({by.unit.strip()})'}")
    right.set(xlabel="epoch", ylabel="training loss")
    for axes in (left, right):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(color="0.9")
        axes.spines[["top", "right"]].set_visible(False)
    if some and by.sign > 0:
        zoom(left)
    for axes in (right,) if by.sign > 0 else (left, right):
        logarithmic(axes)


def logarithmic(axes):
    """A logarithmic y axis, where a line has something to show on it; plain numbers where it spans little."""
    from matplotlib.ticker import LogLocator

    if not any((line.get_ydata() > 0).any() for line in axes.get_lines()):
        return
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    if high < 100 * low:
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high > 10 * low else (1, 1.5, 2, 3, 4, 6, 8)))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.minorticks_off()


def _title(lines, counts, band, others, below):
    kind = "range over trials" if band == "range" else "± one standard deviation"
    said = f"mean of {min(counts)}" if len(counts) == 1 else "mean over trials"
    if any(len(line.result.trials) > 1 for line in lines):
        said += f", band: {kind}"
    if others:
        named = f"the best {BEST} of {len(lines)}{' and the reference' if below else ''}"
        said += f"; {named} by name, the other {others} in grey"
    return said


def _data(results):
    """For each result " on glyphs", where they are not all on the same data; sums where data of one name differ."""
    names = [result.data.get("name", "unknown data") for result in results]
    sums = [result.data.get("sha256", {}) for result in results]
    if len(set(names)) == 1:
        parts = [part for part in sums[0] if any(own.get(part) != sums[0][part] for own in sums)]
        names = [", ".join([names[0], *(f"{part} {own.get(part, '')[:6]}" for part in parts)]) for own in sums]
    return [f" on {name}" for name in names] if len(set(names)) > 1 else [""] * len(results)


def _count(stopped):
    """How many trials a line is the mean of; stopped: for each, why it ended early, or None."""
    early = sum(why is not None for why in stopped)
    return f"{len(stopped)} trial{'s' * (len(stopped) != 1)}" + (f", {early} stopped early" if early else "")


def mean_and_band(axes, x, rows, unit, band, style, label):
    """Draw the mean of rows (trials x recordings) over x, times unit, and a band of "range" or "std" around it."""
    rows = rows * unit
    mean, count = _mean(rows), (~np.isnan(rows)).sum(0)
    with np.errstate(invalid="ignore"):
        if band == "std":
            spread = np.where(count > 1, np.sqrt(np.nansum((rows - mean) ** 2, 0) / np.maximum(count - 1, 1)), np.nan)
            low, high = mean - spread, mean + spread
        else:
            low, high = np.fmin.reduce(rows, 0), np.fmax.reduce(rows, 0)
    axes.plot(x, mean, label=label, linewidth=1.8, **style)
    axes.fill_between(x, low, high, color=style["color"], alpha=0.18, linewidth=0)


def _mean(rows):
    """The mean over trials, nan where there is none."""
    with np.errstate(invalid="ignore"):
        return np.nansum(rows, 0) / np.where(np.isnan(rows).all(0), np.nan, (~np.isnan(rows)).sum(0))


def zoom(axes):
    """Leave the first climb out of the picture where it would squeeze the rest."""
    values = np.concatenate([line.get_ydata() for line in axes.get_lines()])
    values = values[np.isfinite(values)]
    low, high = np.quantile(values, 0.1), values.max()
    axes.set_ylim(max(values.min(), low - 0.5 * (high - low)) - 0.05 * (high - low), high + 0.08 * (high - low) + 1e-3)


def save(figure, path, room=None):
    """Write a figure into the file of this name; its ending says how, and without one it is a PNG.

    room: see `files.replacing`. The same figure gives the same bytes: no date, and ids that are not drawn by lot.
    """
    import matplotlib

    with replacing(path, room) as part, matplotlib.rc_context({"svg.hashsalt": "minimix"}):
        form = part.suffix[1:].lower() or "png"
        dates = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
        figure.savefig(part, format=form, dpi=150, metadata=dates.get(form))


def bars(rows, unit):
    """The measurements of `minimix bench`: a group of bars for each row, ours and our peers'."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    if unit == "MiB":
        groups = [(f"{r['model']}, {r['framework']}", {r["framework"]: r["peak"]}) for r in rows]
    else:
        key = "ms" if unit == "ms" else "per_hour"
        own = lambda r: {"minimix": r[key], **{name: p[key] for name, p in r["peers"].items()}}
        groups = [(f"{r['model']}, batch {r['batch']}, {r['optimizer']}", own(r)) for r in rows]
    names = list(dict.fromkeys(name for _, values in groups for name in values))
    count = sum(len(values) for _, values in groups)
    figure = Figure(figsize=(9, 0.8 + 0.24 * count + 0.12 * len(groups)), layout="constrained")
    axes, y, middles = figure.subplots(), 0.0, []
    for _, values in groups:
        middles.append(y + (len(values) - 1) / 2)
        for name, value in values.items():
            bar = axes.barh(y, value, 0.9, color=COLOURS[names.index(name)])
            axes.bar_label(bar, [f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"], padding=3, fontsize=8)
            y += 1
        y += 0.5
    axes.set_yticks(middles, [label for label, _ in groups])
    axes.set_ylim(y - 1, -0.5)
    axes.set_xlabel("ms a step" if unit == "ms" else unit)
    axes.spines[["top", "right"]].set_visible(False)
    patches = [Patch(color=COLOURS[k], label=name) for k, name in enumerate(names)]
    figure.legend(handles=patches, loc="outside upper center", ncols=len(names), frameon=False)
    return figure


def scaling(rows):
    """How a step grows, beside PyTorch's: one panel a sweep, logarithmic."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator

    sweeps = list(dict.fromkeys(r["sweep"] for r in rows))
    figure = Figure(figsize=(11, 6.4), layout="constrained")
    for axes, sweep in zip(figure.subplots(2, -(-len(sweeps) // 2)).flat, sweeps, strict=False):
        own = [r for r in rows if r["sweep"] == sweep]
        for k, (key, label) in enumerate((("ms", "minimix"), ("torch_ms", "torch"))):
            if own[0][key] is not None:
                style = {"color": COLOURS[k], "linestyle": DASHES[k], "marker": "os"[k], "markersize": 4}
                axes.plot([r["value"] for r in own], [r[key] for r in own], label=label, **style)
        axes.set(xscale="log", yscale="log", xlabel=sweep, ylabel="ms a step")
        axes.set_xticks([r["value"] for r in own], [str(r["value"]) for r in own])
        axes.xaxis.minorticks_off()
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.minorticks_off()
        axes.grid(color="0.9")
        axes.spines[["top", "right"]].set_visible(False)
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2, frameon=False)
    return figure
