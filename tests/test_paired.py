"""Statistics of paired differences against SciPy, and statsmodels where it is there."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
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


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=9))
@settings(max_examples=20)
def test_the_sign_flip_p_is_scipy_s_permutation_test_s(d):
    total = lambda x, axis: np.sum(x, axis=axis)
    found = stats.permutation_test((np.array(d),), total, permutation_type="samples", vectorized=True)
    assert paired.sign_flip(d) == pytest.approx(found.pvalue)


def test_three_trials_cannot_have_a_p_below_a_quarter():
    assert paired.sign_flip([1.0, 2.0, 3.0]) == paired.smallest_p(3) == 0.25


@pytest.mark.parametrize("n", [1, 2, 21, paired.EXACT])
def test_the_smallest_p_is_that_of_trials_that_are_all_ahead(n):
    ahead = np.random.default_rng(n).uniform(1, 2, n)
    assert paired.sign_flip(ahead) == paired.sign_flip(-ahead) == paired.smallest_p(n) == 2.0 ** (1 - n)


def test_many_differences_of_one_size_have_the_binomial_p():
    signs = np.array([1.0] * 17 + [-1.0] * 8)
    assert paired.sign_flip(0.1 * signs) == pytest.approx(stats.binomtest(17, 25).pvalue, rel=1e-12)


def test_trials_that_end_alike_do_not_count():
    signs = np.array([1.0] * 17 + [-1.0] * 8 + [0.0] * 30)
    assert paired.sign_flip(signs) == paired.sign_flip(signs[:25])


@pytest.mark.parametrize("n", [paired.EXACT + 1, 40, 300])
def test_more_differences_than_are_tried_in_all_ways_are_drawn_from_a_fixed_seed(n):
    signs = np.ones(n)
    signs[: (n - int(1.6 * n**0.5)) // 2] = -1
    assert paired.sign_flip(signs) == paired.sign_flip(signs)
    expected = stats.binomtest(int((signs > 0).sum()), n).pvalue
    assert paired.sign_flip(signs) == pytest.approx(expected, abs=4 * (expected / paired.SIGNS) ** 0.5)
    assert paired.sign_flip(np.ones(n)) == paired.smallest_p(n) == 1 / (paired.SIGNS + 1)


@given(differences, st.integers(-1000, 900))
def test_what_is_said_does_not_depend_on_the_unit(d, exponent):
    scaled = np.ldexp(d, exponent)
    assert paired.sign_flip(scaled) == paired.sign_flip(d)
    if own := paired.interval(d):
        assert paired.interval(scaled) == pytest.approx(np.ldexp(own, exponent), rel=1e-9, abs=0)
        assert paired.trials_to_settle(scaled, np.ldexp(0.5, exponent)) == paired.trials_to_settle(d, 0.5)


@given(differences, st.floats(-5, 5).filter(lambda x: abs(x) > 1e-3))
def test_what_is_said_of_a_rule_is_said_of_the_other_with_the_sign_turned(d, shift):
    d = [x + shift for x in d]
    other = [-x for x in d]
    assert paired.sign_flip(other) == paired.sign_flip(d)
    if own := paired.interval(d):
        assert paired.interval(other) == pytest.approx((-own[1], -own[0]), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("x", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("function", [paired.interval, paired.sign_flip, lambda d: paired.trials_to_settle(d, 0.1)])
def test_what_is_not_finite_is_refused(function, x):
    with pytest.raises(ValueError, match=f"differences must be finite numbers, got {x}"):
        function([0.1, x, 0.2])


@pytest.mark.parametrize("d", [[], [0.3], [0.1] * 21, [0.0, 0.0], [1e300] * 3])
def test_one_difference_and_equal_ones_have_no_interval(d):
    assert paired.interval(d) is None and paired.trials_to_settle(d, 0.001) is None


def test_no_difference_at_all_is_as_far_as_any():
    assert paired.sign_flip([0.0, 0.0]) == paired.sign_flip([]) == 1
    assert paired.sign_flip([0.1, 0.2, -0.3]) == 1  # their sum is not quite 0 in floats


def test_a_number_of_trials_that_no_one_can_make_is_not_told():
    assert paired.trials_to_settle([0.1, 0.3], 1e-200) is None
    assert paired.trials_to_settle([0.1, 0.3], 0.0) is None
    assert paired.trials_to_settle([0.1, 0.3], math.nan) is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=10))
def test_holm_steps_down(p):
    ranks, expected, running = np.argsort(p), [0.0] * len(p), 0.0
    for rank, i in enumerate(ranks):
        running = max(running, min(1.0, (len(p) - rank) * p[i]))
        expected[i] = running
    assert paired.holm(p) == pytest.approx(expected)


@pytest.mark.slow
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_is_statsmodels_own(p):
    multitest = pytest.importorskip("statsmodels.stats.multitest", reason="statsmodels is not installed")
    assert paired.holm(p) == pytest.approx(multitest.multipletests(p, method="holm")[1])


@given(st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_share_is_the_exact_binomial_interval(k_n):
    expected = stats.binomtest(*k_n).proportion_ci(method="exact")
    assert paired.share(*k_n) == pytest.approx((expected.low, expected.high), abs=1e-12)


@given(differences, st.sampled_from([1e-6, 0.05, 0.3, 1.0, 3.0, 10.0, 100.0]), st.integers(1, 9))
@settings(max_examples=100)
def test_so_many_trials_settle_and_one_fewer_does_not(d, resolution, m):
    n = paired.trials_to_settle(d, resolution, m)
    if n is None:
        assert len(set(d)) == 1
        return
    half = lambda n: stats.t.ppf(1 - 0.025 / m, n - 1) * np.std(d, ddof=1) / np.sqrt(n)
    assert half(n) <= resolution * (1 + 1e-9)
    assert n == 2 or half(n - 1) > resolution * (1 - 1e-9)
