"""Exercises: Adam."""

import numpy as np

from ..exercise import Exercise, cases

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


def adam_run(parameters, gradients, lr, b1, b2, eps):
    parameters = list(parameters)
    kept = [[np.zeros_like(w), np.zeros_like(w)] for w in parameters]
    for t, step in enumerate(gradients, 1):
        for k, g in enumerate(step):
            parameters[k], *kept[k] = adam_step(parameters[k], g, *kept[k], t, lr, b1, b2, eps)
    return parameters


def _wrong(d, moments=adam_moments):
    """adam_step that moves by -LR*d(m, v, g, t), with the new m and v."""

    def step(w, g, m, v, t, lr, b1, b2, eps):
        m, v = moments(g, m, v, b1, b2)
        with np.errstate(divide="ignore", invalid="ignore"):
            return w - LR * d(m, v, g, t), m, v

    return step


def _right(m, v, t):
    return m / (1 - B1**t) / (np.sqrt(v / (1 - B2**t)) + EPS)


def _with_square(square):
    """adam_moments with another square of g."""
    return lambda g, m, v, b1, b2: (b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * square(g))


def _from_m(g, m, v, b1, b2):
    m = b1 * m + (1 - b1) * g
    return m, b2 * v + (1 - b2) * m**2


def _change(w, *rest):
    new, m, v = adam_step(w, *rest)
    return new - w, m, v


def _late(w, g, m, v, t, lr, b1, b2, eps):
    """The step with the old m and v."""
    return w - lr * _right(m, v, t), *adam_moments(g, m, v, b1, b2)


def _kept_hats(w, g, m, v, t, lr, b1, b2, eps):
    w, m, v = adam_step(w, g, m, v, t, lr, b1, b2, eps)
    return w, m / (1 - b1**t), v / (1 - b2**t)


def _run(parameters, gradients, lr, b1, b2, eps, start=1, shared=False, counted=False, forgets=False):
    """adam_run with a mistake: t from `start`; one m and v shared; t counts parameters; m and v forgotten."""
    parameters = list(parameters)
    kept = [[np.zeros_like(w), np.zeros_like(w)] for w in parameters]
    t = start - 1
    for step in gradients:
        t += not counted
        for k, g in enumerate(step):
            t += counted
            own = kept[0 if shared else k]
            if forgets:
                own[:] = [np.zeros_like(g), np.zeros_like(g)]
            with np.errstate(divide="ignore", invalid="ignore"):
                parameters[k], *own[:] = adam_step(parameters[k], g, *own, t, lr, b1, b2, eps)
    return parameters


def _mistaken(**mistake):
    return lambda parameters, gradients, lr, b1, b2, eps: _run(parameters, gradients, lr, b1, b2, eps, **mistake)


def _without_correction(parameters, gradients, lr, b1, b2, eps):
    parameters = list(parameters)
    kept = [(np.zeros_like(w), np.zeros_like(w)) for w in parameters]
    for step in gradients:
        for k, g in enumerate(step):
            m, v = kept[k] = adam_moments(g, *kept[k], b1, b2)
            parameters[k] = parameters[k] - lr * m / (np.sqrt(v) + eps)
    return parameters


def _stepped(step):
    """A play of three steps in a bowl."""
    w, m, v = W, np.zeros(3), np.zeros(3)
    for t in range(1, 4):
        w, m, v = step(w, CURVATURE * w, m, v, t, LR, B1, B2, EPS)
        yield f"step {t}", (w, m, v)


def _ran(run):
    gradients = [[G, CURVATURE], [G + 0.3, -CURVATURE], [2 * G, 0.1 * CURVATURE]]
    for steps in range(1, 4):
        first, second = run([W, 2 * W], gradients[:steps], LR, B1, B2, EPS)
        yield f"{steps} step{'s' * (steps > 1)}", (first, second)


UNCORRECTED = "no bias correction: m and v start at 0 and are too small at first; divide by 1 - b1**t and 1 - b2**t."

EXERCISES = (
    Exercise(
        adam_moments,
        cases(("a full m and v", G, M, V, B1, B2), ("the first step", G, np.zeros(3), np.zeros(3), B1, B2)),
        returns=("m", "v"),
        mistakes=(
            ("v averages g, but it should average g squared.", _with_square(lambda g: g)),
            ("v averages |g|, but it should average g squared.", _with_square(abs)),
            (
                "the sum of squares over the elements; every element has its own v.",
                _with_square(lambda g: (g**2).sum()),
            ),
            (
                "the mean of squares over the elements; every element has its own v.",
                _with_square(lambda g: (g**2).mean()),
            ),
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
            ("the order is m, v.", lambda g, m, v, b1, b2: adam_moments(g, m, v, b1, b2)[::-1]),
        ),
    ),
    Exercise(
        adam_step,
        _stepped,
        returns=("w", "m", "v"),
        mistakes=(
            (UNCORRECTED, _wrong(lambda m, v, g, t: m / (np.sqrt(v) + EPS))),
            (
                "only v is corrected for its start at 0; m starts there too.",
                _wrong(lambda m, v, g, t: m / (np.sqrt(v / (1 - B2**t)) + EPS)),
            ),
            (
                "only m is corrected for its start at 0; v starts there too.",
                _wrong(lambda m, v, g, t: m / (1 - B1**t) / (np.sqrt(v) + EPS)),
            ),
            ("t from 0: t is 1 in the first step; use it as it is.", _wrong(lambda m, v, g, t: _right(m, v, t - 1))),
            ("t from 2: t is 1 in the first step; use it as it is.", _wrong(lambda m, v, g, t: _right(m, v, t + 1))),
            (
                "b times t instead of b to the power t.",
                _wrong(lambda m, v, g, t: m / (1 - B1 * t) / (np.sqrt(v / (1 - B2 * t)) + EPS)),
            ),
            (
                "you divide by 1 - b in every step; by 1 - b**t, which goes to 1.",
                _wrong(lambda m, v, g, t: m / (1 - B1) / (np.sqrt(v / (1 - B2)) + EPS)),
            ),
            (
                "the corrections multiply; they should divide.",
                _wrong(lambda m, v, g, t: m * (1 - B1**t) / (np.sqrt(v * (1 - B2**t)) + EPS)),
            ),
            (
                "eps stands inside the root; it is added after it.",
                _wrong(lambda m, v, g, t: m / (1 - B1**t) / np.sqrt(v / (1 - B2**t) + EPS)),
            ),
            (
                "eps is added to the root of v, before the correction; it is added to the root of v̂.",
                _wrong(lambda m, v, g, t: m / (1 - B1**t) * np.sqrt(1 - B2**t) / (np.sqrt(v) + EPS)),
            ),
            ("eps is missing.", _wrong(lambda m, v, g, t: m / (1 - B1**t) / np.sqrt(v / (1 - B2**t)))),
            ("the sign: the step goes against m̂.", _wrong(lambda m, v, g, t: -_right(m, v, t))),
            ("the rate is squared.", _wrong(lambda m, v, g, t: LR * _right(m, v, t))),
            ("the rate is missing.", _wrong(lambda m, v, g, t: _right(m, v, t) / LR)),
            ("the root of v̂ is missing.", _wrong(lambda m, v, g, t: m / (1 - B1**t) / (v / (1 - B2**t) + EPS))),
            (
                "the numerator is g; it should be m̂.",
                _wrong(lambda m, v, g, t: g / (np.sqrt(v / (1 - B2**t)) + EPS)),
            ),
            (
                "v averages g, but it should average g squared.",
                _wrong(lambda m, v, g, t: _right(m, v, t), _with_square(lambda g: g)),
            ),
            ("the step uses m and v from before this gradient: update them first.", _late),
            ("you keep m̂ and v̂ as the state; the corrected ones are for this step only.", _kept_hats),
            (
                "the m and v that you return are the old ones, so that they never fill.",
                lambda w, g, m, v, *rest: (adam_step(w, g, m, v, *rest)[0], m, v),
            ),
            ("this is the change alone; return the new w.", _change),
        ),
    ),
    Exercise(
        adam_run,
        _ran,
        returns=("the parameters",),
        terms=("the first w", "the second w"),
        mistakes=(
            ("t from 0: 1 - b1**0 is 0, and m̂ divides by it. The first step is t = 1.", _mistaken(start=0)),
            ("t starts at 2: the first step is t = 1.", _mistaken(start=2)),
            ("one m and one v for all parameters: each needs its own.", _mistaken(shared=True)),
            (
                "t counts parameters; it counts steps, and is the same for all parameters of a step.",
                _mistaken(counted=True),
            ),
            ("m and v start at 0 again in every step; they must live through all steps.", _mistaken(forgets=True)),
            (UNCORRECTED, _without_correction),
            (
                "the sign: the step goes against m̂.",
                lambda parameters, gradients, lr, b1, b2, eps: adam_run(parameters, gradients, -lr, b1, b2, eps),
            ),
            (
                "only the last gradients are used.",
                lambda parameters, gradients, lr, b1, b2, eps: adam_run(parameters, gradients[-1:], lr, b1, b2, eps),
            ),
            (
                "return is inside the loop: only the first gradients are used.",
                lambda parameters, gradients, lr, b1, b2, eps: adam_run(parameters, gradients[:1], lr, b1, b2, eps),
            ),
        ),
    ),
)
