"""What changed most since the last step, in a sentence."""

import math
from itertools import pairwise

import numpy as np

from ..explain import notation, terms
from ..explain.notation import last

STEEP = 3.0  # how many times steeper a cliff was than the slope now
MEMORY = 1000  # steps back that a cliff is looked for: 1/(1-b2) with Adam's default
LITTLE = 1.1  # a factor below which a term has not changed


def what_changed(run, step):
    """One sentence on a step that follows those in run.steps: the most telling change, in the order below."""
    if not run.steps:
        return _first(step)
    tellers = (_branched, _remembered, _crossed, _largest)
    told = (tell(run, run.steps[-1], step) for tell in tellers)
    return next(filter(None, told), "Little changed: every term is within 10 % of the last step's.")


def overflow(run):
    """Why a run ended: a number of its last step is not finite."""
    step = run.steps[-1]
    keys = [key for key, x in step.items() if isinstance(x, (float, np.ndarray)) and not np.all(np.isfinite(x))]
    key = next((k for k in keys if k not in ("loss_new", "w_new")), keys[0])
    name = {"loss_new": "the loss", "loss": "the loss", "w_new": "w", "dw": "Δw"}.get(key, key)
    moves = [s["w_new"] - s["w"] for s in run.steps]
    lengths = [_length(dw) for dw in moves if np.all(np.isfinite(dw))][-6:]
    ratios = [b / a for a, b in pairwise(lengths) if a > 0]
    grown = f" Each of the last steps was about {_factor(np.median(ratios))} times the one before." if ratios else ""
    return (
        f"Overflow at step {step['t']}: {name} left the range of float64 (1.8e308).{grown} The step overshoots "
        "further every time; try a smaller learning rate."
    )


def _first(step):
    if {"m_hat", "v_hat"} <= {last(key) for key in step}:
        return "First step: bias correction makes m̂ = g and v̂ = g², so Adam alone moves every coordinate by η."
    return f"First step: the gradient has length {_length(step['g']):.3g}."


def _branched(run, before, step):
    """A term that came about in another way than at the last step, and why."""
    if step["equations"] is before["equations"]:
        return None
    were = {equation.key: equation for equation in before["equations"]}
    for equation in step["equations"]:
        then = were.get(equation.key)
        if equation.when and (then is None or then.source != equation.source):
            name = notation.spoken(*equation.written(equation.target))
            why = notation.text(equation, source=equation.when)
            return f"Another branch: {name} = {notation.text(equation)} now, because {why}."
    return None


def _remembered(run, before, step):
    """v̂ is far above g², because of a step on a cliff; told when it begins, and again when its effect has changed."""
    for key in step:
        if last(key) == "v_hat" and key in before:
            now = _cliff(run, step, key)
            then = now and _cliff(run, before, key)
            if now and not (then and now[:2] == then[:2] and 0.5 < now[2] / then[2] < 2):
                i, cliff, factor = now
                of = f" of {_coordinate(run, key, i)}" if len(step[key]) > 1 else ""
                return (
                    f"v̂ has not forgotten the cliff of step {cliff}: it makes the step{of} {_factor(factor)} times "
                    "smaller than this gradient alone would."
                )
    return None


def _cliff(run, step, key):
    """(coordinate, step of its steepest slope so far, sqrt(v̂)/|g|) where that slope was much steeper than now's."""
    g_key = f"{key.partition(':')[0]}:g" if ":" in key else "g"
    now = np.abs(step[g_key])
    with np.errstate(all="ignore"):
        factor = np.sqrt(step[key]) / now
    if not (factor > STEEP).any():
        return None
    first = max(step["t"] - 1 - MEMORY, 0)
    slopes = run.slopes[g_key][first : step["t"]]
    cliffs = slopes.argmax(axis=0) + first
    counts = (slopes.max(axis=0) > STEEP * now) & (now > 0.1 * now.max()) & (factor > STEEP)
    if not counts.any():
        return None
    i = int(np.argmax(np.where(counts, factor, 0)))
    return i, int(cliffs[i]) + 1, float(factor[i])


def _crossed(run, before, step):
    flipped = [
        i for i in np.flatnonzero(step["g"] * before["g"] < 0) if abs(step["g"][i]) > 0.2 * np.abs(step["g"]).max()
    ]
    if not flipped:
        return None
    along = " and ".join(_coordinate(run, "g", i) for i in flipped)
    if run.landscape.noise:
        return f"The gradient along {along} changed sign; with this noise that may be chance."
    times = 1
    for older, newer in zip(run.steps[-2::-1], run.steps[:0:-1], strict=False):
        if older["g"][flipped[0]] * newer["g"][flipped[0]] >= 0:
            break
        times += 1
    if times > 1:
        return f"The gradient along {along} changed sign, {times} steps in a row now: w jumps from wall to wall."
    return f"The gradient along {along} changed sign: the last step went past the floor of the valley."


def _largest(run, before, step):
    """The term whose length changed by the largest factor."""
    changes = []
    for key, x in step.items():
        if isinstance(x, (float, np.ndarray)) and terms.called(last(key)) and key in before:
            now, then = _length(x), _length(before[key])
            if now > 0 and then > 0 and np.isfinite(now / then):
                changes.append((abs(np.log(now / then)), key, now / then))
    if not changes or np.exp(max(changes)[0]) < LITTLE:
        return None
    _, key, ratio = max(changes)
    more, less = ("longer", "shorter") if np.ndim(step[key]) else ("larger", "smaller")
    name = terms.called(last(key)) + (f" of {key.partition(':')[0]}" if ":" in key else "")
    name = name[0].upper() + name[1:] if name.startswith("the") else name
    return f"{name} became {_factor(max(ratio, 1 / ratio))} times {more if ratio > 1 else less}."


def _coordinate(run, key, i):
    return key.partition(":")[0] if ":" in key else run.landscape.coordinates[i]


def _length(x):
    return math.hypot(*np.ravel(x).tolist())


def _factor(x):
    return f"{x:.2g}" if x < 100 else f"{x:.3g}" if x < 1e4 else f"{x:.0e}".replace("e+", "e")
