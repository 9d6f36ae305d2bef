"""Statistics of paired differences: a joint interval, an exact permutation p, how often ahead, how many trials more.

SciPy computes what SciPy has; it is imported when a verdict is made, and not before.
"""

import functools
import math

import numpy as np

EXACT = 28
"""Up to so many differences all 2^n signs are counted; beyond, SIGNS of them, drawn from a fixed seed."""
SIGNS = 1 << 17
MOST = 2**53
"""No larger number of trials is told."""


def interval(differences, comparisons=1, level=0.95):
    """(low, high) around the mean of n paired differences (Student's t), or None for fewer than two.

    Each of `comparisons` intervals holds jointly with the others at `level` (Bonferroni): its quantile is
    1 - (1 - level) / (2 comparisons). None too where all differences are equal: a spread of 0 measures nothing.
    Raises ValueError for what is not finite.
    """
    d = _finite(differences)
    spread = _spread(d)
    if not spread:
        return None
    mean, half = d.mean(), _quantile(len(d) - 1, comparisons, level) * spread / math.sqrt(len(d))
    return float(mean - half), float(mean + half)


def _finite(differences):
    d = np.asarray(differences, float)
    if not np.isfinite(d).all():
        raise ValueError(f"differences must be finite numbers, got {d[~np.isfinite(d)][0]}")
    return d


def _spread(d):
    """The standard deviation, 0 for fewer than two or for equal numbers; of the smallest and largest floats too."""
    if len(set(d.tolist())) < 2:
        return 0.0
    scale = np.abs(d).max()
    return float(scale * np.std(d / scale, ddof=1))


@functools.lru_cache(10_000)
def _quantile(degrees, comparisons, level):
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 1 - (1 - level) / (2 * comparisons)))


def sign_flip(differences):
    """The two-sided p that signs are exchangeable: the share of sign patterns whose mean is at least as far from 0.

    Exact up to EXACT differences. It cannot fall below 2 / 2^n, see `smallest_p`. Fisher 1935, section 21.
    Raises ValueError for what is not finite.
    """
    d = _finite(differences)
    d = d[d != 0]
    least = abs(d.sum()) - 1e-12 * np.abs(d).sum()  # what rounds to as far is as far
    if not least > 0:
        return 1.0
    if len(d) <= EXACT:
        half = len(d) // 2
        some, others = _sums(d[:half]), np.sort(_sums(d[half:]))  # each pattern is one of some and one of others
        far = some.size * others.size - np.searchsorted(others, least - some).sum()
        return float(2 * far / 2 ** len(d))  # as many are as far on the other side
    sums, rng = np.zeros(SIGNS), np.random.default_rng(0)
    for start in range(0, len(d), 12):
        some = _sums(d[start : start + 12])
        sums += some[rng.integers(some.size, size=SIGNS, dtype=np.uint16)]
    return float((np.count_nonzero(np.abs(sums) >= least) + 1) / (SIGNS + 1))  # the observed pattern counts too


def _sums(d):
    """The sums of d under all 2^n sign patterns."""
    sums = np.zeros(1)
    for x in d:
        sums = np.concatenate([sums + x, sums - x])
    return sums


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
    """The least number of trials whose interval is at most ± `resolution` at this spread.

    None for a spread of 0, and where it is more than MOST.
    """
    spread = _spread(_finite(differences))
    wide = lambda n: _quantile(n - 1, comparisons, level) * spread / math.sqrt(n) > resolution
    if not spread or not resolution > 0 or wide(MOST):
        return None
    low, high = 1, 2
    while wide(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if wide(middle) else (low, middle)
    return high
