"""minimix/verdict.py: what finished trials say, and no more than they say."""

import json
import math
import statistics
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minimix.training import Trial
from minimix.verdict import ACCURACY, BETTER, EQUAL, LOSS, SECONDS, UNSETTLED, WORSE, judge, last, written


def trials(stopped=(), **accuracies):
    """Trials of rules with these last accuracies; stopped: the (label, number) of those that did."""
    return [
        {"optimizer": label, "trial": k, "epoch": [1.0, 2.0], "train_loss": [1.0, 1 - x], "val_loss": [1.0, 1 - x],
         "val_accuracy": [x / 2, x], "seconds_per_epoch": 2.0, "stopped": "too far" if (label, k) in stopped else None}
        for label, own in accuracies.items() for k, x in enumerate(own)
    ]  # fmt: skip


def losses(**own):
    """Trials without accuracies, of one recording; None where the loss was not finite."""
    return [
        {"optimizer": label, "trial": k, "epoch": [1.0], "train_loss": [x], "val_loss": [x], "val_accuracy": [None],
         "seconds_per_epoch": 1.0, "stopped": None}
        for label, xs in own.items() for k, x in enumerate(xs)
    ]  # fmt: skip


def against(ours, reference, **options):
    return judge(trials(a=reference, b=ours), ["a", "b"], "a", **options).rules["b"].against


REFERENCE = [0.90, 0.91, 0.92, 0.90]


def shifted(by, noise=1e-4):
    return [x + by + k * noise for k, x in enumerate(REFERENCE)]


def test_the_interval_decides():
    assert against(shifted(0.05), REFERENCE).verdict == BETTER
    assert against(shifted(-0.05), REFERENCE).verdict == WORSE
    around = [x + d for x, d in zip(REFERENCE, (3e-4, -3e-4, 2e-4, -2e-4), strict=True)]
    assert against(around, REFERENCE).verdict == EQUAL
    assert against(around, REFERENCE, margin=1e-4).verdict == UNSETTLED
    for sign in (1, -1):  # from -4.5e-4 to 8.5e-4: only one end is within the margin
        lopsided = [x + sign * d for x, d in zip(REFERENCE, (6e-4, -1e-4, 5e-4, -2e-4), strict=True)]
        assert against(lopsided, REFERENCE, margin=6e-4).verdict == UNSETTLED
        assert against(lopsided, REFERENCE, margin=7e-4).needed > 4  # though the interval is ±6.5e-4
    unsettled = against([0.95, 0.86, 0.97, 0.85], REFERENCE)
    assert unsettled.verdict == UNSETTLED and unsettled.needed > 4


def test_difference_and_interval_are_those_of_the_pairs():
    found = judge(trials(adam=[0.90, 0.92, 0.91], sgd=[0.80, 0.83, 0.81])[::-1], ["sgd", "adam"])
    rule = found.rules["sgd"]
    assert (found.reference, rule.results) == ("adam", [0.80, 0.83, 0.81])
    mean, deviation = -0.29 / 3, math.sqrt((2 * (0.1 - 0.29 / 3) ** 2 + (0.09 - 0.29 / 3) ** 2) / 2)
    assert rule.against.difference == pytest.approx(mean)
    half = 4.302653 * deviation / math.sqrt(3)  # Student's t, 2 degrees of freedom
    assert rule.against.interval == pytest.approx((mean - half, mean + half), rel=1e-6)
    assert (rule.mean, rule.spread) == (
        pytest.approx(0.44 / 3 * 5.5454545),
        pytest.approx(np.std([0, 3, 1], ddof=1) / 100),
    )


def test_intervals_are_joint_and_p_and_its_least_value_adjusted():
    rng = np.random.default_rng(0)
    own = {f"r{k}": list(rng.uniform(0.5, 1, 3)) for k in range(4)}
    alone = judge(trials(**{k: own[k] for k in ("r0", "r1")}), ["r0", "r1"]).rules["r1"].against
    among = judge(trials(**own), list(own)).rules["r1"].against
    assert (alone.least_p, among.least_p) == (0.25, 0.75) and among.p >= min(1, alone.p)
    width = lambda a: a.interval[1] - a.interval[0]
    t = lambda p: (2 * p - 1) / math.sqrt(2 * p * (1 - p))  # Student's, of 2 degrees of freedom
    assert width(among) / width(alone) == pytest.approx(t(1 - 0.05 / 6) / t(1 - 0.05 / 2))


@pytest.mark.parametrize(
    ("ours", "reference", "why"),
    [
        ([0.9, 0.8], [0.9, 0.8], "identical runs"),
        ([0.75, 1.0], [0.5, 0.75], "the differences are all equal"),
        ([0.3, 0.9, 0.5], [0.1, 0.7, 0.3], "the differences are all equal"),  # 0.2 three times, but for rounding
        ([0.5 + 1e-3, 0.5 + 2e-3 + 1e-9], [1e-3, 2e-3], "the differences are all equal"),
        ([0.95], [0.9, 0.8], "one trial in common"),
        ([0.95], [0.9], "one trial"),
    ],
)
def test_where_nothing_can_be_said_there_is_no_verdict(ours, reference, why):
    found = against(ours, reference)
    assert (found.verdict, found.interval, found.why) == (None, None, why)
    assert found.difference == pytest.approx(ours[0] - reference[0])


def test_a_rule_without_a_trial_is_held_to_nothing_and_no_pair_is_no_verdict():
    assert against([], [0.9]) is None
    alone = [*trials(a=[0.5]), trials(b=[0.6])[0] | {"trial": 7}]
    found = judge(alone, ["a", "b"]).rules["b"].against
    assert (found.why, found.unpaired, found.ahead_interval) == ("no trial in common", 2, None)


def test_equal_results_of_runs_that_differ_are_not_called_identical():
    some = trials(a=[0.9, 0.8], b=[0.9, 0.8])
    some[-1]["val_loss"] = [1.0, 0.3]
    assert judge(some, ["a", "b"]).rules["b"].against.why == "the differences are all equal"


def test_trials_that_continue_one_another_get_no_verdict():
    found = against([0.91, 0.82, 0.85], [0.9, 0.8, 0.82], independent=False)
    assert (found.verdict, found.p, found.interval, found.ahead_interval) == (None, None, None, None)
    assert found.why == "its trials continue one another"


def test_seconds_are_judged_where_they_are_what_matters():
    some = [t | {"seconds_per_epoch": 1.0 + 0.01 * k - 0.5 * (t["optimizer"] == "b") + 0.001 * t["trial"] * k}
            for k, t in enumerate(trials(a=[0.9, 0.91, 0.9], b=[0.1, 0.11, 0.1]))]  # fmt: skip
    found = judge(some, ["a", "b"], "a", by=SECONDS)
    assert found.rules["b"].against.verdict == BETTER and found.rules["b"].results[0] == pytest.approx(0.53)
    told = str(found)
    assert "seconds an epoch: mean ± standard deviation over trials, of which less is better" in told
    assert "over trials, on this machine" in told
    assert not any(word in told for word in ("accuracy", "test set", "s/epoch", "seeds"))


def test_a_trial_that_diverged_allows_no_verdict_and_is_counted():
    judged = judge(trials([("b", 1)], a=[0.5, 0.5, 0.5], b=[0.1, 0.11, 0.12]), ["a", "b"]).rules["b"]
    assert (judged.diverged, judged.against.why, judged.against.interval) == (1, "a trial diverged", None)


@pytest.mark.parametrize("lost", [None, math.nan, math.inf, 1e300])
def test_a_loss_that_was_not_finite_counts_as_infinite_and_allows_no_verdict(lost):
    rule = judge(losses(adam=[0.5, 0.5], x=[0.1, lost]), ["adam", "x"]).rules["x"]
    assert (rule.results, rule.mean, rule.spread) == ([0.1, math.inf], math.inf, None)
    assert (rule.against.difference, rule.against.why) == (None, "a trial diverged")


def test_without_accuracies_the_smaller_loss_is_the_better_one():
    rule = lambda x: judge(losses(adam=[0.5, 0.5, 0.5], x=x), ["adam", "x"]).rules["x"].against
    assert rule([0.1, 0.11, 0.12]).verdict == BETTER and rule([0.9, 0.91, 0.92]).verdict == WORSE
    assert rule([0.1, 0.9, 0.5]).verdict == UNSETTLED and rule([0.5001, 0.4999, 0.5]).verdict == EQUAL
    assert rule([0.1, 0.11, 0.12]).difference == pytest.approx(-0.39) and rule([0.1, 0.11, 0.6]).ahead == 2
    assert judge(losses(adam=[0.5, 0.7], x=[1, 1.1]), ["adam", "x"]).margin == pytest.approx(0.006)


def test_the_reference_is_the_first_adam_or_else_the_first():
    reference = lambda *labels: judge(trials(**{label: [0.5] for label in labels}), list(labels)).reference
    assert reference("mine", "Adam, tuned", "adam:lr=1") == "Adam, tuned"
    assert reference("sgd", "adamw:lr=1") == "adamw:lr=1" and reference("x", "y") == "x"
    assert reference("sgd", "adam.py:rule") == "sgd" and judge([], []).reference is None


def test_rules_that_are_not_asked_for_are_left_out():
    found = judge(trials(a=[0.5, 0.6], b=[0.6, 0.8], c=[0.1, 0.3]), ["c", "a"])
    assert list(found.rules) == ["c", "a"] and found.comparisons == 1


def test_a_reference_that_is_no_rule_is_refused():
    with pytest.raises(ValueError, match=r"reference must be one of sgd, adam, got 'adma'; did you mean 'adam'\?"):
        judge(trials(sgd=[0.9], adam=[0.8]), ["sgd", "adam"], "adma")


def test_a_target_is_reached_at_its_first_recording_or_never():
    rules = judge(trials(a=[0.9, 0.8], b=[0.5, 0.4]), ["a", "b"], target=0.85).rules
    assert (rules["a"].reached, rules["a"].epochs_to_target, rules["a"].seconds_to_target) == (1, 2.0, 4.0)
    assert (rules["b"].reached, rules["b"].epochs_to_target, rules["b"].seconds_to_target) == (0, None, None)
    soon = judge(trials(a=[0.9, 0.8]), ["a"], target=0.4).rules["a"]
    assert (soon.reached, soon.epochs_to_target, soon.seconds_to_target) == (2, 1.0, 2.0)
    with pytest.raises(ValueError, match=r"target must be an accuracy .* got 40; did you mean 0.4"):
        judge(trials(a=[0.9, 0.8]), ["a"], target=40)
    assert judge(losses(a=[3.0]), ["a"], target=2).rules["a"].reached == 0
    soon = judge(losses(a=[0.1, 0.2, 0.3]), ["a"], target=0.2).rules["a"]
    assert (soon.reached, soon.epochs_to_target) == (2, 1.0)


def test_a_trial_that_never_reached_the_target_counts_as_never():
    """Two of five trials reached it at once: the median trial did not."""
    rule = judge(trials(a=[0.9, 0.9, 0.5, 0.5, 0.5]), ["a"], target=0.85).rules["a"]
    assert (rule.reached, rule.epochs_to_target, rule.seconds_to_target) == (2, None, None)


def test_the_summary_is_the_verdict_as_plain_numbers():
    found = judge(trials(adam=[0.5, 0.6, 0.7], x=[0.6, 0.8]), ["x", "adam", "y"], target=0.6)
    summary, rule = found.summary(), found.rules["x"]
    assert list(summary["rules"]) == ["x", "adam", "y"] and summary["rules"]["adam"]["against"] is None
    assert (summary["measure"], summary["reference"], summary["target"], summary["looks"]) == (
        "accuracy",
        "adam",
        0.6,
        1,
    )
    assert (summary["winner"], summary["sentences"]) == (found.winner(), found.sentences())
    own = summary["rules"]["x"]
    assert (own["mean"], own["spread"], own["results"], own["reached"]) == (rule.mean, rule.spread, [0.6, 0.8], 2)
    assert own["against"] == vars(rule.against) and own["against"]["unpaired"] == 1
    assert json.loads(json.dumps(summary))["rules"]["x"]["against"]["interval"] == list(rule.against.interval)


def test_the_last_result_of_a_trial_in_words():
    assert last({"val_loss": [1, None]}, LOSS) == math.inf and last({"val_accuracy": [None]}, ACCURACY) == -math.inf
    assert (
        written(Trial([1], [1], [0.5], [0.25])) == "25.00 %" and written(Trial([1], [1], [0.5], [None])) == "loss 0.5"
    )


def test_scipy_is_imported_only_when_there_is_something_to_judge():
    """So that lessons run in a browser without it."""
    code = """
import sys
from minimix.verdict import judge
trial = dict(optimizer="a", trial=0, epoch=[1], val_loss=[1], val_accuracy=[0.5], seconds_per_epoch=1, stopped=None)
print(judge([trial], ["a"]))
assert "scipy" not in sys.modules
judge([trial, trial | {"optimizer": "b", "val_loss": [2]}], ["a", "b"])
assert "scipy" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


accuracy = st.integers(0, 10_000).map(lambda k: k / 10_000)


@given(
    st.integers(2, 6).flatmap(lambda n: st.lists(st.lists(accuracy, min_size=n, max_size=n), min_size=2, max_size=5)),
    st.floats(1e-6, 0.1),
)
def test_a_verdict_is_no_stronger_than_its_interval(results, margin):
    found = judge(
        trials(**{f"r{k}": own for k, own in enumerate(results)}), [f"r{k}" for k in range(len(results))], margin=margin
    )
    assert found.comparisons == len(results) - 1
    for rule in found.rules.values():
        assert rule.mean == pytest.approx(statistics.fmean(rule.results))
        if rule.against is None or rule.against.verdict is None:
            continue
        (low, high), said = rule.against.interval, rule.against.verdict
        assert low <= rule.against.difference <= high
        assert (said == BETTER) == (low > 0) and (said == WORSE) == (high < 0)
        assert (said == EQUAL) == (low <= 0 <= high and -margin <= low and high <= margin)
        assert (rule.against.needed is None) == (said != UNSETTLED)
        assert said != UNSETTLED or rule.against.needed > len(rule.results)  # so many were not enough
