"""Statistics of paired differences: a joint interval, an exact permutation p, how often ahead, how many trials more.

SciPy computes what SciPy has; it is imported when a verdict is made, and not before.
"""

import itertools
import math

import numpy as np

EXACT = 20
"""Up to so many differences all 2^n signs are tried; beyond, SIGNS of them, drawn from a fixed seed."""
SIGNS = 1 << 17


def interval(differences, comparisons=1, level=0.95):
    """(low, high) around the mean of n paired differences (Student's t), or None for fewer than two.

    Each of `comparisons` intervals holds jointly with the others at `level` (Bonferroni): its quantile is
    1 - (1 - level) / (2 comparisons). None too where all differences are equal: a spread of 0 measures nothing.
    """
    n, mean = len(differences), float(np.mean(differences)) if len(differences) else math.nan
    spread = float(np.std(differences, ddof=1)) if n > 1 else 0.0
    if n < 2 or len(set(differences)) == 1 or not spread:
        return None
    half = _quantile(n - 1, comparisons, level) * spread / math.sqrt(n)
    return mean - half, mean + half


def _quantile(degrees, comparisons, level):
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 1 - (1 - level) / (2 * comparisons)))


def sign_flip(differences):
    """The two-sided p that signs are exchangeable: the share of sign patterns whose mean is at least as far from 0.

    Exact up to EXACT differences. It cannot fall below 2 / 2^n, see `smallest_p`. Fisher 1935, ch. 21.
    """
    d = np.asarray(differences, float)
    d = d[d != 0]
    if not len(d):
        return 1.0
    if len(d) <= EXACT:
        sums = np.zeros(1)
        for x in d:  # the sums of all 2^n sign patterns
            sums = np.concatenate([sums + x, sums - x])
        least = 0
    else:
        signs = np.random.default_rng(0).integers(0, 2, (SIGNS, len(d)), np.int8) * 2 - 1
        sums, least = signs @ d, 1  # the observed pattern counts too
    far = np.abs(sums) >= abs(d.sum()) * (1 - 1e-12)
    return float((far.sum() + least) / (len(sums) + least))


def smallest_p(n):
    """The least p that `sign_flip` of n differences can give: 0.25 at n = 3."""
    return min(1.0, 2.0 ** (1 - n)) if n <= EXACT else 1 / (SIGNS + 1)


def holm(p):
    """The p values adjusted for their number, in the given order. Holm 1979."""
    p = np.asarray(p, float)
    order = np.argsort(p)
    adjusted = np.empty(len(p))
    adjusted[order] = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(adjusted, 1).tolist()


def share(k, n, level=0.95):
    """(low, high) of a probability of which k of n were seen: the exact binomial interval. Clopper and Pearson 1934."""
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = float(betaincinv(k, n - k + 1, tail)) if k else 0.0
    high = float(betaincinv(k + 1, n - k, 1 - tail)) if k < n else 1.0
    return low, high


def trials_to_settle(differences, resolution, comparisons=1, level=0.95):
    """The least number of trials whose interval is at most ± `resolution` at this spread; None for a spread of 0."""
    spread = float(np.std(differences, ddof=1)) if len(differences) > 1 else 0.0
    if not spread or not resolution > 0:
        return None
    wide = lambda n: _quantile(n - 1, comparisons, level) * spread / math.sqrt(n) > resolution
    high = next(n for n in (2**k for k in itertools.count(1)) if not wide(n))
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if wide(middle) else (low, middle)
    return high
