"""A search's table says what its verdicts say, and its figure shows every trial."""

import io
import math

import pytest

from minimix import verdict
from minimix.config import Config
from minimix.result import Result
from minimix.study import sensitivity, tuning
from minimix.study.ranges import axes

RULES = {"SGD": "sgd", "Adam": "adam", "MAS": "mas"}


def trial(label, number, accuracy, stopped=None):
    recorded = {"epoch": [1.0], "train_loss": [1.0], "val_loss": [1 - accuracy], "val_accuracy": [accuracy]}
    return {"optimizer": label, "trial": number, **recorded, "seconds_per_epoch": 1.0, "stopped": stopped}


@pytest.fixture
def found():
    """A Search of three rules, three values each, of which SGD's highest diverged."""
    config = Config(optimizers=RULES, trials=3)
    plan = tuning.plan_of(config, {}, runs=3) | {"reference": "Adam"}
    search = tuning.Search(plan, {})
    for place, (label, rule) in enumerate(config.rules.items()):
        own = tuning.Tuning(config.optimizers[label], axes(rule))
        for k, rate in enumerate((1e-4, 1e-3, 1e-2)):
            results = [0.5 + 0.1 * k + 0.01 * seed + 0.02 * place for seed in range(3)]
            lost = label == "SGD" and k == 2
            values = {"lr": rate, "gamma": 0.2 + 0.3 * k} if label == "MAS" else {"lr": rate}
            own.tried.append(tuning.Tried(values, "", results, lost, (-math.inf if lost else results[1], 0)))
        search.rules[label] = own
    return search


@pytest.fixture
def verdicts():
    """Verdicts (at the defaults, at the chosen values): SGD worse and then better than Adam; one of MAS's diverged."""
    accuracies = {"SGD": ([0.70, 0.72, 0.71], [0.95, 0.96, 0.96]), "Adam": ([0.90, 0.91, 0.90], [0.90, 0.92, 0.90])}
    accuracies["MAS"] = ([0.9, 0.9, 0.1], [0.91, 0.92, 0.91])
    results = [
        Result(
            list(RULES),
            [
                trial(label, k, x, "diverged" if x == 0.1 else None)
                for label, both in accuracies.items()
                for k, x in enumerate(both[when])
            ],
        )
        for when in (0, 1)
    ]
    return [result.verdict("Adam") for result in results]


def test_the_table_has_default_and_tuned_side_by_side_and_the_words_of_the_verdicts(found, verdicts):
    heads, *rows = sensitivity.cells(found, *verdicts)
    after = verdicts[1]
    assert [len(row) for row in rows] == [len(heads)] * 3
    assert heads[4:] == ["tuned lr", "accuracy", "difference to Adam", "verdict"]
    sgd, adam, mas = rows
    assert sgd[:6] == ["SGD", "0.01", "71.00 ± 1.00 %", "worse", "0.001", "95.67 ± 0.58 %"]
    assert sgd[7] == after.rules["SGD"].against.verdict == "better"
    low, high = after.rules["SGD"].against.interval
    assert sgd[6] == f"{100 * after.rules['SGD'].against.difference:+.2f} [{100 * low:+.2f}, {100 * high:+.2f}]"
    assert adam[3] == adam[7] == "reference"
    assert mas[1:4] == ["0.001, gamma 0.6", "63.33 ± 46.19 %, 1 of 3 diverged", "no verdict: a trial diverged"]
    assert mas[4] == "0.01, gamma 0.8"


@pytest.mark.parametrize("width", [60, 80, 200])
def test_no_line_is_wider_than_the_terminal_and_no_rule_is_lost(found, verdicts, width):
    text = sensitivity.table(found, *verdicts, width)
    assert max(map(len, text.splitlines())) <= width
    assert all(label in text for label in RULES)


def test_what_stands_at_the_edge_of_what_was_tried_is_said(found):
    first, second, *open_ = sensitivity.notes(found)
    assert "tried 3 values, drawn" in first and "with 3 seeds each, trained on 80 % of the training set" in first
    assert "3 other trials of each" in second
    assert [note.partition(":")[0] for note in open_] == ["Adam", "MAS"]
    assert all("the best lr of those tried is the lowest or highest" in note for note in open_)


def test_the_figure_shows_every_seed_the_chosen_value_and_the_default(found):
    panels = sensitivity.figure(found).axes
    for panel, (label, rule) in zip(panels, found.rules.items(), strict=True):
        assert panel.get_title() == label
        lines = {line.get_label(): line for line in panel.get_lines()}
        seeds = sorted(zip(*(map(float, xs) for xs in lines["a seed"].get_data()), strict=True))
        expected = sorted((t.values["lr"], 100 * (1 - x)) for t in rule.tried if not t.diverged for x in t.results)
        assert seeds == [pytest.approx(pair) for pair in expected]
        assert lines["chosen"].get_xdata() == [rule.chosen.values["lr"]]
        assert list(lines["default"].get_xdata()) == [rule.axes[0].default] * 2
        assert ("diverged" in lines) == (label == "SGD")
    assert panels[2].get_xlabel() == "lr\nshade: gamma 0.2 (dark) to 0.8"
    low, high = panels[0].get_ylim()
    assert low > high  # what an accuracy lacks falls upwards


def test_of_many_rules_the_best_forty_have_a_panel_each(found):
    best = found.rules["MAS"]
    found.rules = {f"rule {k}": found.rules["Adam"] for k in range(60)} | {"best": best}
    drawn = sensitivity.figure(found)
    titles = [panel.get_title() for panel in drawn.axes if panel.get_visible()]
    assert len(titles) == 40
    assert "best" in titles
    assert drawn.get_suptitle() == "the best 40 of 61"


def test_losses_that_are_not_above_0_stand_on_a_plain_scale(found):
    for low, scale in ((0.5, "log"), (-0.5, "linear")):
        found.measure = verdict.LOSS
        for rule in found.rules.values():
            rule.tried = [tuning.Tried(t.values, "", [low, 1.0, 2.0], 0, (-low, 0)) for t in rule.tried]
        assert sensitivity.figure(found).axes[0].get_yscale() == scale


def test_a_label_is_no_formula(found):
    found.rules = {"$\\frac$": found.rules["SGD"]}
    figure = sensitivity.figure(found)
    figure.savefig(io.BytesIO())
    assert figure.axes[0].get_title() == "$\\frac$"


def test_the_legend_lies_within_the_figure_of_one_rule(found):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    found.rules = {"SGD": found.rules["SGD"]}
    drawn = sensitivity.figure(found)
    FigureCanvasAgg(drawn).draw()
    inside = drawn.bbox
    extent = drawn.legends[0].get_window_extent()
    assert inside.x0 <= extent.x0 and extent.x1 <= inside.x1
