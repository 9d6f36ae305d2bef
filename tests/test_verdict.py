"""minimix/verdict.py: what finished trials say, and no more than they say."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minimix import verdict
from minimix.result import Result
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
    assert against["verdict"] == "worse" and summary["sgd:lr=0.1"]["seconds_per_epoch"] == 1.0
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
    for degrees in (*range(1, 32), 100):
        differences = [0.0] * degrees + [1.0]
        low, high = verdict._interval(differences, 1)
        t = (high - low) / 2 * math.sqrt(degrees + 1) / np.std(differences, ddof=1)
        x = (np.arange(20_000) + 0.5) / 20_000 * t
        scale = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)) / math.sqrt(degrees * math.pi)
        inside = 2 * (scale * (1 + x * x / degrees) ** (-(degrees + 1) / 2)).mean() * t
        assert inside == pytest.approx(0.95, abs=1e-4 if degrees <= 30 else 0.01) and inside > 0.9499


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
    assert len({line.index("%") for line in lines[1:3]}) == 1 and lines[1].index("91.00") == len("adam       trials  ")
    assert lines[1].split() == ["adam", "2", "91.00", "%", "90.00", "%", "92.00", "%", "1.000", "reference"]
    assert "+5.50 points [-0.85, +11.85], no difference shown" in lines[2]
    lines = table(regression("adam", [0.5, 0.25]) + regression("x", [0.125, 1e-5]), ["adam", "x"]).splitlines()
    assert lines[0].endswith("loss against adam") and lines[1].split()[2:5] == ["0.375", "0.25", "0.5"]
    assert "-0.3125 [" in lines[2] and "%" not in "".join(lines[:3]) and "of which less is better" in lines[4]


@pytest.mark.parametrize(
    ("adam", "x"),
    [
        ([0.50, 0.75], [0.625, 0.875]),
        ([0.1, 0.7, 0.3], [0.3, 0.9, 0.5]),  # 0.2 three times, but for rounding
        ([1e-3, 2e-3], [0.5 + 1e-3, 0.5 + 2e-3 + 1e-9]),
    ],
)
def test_equal_differences_tell_nothing_of_how_much_they_vary(adam, x):
    against = summarize(rows("adam", adam) + rows("x", x), ["adam", "x"])["x"]["against"]
    assert against["verdict"] == "no verdict: the differences are all equal" and against["interval"] is None
    assert against["difference"] == pytest.approx(x[0] - adam[0])


def test_runs_that_are_the_same_are_called_identical():
    for accuracies in ([0.5, 0.75], [0.0, 0.0]):
        trials = rows("adam", accuracies) + rows("mas:gamma=1", accuracies)
        against = summarize(trials, ["adam", "mas:gamma=1"])["mas:gamma=1"]["against"]
        assert (against["verdict"], against["interval"]) == ("identical results", None)


def test_a_trial_that_stopped_allows_no_verdict_and_its_accuracy_is_not_the_best():
    trials = rows("adam", [0.5, 0.5, 0.5]) + rows("x", [0.1, 0.11, 0.12])
    trials[-1]["stopped"] = "too far"
    against = summarize(trials, ["adam", "x"])["x"]["against"]
    assert (against["verdict"], against["interval"]) == ("no verdict: a loss was not finite", None)
    trials[-1]["val_accuracy"] = [math.nan]
    assert summarize(trials, ["adam", "x"])["x"]["val_accuracy"]["max"] == 0.11


def test_missing_trials_are_counted():
    trials = rows("adam", [0.5, 0.6, 0.7]) + rows("x", [0.6, 0.8])
    lines = table(trials, ["adam", "x", "y"]).splitlines()
    assert [line.split()[1] for line in lines[1:4]] == ["3", "2", "0"]
    assert lines[2].endswith("no difference shown (2 pairs of trials alone)")
    assert lines[3].endswith("no finished trial") and "x, y" in lines[4]


@pytest.mark.parametrize(
    ("results", "sentence"),
    [
        ({"x": [0.8, 0.81]}, "x wins: better than adam"),
        ({"x": [0.8, 0.81], "y": [0.1, 0.11]}, "x wins: better than adam, and all others are worse"),
        ({"x": [0.2, 0.21], "y": [0.1, 0.11]}, "adam wins: all others are worse"),
        ({"x": [0.8, 0.81], "y": [0.9, 0.91]}, "no winner shown; better than adam: x, y"),
        ({"x": [0.8, 0.81], "y": [0.5, 0.61]}, "no winner shown; better than adam: x"),
        ({"x": [0.1, 0.11], "y": [0.5, 0.61]}, "no winner shown; not told apart from adam: y"),
        ({"x": [0.1, 0.11], "y": []}, "no winner shown; not told apart from adam: y"),
    ],
)
def test_one_line_says_which_wins_where_one_does(results, sentence):
    results = {"adam": [0.5, 0.5], **results}
    trials = [trial for label, own in results.items() for trial in rows(label, own)]
    assert table(trials, list(results)).splitlines()[len(results) + 1] == sentence


def test_without_an_adam_or_without_others_nobody_wins():
    trials = rows("x", [0.5, 0.6]) + rows("y", [0.1, 0.1])
    assert "no winner shown: there is no Adam with a finished trial to compare with" in table(trials, ["x", "y"])
    assert "no winner shown: there is no Adam with" in table(trials, ["x", "adam", "y"])
    assert "win" not in table(rows("adam", [0.5, 0.6]), ["adam"])


@pytest.mark.parametrize("columns", [1, 6, 40, 60, 80])
def test_a_table_folds_on_a_narrow_terminal_and_loses_no_word(columns, monkeypatch):
    labels = ["split:first1=adam(lr=0.001),*=sgd(lr=0.01)", "adam:lr=0.001", "never"]
    trials = rows(labels[0], [0.9, 0.92, 0.93]) + rows(labels[1], [0.8, 0.83, 0.81])
    whole = table(trials, labels)
    monkeypatch.setenv("COLUMNS", str(columns))
    folded = table(trials, labels)
    assert sorted(folded.split()) == sorted(whole.split()) and folded != whole
    assert all(len(line) <= columns or len(line.split()) == 1 for line in folded.splitlines())
    monkeypatch.setenv("COLUMNS", "200")
    assert table(trials, labels) == whole


LABELS = ["adam:lr=0.1", "sgd", "x", "y"]
trial = st.tuples(st.integers(0, 8), st.booleans() | st.just(False))
found = st.lists(st.dictionaries(st.integers(0, 3), trial, max_size=4), min_size=2, max_size=4).filter(any)


@settings(max_examples=25)
@given(found)
def test_table_sentence_and_figure_agree(found):
    labels = LABELS[: len(found)]
    trials = [
        {
            **{"optimizer": label, "trial": k, "epoch": [1], "val_accuracy": [n / 8], "train_loss": [1.0]},
            **{"seconds_per_epoch": 1.0, "stopped": "too far" if stopped else None},
        }
        for label, own in zip(labels, found, strict=True)
        for k, (n, stopped) in own.items()
    ]
    _, *lines = Result(labels, trials).table().splitlines()
    lines, sentence = lines[: len(labels)], lines[len(labels)]
    figure = Result(labels, trials).figure()
    title, curves = figure.get_suptitle(), {line.get_label(): line for line in figure.axes[0].get_lines()}
    said = {}
    for label, own, line in zip(labels, found, lines, strict=True):
        assert line.split()[:2] == [label, str(len(own))]
        stopped = sum(stop for _, stop in own.values())
        assert (f"({stopped} stopped" in line) == (stopped > 0)
        said[label] = next((v for v in ("better", "worse", "reference") if line.split(" (")[0].endswith(v)), None)
        if own:
            (drawn,) = [name for name in curves if name == label or name.startswith(f"{label} (")]
            assert f"{curves[drawn].get_ydata()[-1]:.2f} %" == " ".join(line.split()[2:4])
            assert f"{len(own)} trial" in (drawn if "(" in drawn else title)
            assert (f"{stopped} stopped" in drawn + title) == (stopped > 0)
        pairs = [(own[k], found[0][k]) for k in own if k in found[0]] if label != labels[0] else []
        differences = {a - b for (a, _), (b, _) in pairs}
        if len(differences) < 2 or any(stop for pair in pairs for _, stop in pair):
            assert said[label] not in ("better", "worse")
        elif said[label]:
            assert all(d > 0 for d in differences) or all(d < 0 for d in differences) or len(pairs) > 2
            assert (np.mean([a - b for (a, _), (b, _) in pairs]) > 0) == (said[label] == "better")
    winner, wins, _ = sentence.partition(" wins: ")
    top = [label for label in labels if said[label] == "better"] or [labels[0]]
    decided = all(said[label] in ("better", "worse", "reference") for label in labels)
    assert bool(wins) == (decided and len(top) == 1)
    assert not wins or [winner] == top
