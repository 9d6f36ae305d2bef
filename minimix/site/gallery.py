"""Rules x landscapes: a small picture of where each rule goes, at the best of a few learning rates."""

from urllib.parse import quote

import numpy as np

from ..optim import Optimizer
from ..spec import RULES, VARIANTS, canonical, parse
from ..stepping import LANDSCAPES, view
from ..tensor import Tensor, no_grad

RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
STEPS = 60
WIDTH = 160  # units of a picture
MOVED_BY = {"muon": "muon:rest=adam", "lookahead": "lookahead:rule=adam"}
"""What moves two numbers in a rule that has another in it, and needs a learning rate."""


def specs():
    """{name: spec} of every rule and variant; those that are the same under two names once."""
    named = {name: MOVED_BY.get(name, name) for name in RULES} | VARIANTS
    found = {canonical(parse(spec)): (name, spec) for name, spec in reversed(named.items())}
    return dict(sorted(found.values(), key=lambda item: list(named).index(item[0])))


def walk(spec, on):
    """A rule on a landscape, at that rate of RATES which ends lowest; if it can, without climbing above its start.

    {"spec": with the rate, "rate": None where the rule takes none, "height": the last, "points": (steps + 1, 2)}
    """
    rules = {canonical(rule): (rate, rule) for rate in RATES for rule in [parse(spec, lr=rate)]}
    found, ranks = [], []
    for label, (rate, rule) in rules.items():
        points, heights = _descend(rule, LANDSCAPES[on])
        found.append({"spec": label, "rate": rate if len(rules) > 1 else None, "height": heights[-1], "points": points})
        ranks.append((not (heights <= heights[0]).all(), np.nan_to_num(heights[-1], nan=np.inf)))
    return found[ranks.index(min(ranks))]


def _descend(rule, landscape):
    """(points (steps + 1, 2), their heights without noise) of a run from the landscape's start."""
    descent = landscape.begin(landscape.start, STEPS, 0, rule.splits)
    optimizer = Optimizer(descent.named, rule)
    points = [optimizer.w.copy()]
    with np.errstate(all="ignore"):
        for t in range(1, STEPS + 1):
            optimizer.zero_grad()
            descent.loss(t).backward()
            optimizer.step()
            points.append(optimizer.w.copy())
        with no_grad():
            return np.array(points), landscape.function(Tensor(np.transpose(points))).numpy()


def link(spec, on):
    """Where the playground shows a rule on a landscape; its page.live.js reads such an address."""
    return f"playground.html#on={on}&rule={quote(spec, safe=':,()=*')}&steps={STEPS}"


def page(walks):
    """What the template shows. walks: {(name, landscape): what `walk` gives}; rules that never move are left out."""
    grounds = {name: _ground(landscape) for name, landscape in LANDSCAPES.items()}
    rows = {}
    for (name, on), found in walks.items():
        row = rows.setdefault(name, {"name": name, "moves": False, "cells": []})
        row["moves"] |= bool(np.ptp(found["points"], axis=0).any())
        row["cells"].append(
            {**found, "on": on, "link": link(found["spec"], on), **_trace(found["points"], LANDSCAPES[on])}
        )
    return {
        "grounds": grounds,
        "rows": [row for row in rows.values() if row["moves"]],
        "still": [row["name"] for row in rows.values() if not row["moves"]],
        "steps": STEPS,
        "rates": [f"{rate:g}" for rate in RATES],
        "width": WIDTH,
    }


def _units(points, box):
    """Points of a landscape in the whole units of its picture, as "x,y x,y …", those that fall together once."""
    return " ".join(f"{x},{y}" for x, y in view.in_units(points, box, WIDTH))


def _ground(landscape):
    """A landscape's picture: its height in units and its contour lines."""
    box = landscape.window
    lines = [_units(line, box) for level in view.contours(landscape, box)[::2] for line in level]
    return {
        "about": landscape.about,
        "height": round(WIDTH * (box[3] - box[2]) / (box[1] - box[0])),
        "lines": [line for line in lines if " " in line],
    }


def _trace(points, landscape):
    box = landscape.window
    path = _units(np.array([view.reach(point, box) for point in points]), box).split(" ")
    return {"path": " ".join(path), "start": path[0].split(","), "end": path[-1].split(",")}
