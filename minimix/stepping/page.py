"""The stepper as one self-contained page: the data as JSON, drawn by the script that stands in it."""

import json
import math

import numpy as np

from ..explain import notation, terms
from ..explain.notation import last
from ..pages import POLICY, fill
from ..plots import COLOURS
from . import view

WIDTH = 600  # units of the plot's width
DASHES = ("", "9 4", "3 3", "9 3 3 3")


def html(stepper, policy=POLICY, live=None):
    """The page as HTML: no network, no library, below 1 MB for 200 steps of 4 rules.

    policy: its Content-Security-Policy. live: what its script needs to run the rules anew, see `live.playground`.
    """
    rules, landscape = ", ".join(run.label for run in stepper.runs), stepper.landscape
    shown = data(stepper) | ({"live": live} if live else {})
    title = f"{rules} on {landscape.name}"
    return fill(__package__, shown, policy=policy, title=title, name=landscape.name, about=landscape.about)


def data(stepper, box=None):
    """All that the page shows. box: the window in view so far, see `view.window`."""
    box = view.window(stepper.landscape, stepper.runs, box)
    height = round(WIDTH * (box[3] - box[2]) / (box[1] - box[0]), 1)
    levels = view.contours(stepper.landscape, box)
    # A line is [x, y, x, y, …] in tenths of the plot's units.
    lines = [[view.in_units(line, box, 10 * WIDTH).ravel().tolist() for line in level] for level in levels]
    return {
        "name": stepper.landscape.name,
        "about": stepper.landscape.about,
        "has_start": stepper.landscape.start is not None,
        "count": stepper.count,
        "box": box,
        "size": [WIDTH, height],
        "axes": list(stepper.landscape.coordinates[:2]),
        "coordinates": list(stepper.landscape.coordinates),
        "contours": lines,
        "ground": stepper.landscape.ground,
        "batches": stepper.landscape.batches,
        "minima": [list(point) for point in stepper.landscape.minima],
        "rules": [_rule(run, k, box) for k, run in enumerate(stepper.runs)],
    }


def _rule(run, k, box):
    equations, sets, which = [], [], []
    for step in run.steps:
        if step["changed"] is None:
            which.append(None)
            continue
        numbers = []
        for equation in step["equations"]:
            if equation not in equations:
                equations.append(equation)
            numbers.append(equations.index(equation))
        if numbers not in sets:
            sets.append(numbers)
        which.append(sets.index(numbers))
    told = [step for step in run.steps if step["changed"] is not None]
    keys = list(dict.fromkeys(key for step in told for key, x in step.items() if _is_term(x)))
    arrows = [view.arrows(step, box) if "arrows" in step else {} for step in run.steps]
    names = list(dict.fromkeys(name for step in arrows for name in step))
    points = [step["w"] for step in run.steps] + [run.steps[-1]["w_new"]]
    return {
        "label": run.label,
        "colour": COLOURS[k % len(COLOURS)],
        "dash": DASHES[k % len(DASHES)],
        "stopped": run.stopped,
        "layers": list(run.layers) if len(run.layers) > 1 else [],
        "constants": {key: _plain(x) for key, x in run.constants.items() if last(key) != "index"},
        "equations": [_equation(e) for e in equations],
        "sets": sets,
        "set": which,
        "terms": [_term(key, equations, keys) for key in keys],
        "columns": _columns(run, keys),
        "rest": {
            key: [_plain(step.get("rest", {}).get(key)) for step in run.steps]
            for key in dict.fromkeys(key for step in run.steps for key in step.get("rest", ()))
        },
        "path": [[_short(x) for x in view.reach(w[:2], box)] for w in points],
        "arrows": {n: [[_short(x) for x in a[n]] if n in a else None for a in arrows] for n in names},
        "changed": [step["changed"] for step in run.steps],
    }


def _columns(run, keys):
    """{key: its value at every step}, or the key of an earlier column that is the same, as g is of SGD's d_s."""
    columns, first = {}, {}
    for key in keys:
        column = [_plain(step.get(key)) for step in run.steps]
        same = first.setdefault(json.dumps(column), key)
        columns[key] = column if same == key else same
    return columns


def _is_term(x):
    return isinstance(x, (float, np.ndarray))


def _plain(x):
    """A number as Python writes it, with all its digits; a vector as a list; inf and nan as text."""
    if isinstance(x, np.ndarray):
        x = x.tolist()
    if isinstance(x, list):
        return [_plain(item) for item in x]
    if x is None or not math.isfinite(x):
        return x if x is None else str(x)
    return int(x) if x == int(x) and abs(x) < 1e15 else x


def _short(x):
    return float(f"{x:.6g}")


def _equation(e):
    name, aside = e.written(e.target)
    return {
        "key": e.key,
        "group": f"{e.key.partition(':')[0]}: {e.group}" if ":" in e.key else e.group,
        "name": notation.symbol(name, e.key, aside),
        "letters": notation.mathml(e),
        "numbers": notation.mathml(e, numbers=True),
        "also": [notation.mathml(e, numbers, e.also) for numbers in (False, True)] if e.also else [],
        "when": "".join(notation.mathml(e, source=e.when)) if e.when else "",
    }


def _term(key, equations, keys):
    """A row of the table of terms; written as in the first equation that has it. keys: of all terms."""
    written = (e.written(name) for e in equations for name, own in e.keys if own == key)
    name, aside = next(written, (last(key), None))
    layer, path = key.rpartition(":")[0], key.removesuffix(last(key))
    return {
        "key": key,
        "name": notation.symbol(name, None, aside),
        "spoken": notation.spoken(name, aside) + (f" of {layer}" if layer else ""),
        "layer": layer,
        "meaning": terms.words(name, alone=not {path + "d_s", path + "d_a"} <= {*keys}),
    }
