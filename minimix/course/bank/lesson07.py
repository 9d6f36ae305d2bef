"""Exercises: AdaGrad and RMSprop."""

import numpy as np

from ..exercise import Exercise, cases, unmoved

CURVATURE = np.array([2.0, 0.3, 5.0])
W = np.array([-0.4, 3.0, 0.7])
LR, B2, EPS = 0.3, 0.8, 0.1


def adagrad_step(w, g, s, lr, eps):
    s = s + g**2
    return w - lr * g / (np.sqrt(s) + eps), s


def rmsprop_step(w, g, v, lr, b2, eps):
    v = b2 * v + (1 - b2) * g**2
    return w - lr * g / (np.sqrt(v) + eps), v


def step_lengths(t, b2):
    return 1 / np.sqrt(t), 1 / np.sqrt(1 - b2**t)


def rmsprop_corrected(w, g, v, t, lr, b2, eps):
    v = b2 * v + (1 - b2) * g**2
    return w - lr * g / (np.sqrt(v / (1 - b2**t)) + eps), v


def _root(s, eps):
    return np.sqrt(s) + eps


def _adagrad(square=np.square, divisor=_root):
    """adagrad_step with another square of g, or another divisor(s, eps)."""

    def step(w, g, s, lr, eps):
        s = s + square(g)
        return w - lr * g / divisor(s, eps), s

    return step


def _rmsprop(average=lambda v, g, b2: b2 * v + (1 - b2) * g**2, divisor=_root):
    """rmsprop_step with another average, or another divisor(v, eps)."""

    def step(w, g, v, lr, b2, eps):
        v = average(v, g, b2)
        return w - lr * g / divisor(v, eps), v

    return step


def _corrected(divisor):
    """rmsprop_corrected with another divisor(v, t, b2, eps)."""

    def step(w, g, v, t, lr, b2, eps):
        v = b2 * v + (1 - b2) * g**2
        return w - lr * g / divisor(v, t, b2, eps), v

    return step


def _kept_hat(w, g, v, t, lr, b2, eps):
    w, v = rmsprop_corrected(w, g, v, t, lr, b2, eps)
    return w, v / (1 - b2**t)


def _stepped(*hyperparameters, timed=False):
    """A play of four steps in a bowl, of a rule that keeps one array beside w."""

    def play(step):
        w, kept = W, np.zeros(3)
        for t in range(1, 5):
            w, kept = step(w, CURVATURE * w, kept, *([t] if timed else []), *hyperparameters)
            yield f"step {t}", (w, kept)

    return play


SIGN = "the sign: the step goes downhill, against the gradient."
NO_RATE = "the rate is missing."
NO_ROOT = "the root is missing: divided by its square, a gradient of 10 takes a shorter step than one of 1."
NO_EPS = "eps is missing."
INSIDE = "eps stands inside the root; it is added after it."

EXERCISES = (
    Exercise(
        adagrad_step,
        _stepped(LR, EPS),
        returns=("w", "s"),
        mistakes=(
            (SIGN, lambda w, g, s, lr, eps: adagrad_step(w, g, s, -lr, eps)),
            (NO_RATE, lambda w, g, s, lr, eps: adagrad_step(w, g, s, 1, eps)),
            ("s sums g, but it should sum g squared.", _adagrad(lambda g: g)),
            ("s sums |g|, but it should sum g squared.", _adagrad(np.abs)),
            ("the sum of squares over the elements; every element has its own s.", _adagrad(lambda g: (g**2).sum())),
            (NO_ROOT, _adagrad(divisor=lambda s, eps: s + eps)),
            (INSIDE, _adagrad(divisor=lambda s, eps: np.sqrt(s + eps))),
            (NO_EPS, _adagrad(divisor=lambda s, eps: np.sqrt(s))),
            (
                "eps is added to s, where it stays and adds up; add it to the root, in this step alone.",
                lambda w, g, s, lr, eps: adagrad_step(w, g, s + eps, lr, 0),
            ),
            (
                "the step uses the s from before this gradient: update it first.",
                lambda w, g, s, lr, eps: (w - lr * g / _root(s, eps), s + g**2),
            ),
            (
                "the s that you return is the old one, so that it never grows.",
                lambda w, g, s, lr, eps: (adagrad_step(w, g, s, lr, eps)[0], s),
            ),
            (
                "s is the square of this gradient alone; add it to the old s.",
                lambda w, g, s, lr, eps: adagrad_step(w, g, 0 * s, lr, eps),
            ),
            *unmoved(adagrad_step),
            ("the order is w, s.", lambda *given: adagrad_step(*given)[::-1]),
        ),
    ),
    Exercise(
        rmsprop_step,
        _stepped(LR, B2, EPS),
        returns=("w", "v"),
        mistakes=(
            (SIGN, lambda w, g, v, lr, b2, eps: rmsprop_step(w, g, v, -lr, b2, eps)),
            (NO_RATE, lambda w, g, v, lr, b2, eps: rmsprop_step(w, g, v, 1, b2, eps)),
            ("v averages g, but it should average g squared.", _rmsprop(lambda v, g, b2: b2 * v + (1 - b2) * g)),
            (
                "the sum of squares over the elements; every element has its own v.",
                _rmsprop(lambda v, g, b2: b2 * v + (1 - b2) * (g**2).sum()),
            ),
            (
                "g**2 enters in full; in an average the new value has the weight 1 - b2.",
                _rmsprop(lambda v, g, b2: b2 * v + g**2),
            ),
            ("this is AdaGrad's sum: nothing is forgotten.", _rmsprop(lambda v, g, b2: v + g**2)),
            (
                "1 - b2 is squared too: it multiplies g**2.",
                _rmsprop(lambda v, g, b2: b2 * v + ((1 - b2) * g) ** 2),
            ),
            ("b2 and 1 - b2 are swapped.", lambda w, g, v, lr, b2, eps: rmsprop_step(w, g, v, lr, 1 - b2, eps)),
            (NO_ROOT, _rmsprop(divisor=lambda v, eps: v + eps)),
            (INSIDE, _rmsprop(divisor=lambda v, eps: np.sqrt(v + eps))),
            (NO_EPS, _rmsprop(divisor=lambda v, eps: np.sqrt(v))),
            (
                "the step uses the v from before this gradient: update it first.",
                lambda w, g, v, lr, b2, eps: (w - lr * g / _root(v, eps), rmsprop_step(w, g, v, lr, b2, eps)[1]),
            ),
            (
                "the v that you return is the old one, so that it never fills.",
                lambda w, g, v, lr, b2, eps: (rmsprop_step(w, g, v, lr, b2, eps)[0], v),
            ),
            *unmoved(rmsprop_step),
            ("the order is w, v.", lambda *given: rmsprop_step(*given)[::-1]),
        ),
    ),
    Exercise(
        step_lengths,
        cases(("t = 1, b2 = 0.9", 1, 0.9), ("t = 2, b2 = 0.7", 2, 0.7), ("t = 7, b2 = 0.99", 7, 0.99)),
        returns=("AdaGrad's", "RMSprop's"),
        mistakes=(
            ("the order is AdaGrad, RMSprop.", lambda t, b2: step_lengths(t, b2)[::-1]),
            ("AdaGrad divides by the root of the sum.", lambda t, b2: (1 / t, step_lengths(t, b2)[1])),
            (
                "AdaGrad divides by the root: its steps get shorter.",
                lambda t, b2: (np.sqrt(t), step_lengths(t, b2)[1]),
            ),
            ("t is 1 in the first step, so that s = t*g**2.", lambda t, b2: step_lengths(t + 1, b2)),
            ("RMSprop divides by the root of the average.", lambda t, b2: (1 / np.sqrt(t), 1 / (1 - b2**t))),
            (
                "v stands under the line: where it is too small, the step is too long.",
                lambda t, b2: (1 / np.sqrt(t), np.sqrt(1 - b2**t)),
            ),
            (
                "this is RMSprop's first step; what is v after t steps?",
                lambda t, b2: (1 / np.sqrt(t), 1 / np.sqrt(1 - b2)),
            ),
            ("this is RMSprop in the long run; its v starts at 0.", lambda t, b2: (1 / np.sqrt(t), 1)),
            (
                "v is too small by 1 - b2**t; b2**t itself is the weight that the 0 at the start still has.",
                lambda t, b2: (1 / np.sqrt(t), 1 / np.sqrt(b2**t)),
            ),
        ),
    ),
    Exercise(
        rmsprop_corrected,
        _stepped(LR, B2, EPS, timed=True),
        returns=("w", "v"),
        mistakes=(
            (
                "no correction: v starts at 0 and is too small at first; divide by 1 - b2**t.",
                _corrected(lambda v, t, b2, eps: _root(v, eps)),
            ),
            (
                "the correction multiplies; it should divide.",
                _corrected(lambda v, t, b2, eps: _root(v * (1 - b2**t), eps)),
            ),
            (
                "you divide by 1 - b2 in every step; by 1 - b2**t, which goes to 1.",
                _corrected(lambda v, t, b2, eps: _root(v / (1 - b2), eps)),
            ),
            (
                "b2 times t instead of b2 to the power t.",
                _corrected(lambda v, t, b2, eps: _root(v / (1 - b2 * t), eps)),
            ),
            (
                "t from 0: t is 1 in the first step; use it as it is.",
                _corrected(lambda v, t, b2, eps: _root(v / (1 - b2 ** (t - 1)), eps)),
            ),
            (
                "t from 2: t is 1 in the first step; use it as it is.",
                _corrected(lambda v, t, b2, eps: _root(v / (1 - b2 ** (t + 1)), eps)),
            ),
            (
                "the correction belongs to v, under the root.",
                _corrected(lambda v, t, b2, eps: np.sqrt(v) / (1 - b2**t) + eps),
            ),
            (INSIDE, _corrected(lambda v, t, b2, eps: np.sqrt(v / (1 - b2**t) + eps))),
            (
                "eps is added to the root of v, before the correction; it is added to the root of v̂.",
                _corrected(lambda v, t, b2, eps: _root(v, eps) / np.sqrt(1 - b2**t)),
            ),
            ("you keep v̂ as the state; the corrected one is for this step only.", _kept_hat),
            (SIGN, lambda w, g, v, t, lr, *rest: rmsprop_corrected(w, g, v, t, -lr, *rest)),
            *unmoved(rmsprop_corrected),
        ),
    ),
)
