"""Exercises: bands, paired trials, how many of them."""

import math

import numpy as np

from ..exercise import Exercise, cases

RNG = np.random.default_rng(11)
CURVES = RNG.standard_normal((4, 3)) + np.array([1.0, 5.0, 7.0])
SQUARE = RNG.standard_normal((3, 3)) + np.array([1.0, 5.0, 7.0])
A = np.array([97.1, 98.4, 96.2, 97.9, 97.5])
B = A - [0.5, 0.9, -0.2, 0.6, 0.3]
T4, T2 = 2.776, 4.303


def band(curves):
    return curves.mean(axis=0), curves.min(axis=0), curves.max(axis=0)


def paired_interval(a, b, quantile):
    d = a - b
    return _around(d.mean(), quantile * d.std(ddof=1) / math.sqrt(len(d)))


def trials_needed(sd_a, sd_b, correlation, difference):
    return math.ceil(_trials(_variance(sd_a, sd_b, correlation), difference))


def _around(middle, half):
    return middle - half, middle + half


def _variance(sd_a, sd_b, correlation):
    return sd_a**2 + sd_b**2 - 2 * correlation * sd_a * sd_b


def _trials(variance, difference, quantiles=1.96 + 0.84):
    return quantiles**2 * variance / difference**2


def _half(half):
    """paired_interval with another half width: a function of (a, b, quantile)."""
    return lambda a, b, q: _around((a - b).mean(), half(a, b, q))


def _unpaired(a, b, q):
    return q * math.sqrt((a.var(ddof=1) + b.var(ddof=1)) / len(a))


def _spread(curves):
    return curves.mean(axis=0), curves.mean(axis=0) - curves.std(axis=0), curves.mean(axis=0) + curves.std(axis=0)


EXERCISES = (
    Exercise(
        band,
        cases(("3 trials, 3 recordings", SQUARE), ("4 trials, 3 recordings", CURVES)),
        returns=("the mean", "the lower edge", "the upper edge"),
        mistakes=(
            ("the mean and the edges over the recordings (axis 1); over the trials.", lambda c: band(c.T)),
            ("one number for the whole picture: give the axis of the trials.", lambda c: (c.mean(), c.min(), c.max())),
            ("the sum over the trials instead of the mean.", lambda c: (c.sum(axis=0), c.min(axis=0), c.max(axis=0))),
            ("this is the median.", lambda c: (np.median(c, axis=0), c.min(axis=0), c.max(axis=0))),
            ("these edges are a standard deviation away; the range is asked for.", _spread),
            (
                "these edges are whole trials, that with the lowest and that with the highest end; the range at each "
                "recording is asked for.",
                lambda c: (c.mean(axis=0), c[c[:, -1].argmin()], c[c[:, -1].argmax()]),
            ),
            ("the edges are swapped.", lambda c: (c.mean(axis=0), c.max(axis=0), c.min(axis=0))),
        ),
    ),
    Exercise(
        paired_interval,
        cases(("5 trials", A, B, T4), ("3 trials", A[:3], B[:3], T2)),
        returns=("the lower end", "the upper end"),
        mistakes=(
            ("the sign: a less b.", lambda a, b, q: paired_interval(b, a, q)),
            ("the trials' pairs are lost: take the standard deviation of the differences.", _half(_unpaired)),
            (
                "the root of n is missing: this is about single trials, not about their mean.",
                _half(lambda a, b, q: q * (a - b).std(ddof=1)),
            ),
            ("divided by n; by its root.", _half(lambda a, b, q: q * (a - b).std(ddof=1) / len(a))),
            (
                "the standard deviation divides by n - 1 (ddof=1): the mean was fitted to the same numbers.",
                _half(lambda a, b, q: q * (a - b).std() / math.sqrt(len(a))),
            ),
            (
                "this is the variance; the root is missing.",
                _half(lambda a, b, q: q * (a - b).var(ddof=1) / math.sqrt(len(a))),
            ),
            (
                "the quantile isn't used: this is the standard error, too short for a 95 % interval.",
                _half(lambda a, b, q: (a - b).std(ddof=1) / math.sqrt(len(a))),
            ),
            (
                "1.96 is for many trials; for few the quantile that you are given is longer.",
                _half(lambda a, b, q: 1.96 * (a - b).std(ddof=1) / math.sqrt(len(a))),
            ),
            (
                "this is the range of the differences, not an interval for their mean.",
                lambda a, b, q: ((a - b).min(), (a - b).max()),
            ),
            (
                "the mean of the differences is the middle; this is around 0.",
                lambda a, b, q: _around(0, q * (a - b).std(ddof=1) / math.sqrt(len(a))),
            ),
        ),
    ),
    Exercise(
        trials_needed,
        cases(
            ("a correlation of 0.6", 1.3, 0.9, 0.6, 0.35),
            ("no correlation", 0.8, 1.1, 0.0, 0.7),
            ("a large difference", 1.0, 1.2, 0.5, 3.0),
        ),
        returns=("n",),
        mistakes=(
            (
                "the sign of the correlation: trials that share their luck make the difference *less* noisy.",
                lambda a, b, r, d: trials_needed(a, b, -r, d),
            ),
            ("the correlation isn't used: these are unpaired trials.", lambda a, b, r, d: trials_needed(a, b, 0, d)),
            ("the factor 2 before the correlation.", lambda a, b, r, d: trials_needed(a, b, r / 2, d)),
            (
                "the standard deviations are added; add their squares.",
                lambda a, b, r, d: math.ceil(_trials((a + b) ** 2 - 2 * r * a * b, d)),
            ),
            ("half a trial doesn't exist: round up.", lambda a, b, r, d: _trials(_variance(a, b, r), d)),
            ("rounded down: then it is one trial too few.", lambda a, b, r, d: int(_trials(_variance(a, b, r), d))),
            (
                "without the 0.84 you'd see the difference only every other time.",
                lambda a, b, r, d: math.ceil(_trials(_variance(a, b, r), d, 1.96)),
            ),
            ("the square is missing.", lambda a, b, r, d: math.ceil(math.sqrt(_trials(_variance(a, b, r), d)))),
            (
                "you square the quantiles apart; square their sum.",
                lambda a, b, r, d: math.ceil(_trials(_variance(a, b, r), d, math.hypot(1.96, 0.84))),
            ),
        ),
    ),
)
