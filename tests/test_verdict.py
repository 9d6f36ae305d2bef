"""minimix/verdict.py: what finished trials say, and no more than they say."""

import math

import numpy as np
import pytest

from minimix import verdict
from minimix.verdict import summarize, table


def rows(spec, accuracies, seconds=1.0):
    return [
        {"optimizer": spec, "trial": n, "val_accuracy": [0.1, a], "seconds_per_epoch": seconds, "stopped": None}
        for n, a in enumerate(accuracies)
    ]


def test_the_summary_takes_the_last_accuracy_and_pairs_trials_with_adam():
    trials = rows("adam:lr=0.1", [0.90, 0.92, 0.91], 2.0) + rows("sgd:lr=0.1", [0.80, 0.83, 0.81], 1.0)
    summary = summarize(trials, ["sgd:lr=0.1", "adam:lr=0.1"])
    assert summary["sgd:lr=0.1"]["val_accuracy"] == {
        "mean": pytest.approx(0.81333333),
        "min": 0.80,
        "max": 0.83,
        "per_trial": [0.80, 0.83, 0.81],
    }
    against = summary["sgd:lr=0.1"]["against"]
    mean, deviation = -0.29 / 3, math.sqrt((2 * (0.1 - 0.29 / 3) ** 2 + (0.09 - 0.29 / 3) ** 2) / 2)
    assert against["difference"] == pytest.approx(mean)
    assert against["interval"] == pytest.approx(
        [mean + s * 4.302653 * deviation / math.sqrt(3) for s in (-1, 1)], rel=1e-3
    )
    assert against["verdict"] == "worse" and against["time_ratio"] == 0.5
    assert "against" not in summary["adam:lr=0.1"]


def test_the_summary_does_not_depend_on_the_order_in_which_trials_finished():
    trials = rows("adam:lr=0.1", [0.90, 0.92, 0.91]) + rows("sgd:lr=0.1", [0.80, 0.83, 0.81])
    specs = ["sgd:lr=0.1", "adam:lr=0.1"]
    assert summarize(trials[::-1], specs) == summarize(trials, specs)
    assert summarize(trials[::-1], specs)["sgd:lr=0.1"]["val_accuracy"]["per_trial"] == [0.80, 0.83, 0.81]


def test_verdicts_are_no_stronger_than_the_interval():
    adam = rows("adam:lr=0.1", [0.9, 0.9, 0.9])
    verdict = lambda values: summarize(adam + rows("x", values), ["adam:lr=0.1", "x"])["x"]["against"]["verdict"]
    assert verdict([0.95, 0.951, 0.952]) == "better"
    assert verdict([0.95, 0.88, 0.92]) == "no difference shown"
    assert verdict([0.95]) == "one trial: no verdict"


def test_t_quantiles_cover_their_share():
    """The table against Student's density, integrated by the midpoint rule."""
    for degrees in (1, 2, 5, 10, 30):
        t = verdict._T95[degrees - 1]
        x = (np.arange(200_000) + 0.5) / 200_000 * t
        scale = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)) / math.sqrt(degrees * math.pi)
        inside = 2 * (scale * (1 + x * x / degrees) ** (-(degrees + 1) / 2)).mean() * t
        assert inside == pytest.approx(0.95, abs=1e-4)


def regression(label, losses):
    return [
        {
            "optimizer": label,
            "trial": n,
            "val_accuracy": [None],
            "val_loss": [x],
            "seconds_per_epoch": 1.0,
            "stopped": s,
        }
        for n, (x, s) in enumerate((x if isinstance(x, tuple) else (x, None)) for x in losses)
    ]


def test_without_accuracies_the_smaller_loss_is_the_better_one():
    adam = regression("adam", [0.5, 0.5, 0.5])
    against = lambda losses: summarize(adam + regression("x", losses), ["adam", "x"])["x"]["against"]
    assert against([0.1, 0.11, 0.12])["verdict"] == "better"
    assert against([0.9, 0.91, 0.92])["verdict"] == "worse"
    assert against([0.1, 0.9, 0.5])["verdict"] == "no difference shown"
    assert against([0.1, 0.11, 0.12])["difference"] == pytest.approx(-0.39)
    assert summarize(adam, ["adam"])["adam"]["val_loss"]["per_trial"] == [0.5, 0.5, 0.5]


@pytest.mark.parametrize("lost", [None, math.nan, math.inf])
def test_a_loss_that_was_not_finite_counts_as_infinite_and_allows_no_verdict(lost):
    trials = regression("adam", [0.5, 0.5]) + regression("x", [0.1, (lost, "too far")])
    own = summarize(trials, ["adam", "x"])["x"]
    assert own["val_loss"] == {"mean": math.inf, "min": 0.1, "max": math.inf, "per_trial": [0.1, math.inf]}
    assert (own["against"]["difference"], own["against"]["interval"]) == (None, None)
    assert own["against"]["verdict"] == "no verdict: a loss was not finite"
    assert "no verdict: a loss was not finite (1 stopped: loss not finite)" in table(trials, ["adam", "x"])


def test_the_reference_is_the_first_whose_label_begins_with_adam():
    trials = rows("mine", [0.5]) + rows("Adam, tuned", [0.6]) + rows("adam:lr=1", [0.7])
    summary = summarize(trials, ["mine", "Adam, tuned", "adam:lr=1"])
    assert {s["against"]["optimizer"] for s in summary.values() if "against" in s} == {"Adam, tuned"}
    assert "against" not in summarize(trials[:1], ["mine"])["mine"]


def test_trials_without_a_pair_are_said():
    trials = [*rows("adam", [0.5]), {**rows("x", [0.6])[0], "trial": 7}]
    assert summarize(trials, ["adam", "x"])["x"]["against"]["verdict"] == "no trial in common"
    assert table(trials, ["adam", "x"]).splitlines()[2].endswith("no trial in common")


def test_the_table_speaks_of_percent_or_of_loss():
    lines = table(rows("adam", [0.9, 0.92]) + rows("x", [0.95, 0.98]), ["adam", "x"]).splitlines()
    assert lines[0].split()[-3:] == ["accuracy", "against", "adam"]
    assert lines[1].split() == ["adam", "91.00", "%", "90.00", "%", "92.00", "%", "1.000", "1.00x", "reference"]
    assert "+5.50 points [-0.85, +11.85], no difference shown" in lines[2]
    lines = table(regression("adam", [0.5, 0.25]) + regression("x", [0.125, 1e-5]), ["adam", "x"]).splitlines()
    assert lines[0].endswith("loss against adam") and lines[1].split()[1:4] == ["0.375", "0.25", "0.5"]
    assert "-0.3125 [" in lines[2] and "%" not in "".join(lines[:3]) and "of which less is better" in lines[3]
