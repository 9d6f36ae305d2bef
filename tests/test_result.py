"""minimix/result.py: what a comparison returns, and the forms it can be looked at in."""

import csv
import html
import math
import re
from dataclasses import asdict

import numpy as np
import pytest

from minimix import compare
from minimix.result import Result
from minimix.training import Trial
from tests import small


@pytest.fixture(scope="module")
def result():
    rules = {"sgd": "sgd:lr=0.5", "<Adam> & co": "adam:lr=0.05"}
    return compare(small.network, small.dataset(), rules, 2, epochs=2, batch_size=16, record=2)


def test_rows_are_flat_one_for_each_recording_and_csv_has_the_same(result, tmp_path):
    rows = result.rows()
    assert len(rows) == 2 * 2 * 4 and not any(isinstance(x, (list, dict)) for row in rows for x in row.values())
    first = result.trials[0]
    assert rows[1] == {
        "optimizer": first["optimizer"],
        "trial": 0,
        "epoch": 1.0,
        "train_loss": first["train_loss"][1],
        "val_loss": first["val_loss"][1],
        "val_accuracy": first["val_accuracy"][1],
        "seconds_per_epoch": first["seconds_per_epoch"],
        "stopped": None,
    }
    result.csv(tmp_path / "r.csv")
    with open(tmp_path / "r.csv", encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert [float(row["val_loss"]) for row in read] == [row["val_loss"] for row in rows]
    assert {row["optimizer"] for row in read} == {"sgd", "<Adam> & co"}


def test_rows_make_a_table_for_pandas(result):
    pandas = pytest.importorskip("pandas", reason="pandas reads rows; it is not installed")
    assert pandas.DataFrame(result.rows()).groupby("optimizer").trial.nunique().tolist() == [2, 2]


def test_curves_are_trials_by_recordings_and_end_in_nan_where_a_trial_stopped():
    result = Result()
    result.add("x", 1, Trial([0.5, 1.0], [3.0, 2.0], [1.0, math.inf], [0.1, 0.2]))
    result.add("x", 0, Trial([0.5], [5.0], [4.0], [0.3]))
    epochs, accuracies = result.curves("x")
    assert epochs.tolist() == [0.5, 1.0]
    np.testing.assert_array_equal(accuracies, [[0.3, np.nan], [0.1, 0.2]])
    np.testing.assert_array_equal(result.curves("x", "val_loss")[1], [[4, np.nan], [1, np.nan]])


def test_the_table_and_the_notebook_s_view_say_the_same_and_nothing_in_a_label_becomes_html(result):
    view, table = result._repr_html_(), result.table()
    assert repr(result) == table
    cells = [html.unescape(cell) for cell in re.findall(r"<td>(.*?)</td>", view)]
    assert len(cells) == 2 * 8 and all(cell in table for cell in cells)
    told = [html.unescape(said) for said in re.findall(r"<p>(.*?)</p>", view)]
    v = result.verdict()
    assert told == [v.winner(), *v.sentences(), *v.notes()] and all(said in table for said in told)
    assert "<Adam>" not in view and "&lt;Adam&gt; &amp; co" in view
    assert view.count("<img alt=") == 1 and 'src="data:image/png;base64,iVBORw0KGgo' in view


def test_the_verdict_of_a_result_knows_its_data_its_procedure_and_what_was_named(result):
    v = result.verdict()
    assert (v.reference, v.test_samples, v.independent, v.looks) == ("sgd", 30, True, 1)
    v = result.verdict("<Adam> & co", margin=0.02, target=0.9, looks=2)
    assert (v.reference, v.margin, v.target, v.looks) == ("<Adam> & co", 0.02, 0.9, 2)
    continued = Result(result.labels, result.trials, settings={"continue_trials": True}).verdict()
    assert "continue one another" in continued.rules["<Adam> & co"].against.why and continued.test_samples is None
    with pytest.raises(ValueError, match="reference must be one of"):
        result.verdict("adam")


def test_without_a_trial_there_is_nothing_to_see(tmp_path):
    assert repr(Result()) == "Result(no finished trial)" and "no finished trial" in Result()._repr_html_()
    assert Result().rows() == [] and Result().summary()["rules"] == {}
    Result().csv(tmp_path / "r.csv")


def test_the_figure_draws_a_line_and_a_band_for_each_rule(result):
    axes = result.figure().axes
    assert [line.get_label() for line in axes[0].get_lines()] == ["sgd", "<Adam> & co"]
    assert [a.get_ylabel() for a in axes[:2]] == ["validation accuracy (%)", "training loss"]
    assert [text.get_text() for text in axes[2].get_yticklabels()] == ["sgd", "<Adam> & co"]


def test_a_result_says_which_data_it_was_of(result):
    assert result.data == small.dataset().about()


GOOD = {"optimizer": "sgd", "trial": 0, **asdict(Trial([1.0, 2.0], [1.0, None], [1.0, 2.0], [None, 0.5], 0.1))}
