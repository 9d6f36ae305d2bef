"""A verdict says no more than its interval, and in every form the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minimix.judging import BETTER, EQUAL, UNSETTLED, VERDICTS, WORSE, judge

EPOCHS = [1.0, 2.0]


def trials(**accuracies):
    """Trials of rules with these last accuracies."""
    return [
        {"optimizer": label, "trial": k, "epoch": EPOCHS, "train_loss": [1.0, x], "val_loss": [1.0, 1 - x],
         "val_accuracy": [x / 2, x], "seconds_per_epoch": 2.0, "stopped": None}
        for label, own in accuracies.items() for k, x in enumerate(own)
    ]  # fmt: skip


def verdict(ours, reference, **options):
    return judge(trials(a=reference, b=ours), ["a", "b"], "a", **options).rules["b"].against


def test_the_interval_decides():
    reference = [0.90, 0.91, 0.92, 0.90]
    shifted = lambda by: [x + by + k * 1e-4 for k, x in enumerate(reference)]
    assert verdict(shifted(0.05), reference).verdict == BETTER
    assert verdict(shifted(-0.05), reference).verdict == WORSE
    assert (
        verdict([x + d for x, d in zip(reference, (3e-4, -3e-4, 2e-4, -2e-4), strict=True)], reference).verdict == EQUAL
    )
    unsettled = verdict([0.95, 0.86, 0.97, 0.85], reference)
    assert unsettled.verdict == UNSETTLED and unsettled.needed > 4


@pytest.mark.parametrize(
    ("ours", "why"),
    [
        ([0.9, 0.8], "identical runs"),
        ([0.95, 0.85], "the differences are all equal"),
        ([0.95], "one trial"),
        ([], None),
    ],
)
def test_where_nothing_can_be_said_there_is_no_verdict(ours, why):
    against = verdict(ours, [0.9, 0.8])
    assert against is None if why is None else against.verdict is None and why in against.why


def test_trials_that_continue_one_another_or_diverge_get_no_verdict():
    assert "not independent" in verdict([0.91, 0.82, 0.85], [0.9, 0.8, 0.82], independent=False).why
    both = trials(a=[0.9, 0.8, 0.82], b=[0.91, 0.82, 0.85])
    both[-1]["stopped"] = "the loss was no longer finite"
    judged = judge(both, ["a", "b"]).rules["b"]
    assert judged.against.why == "a trial diverged" and judged.diverged == 1


def test_a_target_is_reached_at_its_first_recording_or_never():
    rules = judge(trials(a=[0.9, 0.8], b=[0.5, 0.4]), ["a", "b"], target=0.85).rules
    assert (rules["a"].reached, rules["a"].epochs_to_target, rules["a"].seconds_to_target) == (1, 2.0, 4.0)
    assert (rules["b"].reached, rules["b"].epochs_to_target) == (0, None)


def test_a_reference_that_is_no_rule_is_refused():
    with pytest.raises(ValueError, match="reference must be one of a, b, got 'c'"):
        judge(trials(a=[0.9], b=[0.8]), ["a", "b"], "c")


accuracy = st.integers(0, 10_000).map(lambda k: k / 10_000)


@given(
    st.integers(2, 6).flatmap(lambda n: st.lists(st.lists(accuracy, min_size=n, max_size=n), min_size=2, max_size=5))
)
def test_sentence_interval_and_verdict_agree(results):
    found = judge(trials(**{f"r{k}": own for k, own in enumerate(results)}), [f"r{k}" for k in range(len(results))])
    assert found.comparisons == len(results) - 1
    for (label, rule), sentence in zip(found.rules.items(), found.sentences(), strict=True):
        name, mean, *_ = sentence.split()
        assert name == f"{label}:" and abs(float(mean) - 100 * np.mean(rule.results)) < 0.00501
        against = rule.against
        if against is None or against.verdict is None:
            assert not any(word in sentence for word in (*VERDICTS, "[")) or "no verdict" in sentence
            continue
        low, high = against.interval
        assert low <= against.difference <= high and f", {against.verdict}" in sentence
        assert (against.verdict == BETTER) == (low > 0) and (against.verdict == WORSE) == (high < 0)
