"""Simulated studies with a known answer: intervals cover as often as they say, a rule is seldom better than itself."""

import numpy as np
import pytest

from minimix import optim, paired, training
from minimix.verdict import BETTER, WORSE, judge
from tests import skewed, small

STUDIES = 4000


def covered(d, comparisons):
    low, high = paired.interval(d, comparisons)
    return low <= 0 <= high


def results(accuracies):
    """Trials of rules with these last accuracies."""
    return [
        {"optimizer": label, "trial": k, "epoch": [1.0], "train_loss": [1 - x], "val_loss": [1 - x],
         "val_accuracy": [x], "seconds_per_epoch": 1.0, "stopped": None}
        for label, own in accuracies.items() for k, x in enumerate(own)
    ]  # fmt: skip


def against(accuracies):
    """The Against of each rule but the first, the reference."""
    labels = list(accuracies)
    return [rule.against for rule in judge(results(accuracies), labels, labels[0]).rules.values() if rule.against]


@pytest.mark.parametrize("n", [3, 5, 10, 40])
def test_one_interval_covers_as_often_as_it_says(n):
    studies = np.random.default_rng(n).normal(0, 1, (STUDIES, n))
    assert 0.935 <= np.mean([covered(d, 1) for d in studies]) <= 0.965


@pytest.mark.parametrize("n", [pytest.param(n, marks=pytest.mark.slow if n != 5 else ()) for n in (3, 5, 10, 40)])
def test_nine_intervals_cover_jointly(n):
    rng = np.random.default_rng(n)
    studies = rng.normal(0, 1, (STUDIES, 9, n)) - rng.normal(0, 1, (STUDIES, 1, n))  # nine rules share a reference
    assert np.mean([all(covered(d, 9) for d in study) for study in studies]) >= 0.94


@pytest.mark.parametrize("n", [pytest.param(n, marks=pytest.mark.slow if n != 5 else ()) for n in (3, 5, 10, 40)])
def test_a_rule_on_other_seeds_is_seldom_better_or_worse_than_itself(n):
    studies = np.random.default_rng(n).normal(0.9, 0.01, (STUDIES, 2, n)).tolist()
    said = [against({"a": study[0], "b": study[1]})[0].verdict for study in studies]
    better, worse = (np.mean([verdict == one for verdict in said]) for one in (BETTER, WORSE))
    assert 0.035 <= better + worse <= 0.065 and min(better, worse) > 0.012


@pytest.mark.slow
def test_of_nine_rules_that_are_the_reference_s_twins_seldom_one_is_called_better_or_worse():
    studies = np.random.default_rng(0).normal(0.9, 0.01, (STUDIES, 10, 5)).tolist()
    said = [[a.verdict for a in against({f"r{k}": own for k, own in enumerate(study)})] for study in studies]
    assert np.mean([any(verdict in (BETTER, WORSE) for verdict in study) for study in said]) <= 0.06


@pytest.mark.parametrize("n", [1, 2, 10, 21])
def test_a_rule_on_equal_seeds_is_identical_to_itself(n):
    own = np.random.default_rng(n).normal(0.9, 0.01, n).tolist()
    (said,) = against({"a": own, "b": own})
    assert said.verdict is None and said.why == "identical runs"


def trained(seed):
    """The Trial of a small network after an epoch."""
    rng = np.random.default_rng(seed)
    model = small.network(rng.integers(1 << 30))
    return training.train(model, optim.Optimizer(model, optim.SGD(lr=0.05)), DATA, epochs=1, batch_size=20, rng=rng)


DATA = small.dataset(60, 300)


@pytest.mark.slow
def test_real_trainings_of_a_rule_are_seldom_better_or_worse_on_other_seeds():
    accuracies = np.array([trained(seed).val_accuracy[-1] for seed in range(600)])
    rng = np.random.default_rng(0)
    drawn = (rng.choice(accuracies, (2, 10), replace=False).tolist() for _ in range(STUDIES))
    said = [against({"a": a, "b": b})[0].verdict for a, b in drawn]
    assert 0.035 <= np.mean([verdict in (BETTER, WORSE) for verdict in said]) <= 0.065


def test_real_trainings_on_equal_seeds_are_identical_runs():
    trials = [{"optimizer": rule, "trial": k, **vars(trained(k))} for rule in "ab" for k in range(3)]
    assert judge(trials, ["a", "b"]).rules["b"].against.why == "identical runs"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["of two lognormal results", "lognormal"])
def test_symmetric_differences_are_covered_and_skewed_ones_are_known_to_be_less(name):
    shares = {n: skewed.simulate(skewed.DIFFERENCES[name], n, 1000, 2)[0] for n in (3, 10, 40)}
    if name == "lognormal":
        assert shares[3] < shares[40] < 0.94 and shares[3] > 0.75
    else:
        assert min(shares.values()) > 0.94


def bad(x, n=4):
    """A rule with one result that is no number, beside a reference."""
    own = np.random.default_rng(0).normal(0.9, 0.01, (2, n)).tolist()
    own[1][n // 2] = x
    return against({"a": own[0], "b": own[1]})[0]


@pytest.mark.parametrize("x", [float("nan"), float("inf"), -float("inf"), 1e300])
def test_results_that_are_no_numbers_are_diverged_trials(x):
    said = bad(x)
    assert said.verdict is None and said.why == "a trial diverged"


@pytest.mark.parametrize("n", [2, 21, 10_000])
def test_two_rules_are_judged_by_two_trials_and_by_ten_thousand(n):
    own = np.random.default_rng(n).normal(0.9, 0.01, (2, n)).tolist()
    (said,) = against({"a": own[0], "b": own[1]})
    low, high = said.interval
    assert said.verdict and low < said.difference < high and said.least_p <= said.p <= 1
