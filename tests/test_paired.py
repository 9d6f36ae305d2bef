"""Statistics of paired differences against SciPy, statsmodels where it is there, and simulated studies."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from minimix import paired

differences = st.lists(st.floats(-5, 5).map(lambda x: round(x, 3)), min_size=2, max_size=12)


@given(differences, st.integers(1, 9))
def test_the_interval_is_student_s_at_the_joint_level(d, m):
    if len(set(d)) == 1:
        assert paired.interval(d, m) is None
        return
    expected = stats.t.interval(1 - 0.05 / m, len(d) - 1, np.mean(d), stats.sem(d))
    assert paired.interval(d, m) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(differences)
def test_the_sign_flip_p_is_the_share_of_all_patterns(d):
    sums = [
        sum(x * sign for x, sign in zip(d, signs, strict=True)) for signs in itertools.product((-1, 1), repeat=len(d))
    ]
    expected = np.mean(np.abs(sums) >= abs(sum(d)) - 1e-12)
    assert paired.sign_flip(d) == pytest.approx(expected)
    assert expected >= paired.smallest_p(len(d))


def test_three_trials_cannot_have_a_p_below_a_quarter():
    assert paired.sign_flip([1.0, 2.0, 3.0]) == paired.smallest_p(3) == 0.25


def test_many_differences_are_drawn_from_a_fixed_seed():
    d = np.random.default_rng(1).normal(0.3, 1, 40)
    assert paired.sign_flip(d) == paired.sign_flip(d)
    assert paired.sign_flip(d) == pytest.approx(stats.ttest_1samp(d, 0).pvalue, abs=0.02)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=10))
def test_holm_steps_down(p):
    ranks, expected, running = np.argsort(p), [0.0] * len(p), 0.0
    for rank, i in enumerate(ranks):
        running = max(running, min(1.0, (len(p) - rank) * p[i]))
        expected[i] = running
    assert paired.holm(p) == pytest.approx(expected)


def test_holm_is_statsmodels_own():
    multitest = pytest.importorskip("statsmodels.stats.multitest", reason="statsmodels is not installed")
    p = np.random.default_rng(0).random(9) ** 3
    assert paired.holm(p) == pytest.approx(multitest.multipletests(p, method="holm")[1])


@given(st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_share_is_the_exact_binomial_interval(k_n):
    expected = stats.binomtest(*k_n).proportion_ci(method="exact")
    assert paired.share(*k_n) == pytest.approx((expected.low, expected.high), abs=1e-12)


@given(differences, st.floats(0.05, 1))
def test_so_many_trials_settle_and_one_fewer_does_not(d, resolution):
    n = paired.trials_to_settle(d, resolution)
    if n is None:
        assert np.std(d, ddof=1) == 0
        return
    half = lambda n: stats.t.ppf(0.975, n - 1) * np.std(d, ddof=1) / np.sqrt(n)
    assert half(n) <= resolution * (1 + 1e-9)
    assert n == 2 or half(n - 1) > resolution * (1 - 1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("n", [3, 5, 10, 40])
def test_intervals_cover_as_often_as_they_say(n):
    rng = np.random.default_rng(n)
    studies = rng.normal(0, 1, (4000, 9, n)) + rng.normal(0, 1, (4000, 1, n))  # nine rules share a reference
    for m, least, most in ((1, 0.935, 0.965), (9, 0.94, 1.0)):
        covered = [all(lo <= 0 <= hi for lo, hi in (paired.interval(d, m) for d in study[:m])) for study in studies]
        assert least <= np.mean(covered) <= most
