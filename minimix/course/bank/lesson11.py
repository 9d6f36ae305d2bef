"""Exercises: SWATS and Frank-Wolfe."""

import numpy as np

from ..exercise import Exercise, cases

P, G = np.array([-0.3, 0.1, 0.4]), np.array([0.7, -1.2, -2.0])
RATES = [0.5, 0.3, 0.28, 0.31, 0.3]
CURVATURE = np.array([1.0, 0.3, 4.0])
W = np.array([-4.0, 2.0, 1.5])


def projected_rate(p, g):
    return -(p @ p) / (p @ g)


def swats_switch(rates, b2, tolerance):
    lam = 0.0
    for t, rate in enumerate(rates, 1):
        lam = b2 * lam + (1 - b2) * rate
        if t > 1 and abs(lam / (1 - b2**t) - rate) < tolerance:
            return t, lam / (1 - b2**t)
    return 0, 0.0


def _switch(rates, b2, tolerance, first=2, corrected=True, distance=abs, result=lambda t, mean, rate: (t, mean)):
    """swats_switch with a mistake: from step `first` on, uncorrected, with another distance or another result."""
    lam = 0.0
    for t, rate in enumerate(rates, 1):
        lam = b2 * lam + (1 - b2) * rate
        mean = lam / (1 - b2**t) if corrected else lam
        if t >= first and distance(mean - rate) < tolerance:
            return result(t, mean, rate)
    return 0, 0.0


def frank_wolfe_step(w, g, radius, step):
    return w + step * (-radius * g / np.linalg.norm(g) - w)


def _mistaken(**mistake):
    return lambda rates, b2, tolerance: _switch(rates, b2, tolerance, **mistake)


def _from_zero(rates, b2, tolerance):
    """t of enumerate(rates): 1 - b2**0 is 0."""
    lam = 0.0
    for t, rate in enumerate(rates):
        lam = b2 * lam + (1 - b2) * rate
        if t >= 1 and abs(lam / (1 - b2**t) - rate) < tolerance:
            return t, lam / (1 - b2**t)
    return 0, 0.0


def _previous(rates, b2, tolerance):
    """Compares each rate with the one before it."""
    for t in range(2, len(rates) + 1):
        if abs(rates[t - 1] - rates[t - 2]) < tolerance:
            return t, rates[t - 1]
    return 0, 0.0


def _last(rates, b2, tolerance):
    found, lam = (0, 0.0), 0.0
    for t, rate in enumerate(rates, 1):
        lam = b2 * lam + (1 - b2) * rate
        if t > 1 and abs(lam / (1 - b2**t) - rate) < tolerance:
            found = t, lam / (1 - b2**t)
    return found


def _stepped(step):
    w = W
    for t in range(1, 4):
        w = step(w, CURVATURE * w, 2.5, 2 / (t + 2))
        yield f"step {t}", w


EXERCISES = (
    Exercise(
        projected_rate,
        cases(("a step downhill", P, G), ("a step uphill", P, -G / 2), ("a step along -g", -0.3 * G, G)),
        returns=("the rate",),
        mistakes=(
            ("the sign: a step downhill has <p, g> < 0, and its rate is above 0.", lambda p, g: (p @ p) / (p @ g)),
            (
                "this projects p onto g; SGD's step is projected onto p.",
                lambda p, g: -(p @ g) / (g @ g),
            ),
            ("the fraction is upside down.", lambda p, g: -(p @ g) / (p @ p)),
            (
                "this is the ratio of the lengths; the angle between p and g counts too.",
                lambda p, g: np.sqrt((p @ p) / (g @ g)),
            ),
            ("p @ p is missing: with it the result scales with p.", lambda p, g: -1 / (p @ g)),
            ("the root of p @ p: the square of the length is needed.", lambda p, g: -np.sqrt(p @ p) / (p @ g)),
            ("elements are divided by each other; take inner products first.", lambda p, g: -(p * p) / (p * g)),
            ("the magnitude hides that a step may go uphill; keep the sign.", lambda p, g: abs(projected_rate(p, g))),
        ),
    ),
    Exercise(
        swats_switch,
        cases(
            ("a tolerance of 0.1", RATES, 0.8, 0.1),
            ("a tolerance of 0.03", RATES, 0.8, 0.03),
            ("b2 = 0.5", RATES, 0.5, 0.02),
            ("it never settles", RATES, 0.8, 1e-9),
            ("rates that rise", [0.1, 0.2, 0.3, 0.4, 0.5], 0.8, 0.02),
        ),
        returns=("the step", "the rate"),
        mistakes=(
            ("no bias correction: the average starts at 0; divide it by 1 - b2**t.", _mistaken(corrected=False)),
            (
                "in step 1 the corrected average is the rate itself: the switch may come from step 2 on.",
                _mistaken(first=1),
            ),
            ("the switch may come in step 2 already.", _mistaken(first=3)),
            ("t from 0: the first rate is that of step 1.", _from_zero),
            (
                "an average far below the rate is no agreement: take the magnitude of the difference.",
                _mistaken(distance=lambda x: x),
            ),
            (
                "an average far above the rate is no agreement: take the magnitude of the difference.",
                _mistaken(distance=lambda x: -x),
            ),
            (
                "SGD goes on with the average, not with the last rate.",
                _mistaken(result=lambda t, mean, rate: (t, rate)),
            ),
            ("each rate is compared with the one before; compare it with the average.", _previous),
            ("the order is the step, the rate.", lambda *given: swats_switch(*given)[::-1]),
            (
                "it never switches: `return 0, 0.0` belongs after the loop; within it the first rate decides.",
                lambda *given: (0, 0.0),
            ),
            ("this is the last agreement; the switch comes at the first.", _last),
        ),
    ),
    Exercise(
        frank_wolfe_step,
        _stepped,
        returns=("w",),
        mistakes=(
            (
                "the sign of s: it lies against the gradient.",
                lambda w, g, r, k: w + k * (r * g / np.linalg.norm(g) - w),
            ),
            (
                "the sign: w moves towards s, by step * (s - w).",
                lambda w, g, r, k: 2 * w - frank_wolfe_step(w, g, r, k),
            ),
            ("g isn't normalized: s lies on the ball, whatever g's length.", lambda w, g, r, k: w + k * (-r * g - w)),
            ("you divide by the square of g's length.", lambda w, g, r, k: w + k * (-r * g / (g @ g) - w)),
            (
                "s is added to w; w moves towards it, by step * (s - w).",
                lambda w, g, r, k: w - k * r * g / np.linalg.norm(g),
            ),
            ("radius is missing.", lambda w, g, r, k: frank_wolfe_step(w, g, 1, k)),
            ("radius is squared.", lambda w, g, r, k: frank_wolfe_step(w, g, r**2, k)),
            ("step and 1 - step are swapped.", lambda w, g, r, k: frank_wolfe_step(w, g, r, 1 - k)),
            ("this is s; w moves only part of the way.", lambda w, g, r, k: -r * g / np.linalg.norm(g)),
            (
                "s takes each element's sign: that is the best corner of a box, not of a ball.",
                lambda w, g, r, k: w + k * (-r * np.sign(g) - w),
            ),
            ("this is the change alone; return the new w.", lambda w, g, r, k: frank_wolfe_step(w, g, r, k) - w),
            (
                "this is what w moves by, its sign turned; return the new w.",
                lambda w, g, r, k: w - frank_wolfe_step(w, g, r, k),
            ),
            (
                "this is the direction s - w; w moves along it by step.",
                lambda w, g, r, k: (frank_wolfe_step(w, g, r, k) - w) / k,
            ),
        ),
    ),
)
