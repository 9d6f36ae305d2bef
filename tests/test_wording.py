"""minimix/wording.py: sentences, table, figure, LaTeX and summary say the same."""

import re

import numpy as np
import pytest

from minimix.verdict import VERDICTS, judge
from tests.test_verdict import losses, trials

LABELS = ["adam:lr=0.1", "sgd", "x", "y"]


def told(results, labels=None, **options):
    labels = labels or list(results)
    return judge(trials(**results), labels, **options)


def column(v, head):
    """{label: cell} of a column of the table."""
    heads, *rows = v.cells()
    return {row[0]: row[heads.index(head)] for row in rows}


def test_the_table_speaks_of_percent():
    v = told({"adam": [0.9, 0.92], "x": [0.95, 0.98]})
    assert v.cells() == [
        ("optimizer", "trials", "accuracy", "s/epoch", "difference", "p (least)", "ahead", "verdict"),
        ("adam", "2", "91.00 ± 1.41 %", "2.000", "", "", "", "reference"),
        ("x", "2", "96.50 ± 2.12 %", "2.000", "+5.50 [-0.85, +11.85]", "0.5 (0.5)", "2 of 2 [16 %, 100 %]",
         "not settled"),
    ]  # fmt: skip
    lines = v.table().splitlines()
    assert len({line.index("%") for line in lines[1:]}) == 1 and lines[0].endswith("verdict")
    assert v.sentences() == [
        "x against adam is not settled: +5.50 points [-0.85, +11.85]; about 771 trials in a new run would settle "
        "0.1 points"
    ]


@pytest.mark.parametrize(
    ("off", "said"),
    [(0.03, "about 6,918 trials"), (0.1, "tens of thousands of trials"), (0.3, "hundreds of thousands of trials"),
     (0.5, "millions of trials")],
)  # fmt: skip
def test_more_trials_than_anyone_trains_are_not_counted(off, said):
    (sentence,) = told({"adam": [0.5, 0.5], "x": [0.5 - off / 2, 0.5 + off / 2]}).sentences()
    assert f"; {said} in a new run would settle 0.1 points" in sentence


def test_the_table_speaks_of_losses():
    v = judge(losses(adam=[0.5, 0.25], x=[0.125, 1e-5]), ["adam", "x"])
    assert column(v, "loss")["adam"] == "0.375 ± 0.1768" and column(v, "difference")["x"].startswith("-0.3125 [")
    assert "%" not in v.table().replace(" %]", "").replace(" %, ", "") and "of which less is better" in v.notes()[0]
    assert "points" not in " ".join(v.sentences() + v.notes())


def test_each_verdict_has_its_sentence():
    reference = [0.90, 0.91, 0.92]
    shifted = lambda d: [a + b for a, b in zip(reference, d, strict=False)]
    say = lambda *d, **more: told({"adam": reference, "x": shifted(d)}, **more).sentences()
    assert say(0.05, 0.051, 0.05)[0].startswith("x is better than adam: +5.03 points [+4.")
    assert say(-0.05, -0.051, -0.05)[0].startswith("x is worse than adam: -5.03 points [-5.")
    assert say(1e-4, -1e-4, 0, margin=0.002)[0].startswith("x is equal to adam within ±0.2 points: +0.00 points [")
    assert say(0.05, -0.05, 0)[0].startswith("x against adam is not settled: +0.00 points [")
    assert say(0, 0, 0) == ["x: no verdict, identical runs"]
    assert say(1) == ["x: no verdict, one trial in common"]
    assert told({"adam": [0.5]}, ["adam", "y"]).sentences() == ["y: no finished trial"]
    assert told({"adam": [0.5]}).sentences() == []


@pytest.mark.parametrize(
    ("results", "sentence"),
    [
        ({"x": [0.8, 0.81]}, "x wins: better than adam"),
        ({"x": [0.8, 0.81], "y": [0.1, 0.11]}, "x wins: better than adam, and all others are worse"),
        ({"x": [0.2, 0.21], "y": [0.1, 0.11]}, "adam wins: all others are worse"),
        ({"x": [0.8, 0.81], "y": [0.9, 0.91]}, "no winner shown: 2 of 2 are better than adam"),
        ({"x": [0.8, 0.81], "y": [0.5, 0.61]}, "no winner shown: 1 of 2 is not told apart from adam"),
        ({"x": [0.5, 0.61]}, "no winner shown: the other is not told apart from adam"),
        ({"x": [0.1, 0.11], "y": []}, "no winner shown: 1 of 2 is not told apart from adam"),
        ({}, ""),
    ],
)
def test_one_line_says_which_wins_where_one_does(results, sentence):
    v = told({"adam": [0.5, 0.5001], **results})
    assert v.winner() == sentence and str(v).startswith(sentence or "optimizer")


def test_a_reference_without_a_trial_lets_nobody_win():
    v = told({"x": [0.5, 0.6], "y": [0.1, 0.2]}, ["adam", "x", "y"])
    assert v.winner() == "no winner shown: adam, the reference, has no finished trial"
    assert set(column(v, "verdict").values()) == {"no finished trial", "no verdict: no trial in common"}


def test_missing_diverged_and_unpaired_trials_are_counted():
    v = judge(trials([("z", 1)], adam=[0.5, 0.6, 0.7], x=[0.6, 0.8], z=[0.1, 0.1, 0.1]), ["adam", "x", "y", "z"])
    assert column(v, "trials") == {"adam": "3", "x": "2", "y": "0", "z": "3"}
    assert column(v, "verdict") == {
        "adam": "reference",
        "x": "not settled (2 pairs of trials only)",
        "y": "no finished trial",
        "z": "no verdict: a trial diverged",
    }
    assert column(v, "diverged") == {"adam": "", "x": "", "y": "", "z": "1 of 3"}


def test_a_target_has_its_columns_and_only_where_there_is_one():
    results = {"adam": [0.9, 0.8], "x": [0.9, 0.92], "y": [0.1, 0.2]}
    v = told(results, target=0.85)
    assert column(v, "reached 85.00 %") == {"adam": "1 of 2", "x": "2 of 2", "y": "0 of 2"}
    assert column(v, "epochs to it") == {"adam": "2", "x": "2", "y": "never"}
    assert column(v, "s to it") == {"adam": "4", "x": "4", "y": "never"}
    assert any("reached" in note for note in v.notes())
    assert "reached" not in str(told(results))


def test_notes_say_the_scope_and_what_the_test_set_itself_leaves_open():
    results = {"adam": [0.976, 0.978], "x": [0.97, 0.971], "y": [0.97, 0.975]}
    notes = told(results, test_samples=10_000).notes()
    assert len(notes) == len(set(notes))
    assert "an accuracy of 97.7 % on 10,000 samples has a standard error of 0.15 points of its own" in notes
    (scope,) = [note for note in notes if "over seeds" in note]
    assert scope.endswith("to adam, in points; over seeds, on this test set of 10,000 samples")
    assert (
        "[95 % interval of it for all 2 comparisons jointly, by Student's t]; equal: it lies within ±0.1 points"
        in notes
    )
    assert "standard error" not in " ".join(told(results).notes() + told({"x": [1.0, 1.0]}, test_samples=9).notes())
    one = told({"adam": [0.976, 0.978], "x": [0.97, 0.971]}).notes()
    assert any(note.startswith("[95 % interval of it, by Student's t]") for note in one)
    assert "first look" in " ".join(told(results, looks=2).notes()) and "look" not in " ".join(notes)
    drawn = told(results, resampled=True, test_samples=10_000).notes()
    assert any("over seeds and draws of the training samples, on this test set of 10,000" in note for note in drawn)
    continued = "no verdict: trials that continue one another are not independent, so that no interval holds"
    assert continued in told(results, independent=False).notes() and continued not in notes
    alone = " ".join(told({"adam": [0.5, 0.6]}).notes())
    assert not any(word in alone for word in ("difference", "p:", "ahead", "interval"))


@pytest.mark.parametrize("columns", [1, 6, 40, 60, 80])
def test_a_table_folds_on_a_narrow_terminal_and_loses_no_word(columns, monkeypatch):
    labels = ["split:first1=adam(lr=0.001),*=sgd(lr=0.01)", "adam:lr=0.001", "never"]
    v = told(dict(zip(labels, ([0.9, 0.92, 0.93], [0.8, 0.83, 0.81]), strict=False)), labels, target=0.9)
    monkeypatch.setenv("COLUMNS", "1000")
    whole = str(v)
    monkeypatch.setenv("COLUMNS", str(columns))
    folded = str(v)
    assert sorted(folded.split()) == sorted(whole.split()) and folded != whole
    assert all(len(line) <= columns or len(line.split()) == 1 for line in folded.splitlines())


@pytest.mark.parametrize("count", [40, 41, 1000])
def test_of_many_rules_the_table_shows_the_best_and_the_reference(count):
    rng = np.random.default_rng(0)
    results = {f"r{k}": list(rng.uniform(0.5, 0.6, 3) + 0.1 * (k > 0)) for k in range(count)}
    v = told(results)
    shown = [line.split()[0] for line in v.table().splitlines()[1 : 1 + min(count, 40 if count == 40 else 30)]]
    means = {label: np.mean(own) for label, own in results.items()}
    assert len(v.cells()) == count + 1 and len(v.latex().splitlines()) == count + 6
    assert str(v).count("\n") < 60 and f"{count - 1} rules against r0: " in str(v)
    if count == 40:
        assert shown == list(results) and "more are in the summary" not in v.table()
    else:
        assert shown == [*sorted(means, key=means.get, reverse=True)[:29], "r0"]
        assert f"; {count - 30} more are in the summary" in v.table()


def test_the_latex_table_has_the_cells_and_no_sign_that_latex_reads():
    v = told({"adam": [0.9, 0.92], r"50 % & a_b\c^~{#}$": [0.5, 0.6]})
    lines = v.latex().splitlines()
    assert lines[0] == r"\begin{tabular}{lrrrrrrl}" and lines[1:4:2] == [r"\toprule", r"\midrule"]
    assert lines[2].count(" & ") == 7 and lines[-2:] == [r"\bottomrule", r"\end{tabular}"]
    name = r"50 \% \& a\_b\textbackslash{}c\textasciicircum{}\textasciitilde{}\{\#\}\$"
    assert lines[5].startswith(name + r" & 2 & 55.00 $\pm$ 7.07 \% & 2.000 & $-$36.00 [$-$")
    assert not re.search(r"(?<!\\)[%#]", v.latex()) and "e-3" in told({"adam:lr=1e-3": [0.5]}).latex()
    assert judge([], []).latex().count("\n") == 5


def number(text):
    return float(re.search(r"[-+]?[\d.]+", text)[0])


def test_verdict_sentence_table_latex_and_summary_agree_in_1000_random_studies():
    rng, seen = np.random.default_rng(0), set()
    for _ in range(1000):
        labels = LABELS[: rng.integers(2, 5)]
        v = judge(some(rng, labels), labels, margin=rng.choice([None, 0.5]))
        _agree(v, labels)
        seen |= {(a.verdict, a.why) for rule in v.rules.values() if (a := rule.against)}
    assert {word for word, _ in seen} == {*VERDICTS, None} and len(seen) == 9  # all verdicts, all reasons but one


def some(rng, labels):
    """Up to four trials of each rule, some missing, few stopped; of accuracies in eighths, or of losses."""
    accurate, noise, early = rng.random() < 0.5, rng.choice([1, 8]), rng.choice([0, 0, 0.2])
    level = {label: rng.integers(0, 9) for label in labels}
    return [
        {
            **{"optimizer": label, "trial": k, "epoch": [1], "val_accuracy": [x if accurate else None]},
            **{"train_loss": [1.0], "val_loss": [1 - x], "seconds_per_epoch": 1.0},
            **{"stopped": "too far" if rng.random() < early else None},
        }
        for label in labels
        for k in range(4)
        if rng.random() < 0.9
        for x in [float(np.clip(level[label] + rng.integers(0, noise), 0, 8)) / 8]
    ]


def _agree(v, labels):
    sentences = dict(zip(labels[1:], v.sentences(), strict=True))
    heads, *cells = v.cells()
    summary, texts = v.summary(), {row[0]: dict(zip(heads, row, strict=True)) for row in cells}
    latex = dict(zip(labels, v.latex().splitlines()[4:-2], strict=True))
    rows = dict(zip(labels, v.table().splitlines()[1:], strict=True))
    assert v.reference == labels[0]
    for label, rule in v.rules.items():
        cells, row = texts[label], rows[label]
        assert (
            row.startswith(label)
            and all(cell in row for cell in cells.values())
            and cells["trials"] == str(len(rule.results))
        )
        assert latex[label].startswith(label) and (told := summary["rules"][label])["results"] == rule.results
        assert (told["mean"], told["spread"]) == (rule.mean, rule.spread)
        if not rule.results:
            continue
        if np.isfinite(rule.mean):
            assert number(cells[v.measure.name]) == pytest.approx(v.measure.scale * rule.mean, abs=6e-3)
        assert cells.get("diverged", "") == (f"{rule.diverged} of {len(rule.results)}" if rule.diverged else "")
        a = rule.against
        assert (told["against"] is None) == (a is None) == (label == labels[0])
        if a is None:
            assert cells["verdict"] == "reference"
            continue
        head = sentences[label].replace(labels[0], "it").replace(label, "this").partition(":")[0]
        said = {word for word in VERDICTS if word in head}
        assert said == ({a.verdict} - {None}) and (a.verdict or f"no verdict: {a.why}") in cells["verdict"]
        assert told["against"]["verdict"] == a.verdict and cells["verdict"] in latex[label]
        if a.verdict:
            numbers = ", ".join(map(v.measure.change, a.interval))
            assert numbers in sentences[label] and numbers in cells["difference"]
            assert (
                cells["ahead"].startswith(f"{a.ahead} of {len(a.differences)} [")
                and f"{a.p:.2g} (" in cells["p (least)"]
            )
    verdicts = {label: rule.against and rule.against.verdict for label, rule in v.rules.items() if label != v.reference}
    top = [label for label, word in verdicts.items() if word == "better"] or [v.reference]
    wins = set(verdicts.values()) <= {"better", "worse"} and len(top) == 1
    assert v.winner().startswith(f"{top[0]} wins: " if wins else "no winner shown")
