"""Exercises: Adam."""

from functools import partial

import numpy as np

from ..exercise import Exercise, cases, unmoved
from ..running import MISTAKES, run

G = np.array([0.5, -3.0, 0.02])
M = np.array([0.4, 0.3, -0.1])
V = np.array([0.2, 2.0, 0.05])
CURVATURE = np.array([2.0, 0.3, 5.0])
W = np.array([-0.4, 3.0, 0.7])
LR, B1, B2, EPS = 0.3, 0.8, 0.9, 0.1


def adam_moments(g, m, v, b1, b2):
    return b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2


def adam_step(w, g, m, v, t, lr, b1, b2, eps):
    m, v = adam_moments(g, m, v, b1, b2)
    return w - lr * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + eps), m, v


def adam_run(parameters, epochs, lr, b1, b2, eps):
    return _run(parameters, epochs, lr, b1, b2, eps)


def _run(parameters, epochs, lr, b1, b2, eps, mistake=None, step=adam_step):
    """The last parameters of a run of adam_step, with a mistake of runs or of steps."""
    steps = run(lambda w, g, m, v, t: step(w, g, m, v, t, lr, b1, b2, eps), 2, parameters, epochs, mistake)
    return list(steps)[-1][0]


def _with_moments(moments):
    """adam_step with other moments."""

    def step(w, g, m, v, t, lr, b1, b2, eps):
        m, v = moments(g, m, v, b1, b2)
        return w - lr * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + eps), m, v

    return step


def _with_square(square):
    """adam_moments with another square of g."""
    return lambda g, m, v, b1, b2: (b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * square(g))


def _from_m(g, m, v, b1, b2):
    m = b1 * m + (1 - b1) * g
    return m, b2 * v + (1 - b2) * m**2


def _corrected(divisors):
    """adam_step that divides m and v by other corrections: divisors(b1, b2, t)."""

    def step(w, g, m, v, t, lr, b1, b2, eps):
        m, v = adam_moments(g, m, v, b1, b2)
        for_m, for_v = divisors(b1, b2, t)
        return w - lr * (m / for_m) / (np.sqrt(v / for_v) + eps), m, v

    return step


def _moved(move):
    """adam_step that subtracts move(m̂, v̂, lr, eps) from w."""

    def step(w, g, m, v, t, lr, b1, b2, eps):
        m, v = adam_moments(g, m, v, b1, b2)
        return w - move(m / (1 - b1**t), v / (1 - b2**t), lr, eps), m, v

    return step


def _early_eps(w, g, m, v, t, lr, b1, b2, eps):
    """eps at the root of v instead of v̂."""
    return adam_step(w, g, m, v, t, lr, b1, b2, eps / np.sqrt(1 - b2**t))


def _from_g(w, g, m, v, t, lr, b1, b2, eps):
    """g in place of m̂."""
    _, *kept = adam_step(w, g, m, v, t, lr, b1, b2, eps)
    return w - lr * g / (np.sqrt(kept[1] / (1 - b2**t)) + eps), *kept


def _rmsprop(w, g, m, v, t, lr, b1, b2, eps):
    m, v = adam_moments(g, m, v, b1, b2)
    return w - lr * g / (np.sqrt(v) + eps), m, v


def _inside_uncorrected(w, g, m, v, t, lr, b1, b2, eps):
    m, v = adam_moments(g, m, v, b1, b2)
    return w - lr * m / np.sqrt(v + eps), m, v


def _late(w, g, m, v, t, lr, b1, b2, eps):
    """The step with the old m and v."""
    return w - lr * m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + eps), *adam_moments(g, m, v, b1, b2)


def _kept_hats(w, g, m, v, t, lr, b1, b2, eps):
    w, m, v = adam_step(w, g, m, v, t, lr, b1, b2, eps)
    return w, m / (1 - b1**t), v / (1 - b2**t)


def _stepped(step):
    """A play of three steps in a bowl."""
    w, m, v = W, np.zeros(3), np.zeros(3)
    for t in range(1, 4):
        w, m, v = step(w, CURVATURE * w, m, v, t, LR, B1, B2, EPS)
        yield f"step {t}", (w, m, v)


def _ran(adam):
    """A play of runs that end after each step of two epochs."""
    first, second = [[G, CURVATURE], [G + 0.3, -CURVATURE]], [[2 * G, 0.1 * CURVATURE], [-G, CURVATURE]]
    for epochs in ([first[:1]], [first], [first, second[:1]], [first, second]):
        place = f"the end of step {len(epochs[-1])} of epoch {len(epochs)}"
        yield place, tuple(adam([W, 2 * W], epochs, LR, B1, B2, EPS))


MOMENTS = (
    ("v averages g, but it should average g squared.", _with_square(lambda g: g)),
    ("v averages |g|, but it should average g squared.", _with_square(abs)),
    ("the sum of squares over the elements; every element has its own v.", _with_square(lambda g: (g**2).sum())),
    ("the mean of squares over the elements; every element has its own v.", _with_square(lambda g: (g**2).mean())),
    (
        "g enters in full, so that these are sums; in an average the new value has the weight 1 - b.",
        lambda g, m, v, b1, b2: (b1 * m + g, b2 * v + g**2),
    ),
    (
        "1 - b2 is squared too: it multiplies g**2.",
        lambda g, m, v, b1, b2: (b1 * m + (1 - b1) * g, b2 * v + ((1 - b2) * g) ** 2),
    ),
    ("b and 1 - b are swapped.", lambda g, m, v, b1, b2: adam_moments(g, m, v, 1 - b1, 1 - b2)),
    ("b1 and b2 are swapped.", lambda g, m, v, b1, b2: adam_moments(g, m, v, b2, b1)),
    ("b1 is used for both.", lambda g, m, v, b1, b2: adam_moments(g, m, v, b1, b1)),
    ("v is made from the new m; it is made from g.", _from_m),
)
UNCORRECTED = "no bias correction: m and v start at 0 and are too small at first; divide by 1 - b1**t and 1 - b2**t."
CORRECTIONS = (
    (UNCORRECTED, lambda b1, b2, t: (1, 1)),
    ("only v is corrected for its start at 0; m starts there too.", lambda b1, b2, t: (1, 1 - b2**t)),
    ("only m is corrected for its start at 0; v starts there too.", lambda b1, b2, t: (1 - b1**t, 1)),
    (
        "you divide by 1 - b in every step; by 1 - b**t, which goes to 1.",
        lambda b1, b2, t: (1 - b1, 1 - b2),
    ),
    (
        "you divide m by 1 - b1 in every step; by 1 - b1**t, which goes to 1.",
        lambda b1, b2, t: (1 - b1, 1 - b2**t),
    ),
    (
        "you divide v by 1 - b2 in every step; by 1 - b2**t, which goes to 1.",
        lambda b1, b2, t: (1 - b1**t, 1 - b2),
    ),
    ("b times t instead of b to the power t.", lambda b1, b2, t: (1 - b1 * t, 1 - b2 * t)),
    ("the corrections multiply; they should divide.", lambda b1, b2, t: (1 / (1 - b1**t), 1 / (1 - b2**t))),
    ("the correction of m multiplies; it should divide.", lambda b1, b2, t: (1 / (1 - b1**t), 1 - b2**t)),
    ("the correction of v multiplies; it should divide.", lambda b1, b2, t: (1 - b1**t, 1 / (1 - b2**t))),
    ("v is corrected with b1; its average is one with b2.", lambda b1, b2, t: (1 - b1**t, 1 - b1**t)),
    ("m is corrected with b2; its average is one with b1.", lambda b1, b2, t: (1 - b2**t, 1 - b2**t)),
    ("b1 and b2 are swapped in the corrections.", lambda b1, b2, t: (1 - b2**t, 1 - b1**t)),
    ("the correction of v belongs under the root.", lambda b1, b2, t: (1 - b1**t, (1 - b2**t) ** 2)),
)
STEPS = (
    (
        "t from 0: t is 1 in the first step; use it as it is.",
        lambda w, g, m, v, t, *h: adam_step(w, g, m, v, t - 1, *h),
    ),
    (
        "t from 2: t is 1 in the first step; use it as it is.",
        lambda w, g, m, v, t, *h: adam_step(w, g, m, v, t + 1, *h),
    ),
    ("eps stands inside the root; it is added after it.", _moved(lambda m, v, lr, eps: lr * m / np.sqrt(v + eps))),
    ("eps is added to the root of v, before the correction; it is added to the root of v̂.", _early_eps),
    (
        "eps is added to the weight; it is added to the root of v̂: brackets.",
        _moved(lambda m, v, lr, eps: lr * m / np.sqrt(v) - eps),
    ),
    (
        "eps is taken off the weight; it is added to the root of v̂: brackets.",
        _moved(lambda m, v, lr, eps: lr * m / np.sqrt(v) + eps),
    ),
    (
        "eps is added to the quotient; it is added to the root of v̂: brackets.",
        _moved(lambda m, v, lr, eps: lr * (m / np.sqrt(v) + eps)),
    ),
    ("eps is missing.", _moved(lambda m, v, lr, eps: lr * m / np.sqrt(v))),
    ("the root of v̂ is missing.", _moved(lambda m, v, lr, eps: lr * m / (v + eps))),
    ("the sign: the step goes against m̂.", lambda w, g, m, v, t, lr, *h: adam_step(w, g, m, v, t, -lr, *h)),
    ("the rate is squared.", lambda w, g, m, v, t, lr, *h: adam_step(w, g, m, v, t, lr**2, *h)),
    ("the rate is missing.", lambda w, g, m, v, t, lr, *h: adam_step(w, g, m, v, t, 1, *h)),
    ("the numerator is g; it should be m̂.", _from_g),
    ("the step uses m and v from before this gradient: update them first.", _late),
    ("you keep m̂ and v̂ as the state; the corrected ones are for this step only.", _kept_hats),
    (
        "the m and v that you return are the old ones, so that they never fill.",
        lambda w, g, m, v, *rest: (adam_step(w, g, m, v, *rest)[0], m, v),
    ),
    *unmoved(adam_step),
    ("this is RMSprop: g in place of m̂, and v without its correction.", _rmsprop),
    (
        "neither m nor v is corrected, and eps stands inside the root; it is added after it.",
        _inside_uncorrected,
    ),
)

EXERCISES = (
    Exercise(
        adam_moments,
        cases(("a full m and v", G, M, V, B1, B2), ("the first step", G, np.zeros(3), np.zeros(3), B1, B2)),
        returns=("m", "v"),
        mistakes=(*MOMENTS, ("the order is m, v.", lambda *given: adam_moments(*given)[::-1])),
    ),
    Exercise(
        adam_step,
        _stepped,
        returns=("w", "m", "v"),
        mistakes=(
            *((hint, _corrected(divisors)) for hint, divisors in CORRECTIONS),
            *STEPS,
            *((hint, _with_moments(moments)) for hint, moments in MOMENTS),
        ),
    ),
    Exercise(
        adam_run,
        _ran,
        returns=("the parameters",),
        terms=("the first w", "the second w"),
        mistakes=(
            *((hint, partial(_run, mistake=mistake)) for mistake, hint in MISTAKES.items()),
            (UNCORRECTED, partial(_run, step=_corrected(lambda b1, b2, t: (1, 1)))),
            ("the sign: the step goes against m̂.", lambda ws, epochs, lr, *h: adam_run(ws, epochs, -lr, *h)),
            ("only the last step is made.", lambda ws, epochs, *h: adam_run(ws, [epochs[-1][-1:]], *h)),
            (
                "return is inside the loop: only the first step is made.",
                lambda ws, epochs, *h: adam_run(ws, [epochs[0][:1]], *h),
            ),
            (
                "return is inside the outer loop: only the first epoch is run.",
                lambda ws, epochs, *h: adam_run(ws, epochs[:1], *h),
            ),
        ),
    ),
)
