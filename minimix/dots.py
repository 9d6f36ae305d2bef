"""A Verdict drawn: a dot for every trial, mean and standard deviation, and the differences with their intervals."""

import math
import textwrap

import numpy as np

ROW, LINE = 0.34, 0.15
"""Inches of height for a row, and for each line of its text."""


def height(names):
    """How many inches `panels` need for rows of these names."""
    return 0.9 + len(names) * max(ROW, LINE * (1 + max(len(_lines(name)) for name in names)))


def panels(figure, verdict, rows, others=()):
    """Draw two panels side by side into a matplotlib Figure or SubFigure, from the Verdict alone; returns their axes.

    rows: {label: (its name in the figure, its line style)}. Left: the last result of each trial, mean ± standard
    deviation. Right: the difference of each pair of trials to the reference, their mean with its joint interval, and
    the verdict; what is called equal is shaded. others: labels that share the last row, a grey dot for each one's mean.
    """
    left, right = figure.subplots(1, 2, sharey=True, gridspec_kw={"wspace": 0.08})
    by, names = verdict.measure, [name for name, _ in rows.values()]
    for y, (label, (_, style)) in enumerate(rows.items()):
        rule = verdict.rules[label]
        spread = (rule.mean - rule.spread, rule.mean + rule.spread) if rule.spread is not None else None
        _row(left, y, by.scale, rule.results, rule.mean, spread, style)
        # A sample of its line, so that the names are the legend of the panels above.
        sample = {"arrowstyle": "-", "shrinkA": 0, "shrinkB": 5, "linewidth": 1.8, "capstyle": "butt", **style}
        edge = {"xycoords": left.get_yaxis_transform(), "textcoords": "offset points", "va": "center"}
        left.annotate("", (0, y), (-32, 0), arrowprops=sample, **edge)
        if rule.against:
            _row(right, y, by.scale, rule.against.differences, rule.against.difference, rule.against.interval, style)
        right.text(1.01, y, _said(verdict, rule), transform=right.get_yaxis_transform(), va="center", fontsize=9)
    if others:
        names.append(f"{len(others)} others")
        held = [verdict.rules[label] for label in others]
        grey = {"color": "0.65", "linestyle": "none"}
        _row(left, len(rows), by.scale, [rule.mean for rule in held if rule.results], None, None, grey)
        differences = [rule.against.difference for rule in held if rule.against]
        _row(right, len(rows), by.scale, [d for d in differences if d is not None], None, None, grey)
    unit = f" ({by.unit.strip()})" if by.unit else ""
    left.set(xlabel=f"{by.whole}{unit}\ntrials, mean ± standard deviation")
    left.set_yticks(range(len(names)), ["\n".join(_lines(name)) for name in names], fontsize=9, parse_math=False)
    left.set_ylim(len(names) - 0.4, -0.6)
    left.tick_params(axis="y", length=0, pad=36)
    told = "pairs of trials, mean"
    if any(verdict.rules[label].against and verdict.rules[label].against.interval for label in rows):
        told += f", 95 % interval{' jointly' if verdict.comparisons > 1 else ''}"
    right.axvline(0, color="0.4", linewidth=1, zorder=0)
    right.axvspan(-by.scale * verdict.margin, by.scale * verdict.margin, color="0.93", zorder=-1)
    unit = f" ({by.points.strip()})" if by.points else ""
    right.set(xlabel=f"difference to {_short(verdict.reference)}{unit}\n{told}")
    right.tick_params(axis="y", length=0, labelleft=False)
    _zoom(left, verdict, rows)
    for axes in (left, right):
        axes.xaxis.label.set(size=9, parse_math=False)
        axes.grid(axis="x", color="0.9")
        axes.spines[["top", "right", "left"]].set_visible(False)
    return left, right


def _row(axes, y, scale, values, mean, ends, style):
    """A dot for each value; above them, where there are, the mean and a line from end to end."""
    finite = scale * np.array([x for x in values if math.isfinite(x)])
    alpha = min(0.55, max(0.15, 6 / max(len(finite), 1)))
    lift = 0.0 if mean is None else 0.16
    axes.plot(
        finite,
        np.full(len(finite), y + lift),
        "o",
        color=style["color"],
        alpha=alpha,
        markersize=4,
        mew=0,
        label="trials",
    )
    if mean is None or not math.isfinite(mean):
        return
    if ends:
        low, high = scale * np.array(ends)
        axes.plot(
            [low, high], [y - lift] * 2, color=style["color"], linewidth=1.6, solid_capstyle="butt", label="interval"
        )
    axes.plot([scale * mean], [y - lift], "d", color=style["color"], markersize=5.5, label="mean")


def _zoom(axes, verdict, rows):
    """Leave rules that diverged out of the picture, where they would squeeze the others."""
    own = [x for label in rows if not (rule := verdict.rules[label]).diverged for x in rule.results]
    if own and any(verdict.rules[label].diverged for label in rows):
        low, high = (verdict.measure.scale * end for end in (min(own), max(own)))
        room = 0.1 * (high - low) or 0.1 * abs(high) or 1
        axes.set_xlim(low - room, high + room)


def _said(verdict, rule):
    if rule.label == verdict.reference:
        return "reference"
    said = (rule.against.verdict or rule.against.why) if rule.against else "no finished trial"
    return textwrap.fill(said, 20)


def _lines(name):
    return textwrap.wrap(name, 44, max_lines=4, placeholder="…") or [""]


def _short(name):
    return name if len(name) <= 24 else f"{name[:23]}…"
