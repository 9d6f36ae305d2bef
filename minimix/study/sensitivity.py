"""What a search found: default and tuned side by side, and how much each rule depends on its learning rate."""

import math
import shutil
import statistics
import textwrap
from typing import Any

from .. import wording
from ..plots import COLOURS, DASHES
from ..verdict import Verdict
from .tuning import Search, Tuning

PANELS = 40
"""Up to so many rules are drawn."""
LEAST = 0.02
"""Per cent that an accuracy lacks at least where it is drawn on a logarithm."""
TICKS = (10, 30, 50, 70, 80, 90, 95, 98, 99, 99.5, 99.8, 99.9)


def cells(found: Search, default: Verdict, tuned: Verdict) -> list[list[str]]:
    """The rows of the table, heads first: what the Verdicts at the default and at the chosen values say."""
    before, after = (_by_label(verdict) for verdict in (default, tuned))
    name, to = found.measure.name, f"difference to {tuned.reference}"
    rows = [["optimizer", "default lr", name, "verdict", "tuned lr", name, to, "verdict"]]
    for label, tuning in found.rules.items():
        own = {axis.name: axis.default for axis in tuning.axes}
        rows.append(
            [
                *(label, _listed(own), _result(before[label], name), before[label].get("verdict", "")),
                *(_listed(tuning.chosen.values), _result(after[label], name)),
                *(after[label].get("difference", ""), after[label].get("verdict", "")),
            ]
        )
    return rows


def _by_label(verdict):
    heads, *rows = verdict.cells()
    return {row[0]: dict(zip(heads, row, strict=True)) for row in rows}


def _listed(values):
    return ", ".join(f"{x:g}" if name == "lr" else f"{name} {x:g}" for name, x in values.items())


def _result(cell, name):
    diverged = cell.get("diverged")
    return f"{cell[name]}, {diverged} diverged" if diverged else cell[name]


def table(found: Search, default: Verdict, tuned: Verdict, width: int | None = None) -> str:
    """The table as text; where it is wider than the terminal, a paragraph a rule."""
    heads, *rows = cells(found, default, tuned)
    width = width or shutil.get_terminal_size().columns
    lines = ["  ".join(row) for row in wording.aligned([heads, *rows])]
    if len(lines[0]) + 2 <= width:
        return "\n".join(line.rstrip() for line in lines)
    before, after = heads[1], heads[4]
    said = [f"{row[0]}: {before} {', '.join(row[1:4])}; {after} {', '.join(filter(None, row[4:]))}" for row in rows]
    return "\n".join(textwrap.fill(line, width, subsequent_indent="  ") for line in said)


def notes(found: Search) -> list[str]:
    """What the numbers of the table are, and which of them may be wanting."""
    plan, counts = found.plan, {len(tuning.tried) for tuning in found.rules.values()}
    values, share = " to ".join(map(str, sorted(counts))), 100 * plan["validation"]
    said = [
        f"every optimizer tried {values} values, drawn as a Latin hypercube (McKay et al. 1979), with {plan['seeds']} "
        f"seeds each, trained on {100 - share:g} % of the training set; the one with the best mean "
        f"{found.measure.name} on the other {share:g} % was chosen, without the test set",
        f"the table has {plan['trials']} other trials of each, on the whole training set and the test set",
    ]
    said += [
        f"{label}: the best {' and '.join(tuning.open)} of those tried is the lowest or highest, a better one may lie "
        "beyond"
        for label, tuning in found.rules.items()
        if tuning.open
    ]
    return said


def figure(found: Search) -> Any:
    """A matplotlib Figure: the last validation accuracy (or loss) against the rate, a panel a rule.

    Accuracies stand on the logarithm of what is missing to 100 %, so that 98 and 99 are told apart beside 10.
    """
    from matplotlib.figure import Figure

    shown = _best(found)
    count = len(shown)
    columns = min(count, 5 if count > 6 else 3)
    rows = -(-count // columns)
    drawn = Figure(figsize=(1 + 2.7 * columns, 1.1 + 2.5 * rows), layout="constrained")
    grid = drawn.subplots(rows, columns, squeeze=False, sharey=True)
    for axes, (label, tuning) in zip(grid.flat, shown.items(), strict=False):
        _panel(axes, label, tuning, found.measure)
    for axes in grid.flat[count:]:
        axes.set_visible(False)
    _scale(grid[0, 0], found)
    for axes in grid[:, 0]:
        axes.set_ylabel(f"validation {found.measure.name}{found.measure.unit and ' (%)'}")
    handles: dict[str, Any] = {}
    for axes in grid.flat:
        for handle, name in zip(*axes.get_legend_handles_labels(), strict=True):
            handles.setdefault(name, handle)
    if count < len(found.rules):
        drawn.suptitle(f"the best {count} of {len(found.rules):,}", fontsize=10)
    ncols = min(len(handles), 2 * columns)
    drawn.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=ncols, frameon=False)
    return drawn


def _best(found):
    """{label: Tuning} of the rules that are drawn: of more than PANELS those with the best chosen values."""
    score = lambda label: found.rules[label].chosen.score if found.rules[label].tried else (-math.inf, 0)
    best = set(sorted(found.rules, key=score, reverse=True)[:PANELS])
    return {label: tuning for label, tuning in found.rules.items() if label in best}


def _height(by, x):
    """Where a result is drawn: a loss as it is, an accuracy as what it lacks."""
    return max(by.scale * (1 - x), LEAST) if by.sign > 0 else x


def _panel(axes, label, tuning: Tuning, by):
    from matplotlib.ticker import LogLocator

    first, *others = tuning.axes
    finished = sorted((t for t in tuning.tried if not t.diverged), key=lambda t: t.values[first.name])
    x = [t.values[first.name] for t in finished]
    means = [_height(by, statistics.fmean(t.results)) for t in finished]
    seeds = [(value, _height(by, r)) for value, t in zip(x, finished, strict=True) for r in t.results]
    if seeds:
        axes.plot(*zip(*seeds, strict=True), ".", color="0.6", markersize=4, label="a seed", zorder=1)
    shade = ""
    if others:
        shade = _shaded(axes, x, means, others[0], finished)
    else:
        axes.plot(x, means, "-o", color=COLOURS[0], markersize=5, label="mean")
    for t in tuning.tried:
        if t.diverged:
            across = axes.get_xaxis_transform()
            axes.plot(t.values[first.name], 0.03, "x", color=COLOURS[1], transform=across, label="diverged", zorder=3)
    if tuning.tried and not tuning.chosen.diverged:
        place = tuning.chosen.values[first.name], _height(by, statistics.fmean(tuning.chosen.results))
        ring = {"markersize": 12, "markerfacecolor": "none", "linestyle": "none", "markeredgewidth": 1.6}
        axes.plot(*place, "o", color=COLOURS[1], label="chosen", **ring)
    axes.axvline(first.default, color="0.4", linestyle=DASHES[1], linewidth=1, label="default", zorder=1)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(numticks=5))
    axes.xaxis.minorticks_off()
    axes.set_title("\n".join(textwrap.wrap(label, 32)), fontsize=10, parse_math=False)
    axes.set_xlabel(f"{first.name}\n{shade}")
    axes.grid(color="0.92", zorder=0)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _shaded(axes, x, means, second, finished):
    """The means of a rule with a second axis, shaded by it; returns what the shades mean."""
    from matplotlib.colors import LogNorm, Normalize

    shades = [t.values[second.name] for t in finished]
    low, high = min(shades, default=0.1), max(shades, default=1)
    lightest = high * (high / low) ** 0.2 if second.rate else high + 0.2 * (high - low)  # no yellow on white
    norm = (LogNorm if second.rate else Normalize)(low, lightest)
    axes.scatter(x, means, c=shades, cmap="viridis", norm=norm, s=26, label="mean", zorder=2)
    return f"shade: {second.name} {low:.2g} (dark) to {high:.2g}"


def _scale(axes, found):
    """The scale that all panels share."""
    done = [r for tuning in found.rules.values() for t in tuning.tried if not t.diverged for r in t.results]
    if found.measure.sign < 0:
        axes.set_yscale("log" if min(done, default=1) > 0 else "linear")
        return
    axes.set_yscale("log")
    heights = [_height(found.measure, r) for r in done] or [100]
    low, high = min(heights) / 1.3, min(max(heights) * 1.3, 130)
    axes.set_ylim(high, low)
    axes.set_yticks(
        [100 - a for a in TICKS if low <= 100 - a <= high], [f"{a:g}" for a in TICKS if low <= 100 - a <= high]
    )
    axes.minorticks_off()
