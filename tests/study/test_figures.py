"""The figures show the trials that are there, and the published numbers beside them."""

import numpy as np
import pytest

from minimix.plots import COLOURS
from minimix.study import figures
from minimix.study.plans import figures as plans
from minimix.study.reading import READINGS
from tests.study.made import keep

THREE = {"SGD": [97.5, 97.6, 97.7], "Adam": [98.1, 98.2, 98.3], "mix": [97.7, 97.8, 97.9]}


def marks(axes):
    """{colour: y} of the open triangles of an Axes."""
    return {x.get_color(): x.get_ydata()[0] for x in axes.get_lines() if x.get_marker() == "<" and len(x.get_ydata())}


def lines(axes):
    """{label: y} of the curves."""
    return {x.get_label(): x.get_ydata() for x in axes.get_lines() if x.get_marker() == "None"}


def test_a_curve_is_the_mean_and_a_triangle_the_published_number(tmp_path):
    figure = figures.drawn(keep(tmp_path, "fig2", THREE))["fig2"]
    left, right = figure.axes
    assert marks(left) == dict(zip(COLOURS, (97.7, 98.2, 97.8), strict=False)) and not marks(right)
    for label, own in THREE.items():
        np.testing.assert_allclose(lines(left)[label], [np.mean(own) - 5, np.mean(own)])
    low, high = left.get_ylim()
    assert all(low < y < high for y in marks(left).values())
    assert figure.get_suptitle().endswith("mean of 3 trials, band: range over trials")


def test_what_is_not_there_is_not_drawn_and_changes_no_colour(tmp_path):
    left, _ = figures.drawn(keep(tmp_path, "fig2", {"mix": [97.8], "Adam": []}))["fig2"].axes
    assert list(lines(left)) == ["mix"] and marks(left) == {COLOURS[2]: 97.8}


def test_a_folder_without_a_trial_has_no_figure(tmp_path):
    assert figures.drawn(keep(tmp_path, "fig2", {"SGD": [], "Adam": [], "mix": [1]}, epochs=9)).keys() == {"fig2"}
    assert not figures.drawn(figures.Folder(tmp_path / "none"))


def test_published_numbers_are_not_held_against_another_training(tmp_path):
    left, _ = figures.drawn(keep(tmp_path, "fig2", THREE, epochs=2))["fig2"].axes
    assert not marks(left)


def test_figure_4_is_two_by_two_each_setting_in_its_place(tmp_path):
    keep(tmp_path, "fig4d", THREE)
    axes = figures.drawn(keep(tmp_path, "fig4b", THREE))["fig4"].axes
    assert len(axes) == 4 and [bool(lines(a)) for a in axes] == [False, True, False, True]
    assert axes[1].get_title() == "b: SGD 0.001, Adam 0.001" and axes[3].get_title() == "d: SGD 0.0001, Adam 0.001"


def test_figure_4_has_no_empty_row(tmp_path):
    axes = figures.drawn(keep(tmp_path, "fig4c", THREE))["fig4"].axes
    assert [a.get_title() for a in axes] == ["c: SGD 0.0001, Adam 0.01", ""]


def test_a_loss_that_spans_little_has_plain_numbers(tmp_path):
    left, right = figures.drawn(keep(tmp_path, "fig2", THREE))["fig2"].axes
    right.figure.canvas.draw()
    low, high = right.get_ylim()
    shown = [label.get_text() for label in right.get_yticklabels()]
    assert high < 100 * low and len(shown) > 2 and all(f"{float(text):g}" == text for text in shown)
    assert all(float(tick).is_integer() for tick in left.get_xticks())


def test_the_code_s_training_loss_is_the_validation_loss(tmp_path):
    folder = keep(tmp_path, "fig2+code", THREE, reading=READINGS["code"])
    keep(tmp_path, "fig3", THREE)
    drawn = figures.drawn(folder)
    assert lines(drawn["fig2+code"].axes[1])["SGD"][0] == pytest.approx(0.5)
    assert drawn["fig2+code"].axes[1].get_ylabel() == "validation loss"
    assert lines(drawn["fig3"].axes[1])["SGD"][0] == pytest.approx(1)
    assert drawn["fig3"].axes[1].get_ylabel() == "training loss"


def test_the_timing_figure_shows_seconds_and_their_part_of_adam_s(tmp_path):
    seconds = {"SGD": [1, 2, 3], "Adam": [2, 4, 6], "mix": [1.5, 3, 4.5]}
    left, right = figures.drawn(keep(tmp_path, "time", THREE, seconds))["time"].axes
    dots = lambda axes: [list(x.get_ydata()) for x in axes.get_lines() if x.get_marker() == "o"]
    assert dots(left) == list(map(list, seconds.values())) and dots(right) == [[0.5] * 3, [0.75] * 3]
    assert sorted(marks(left).values()) == [0.506, 0.541, 0.701]
    assert sorted(marks(right).values()) == pytest.approx([0.506 / 0.701, 0.541 / 0.701])


def test_the_gain_is_drawn_against_adam_s_rate(tmp_path):
    own = {"MAS linear": [97.0, 97.2], "Adam 0.0003": [96, 96.2], "Adam 0.001": [98, 98.2]}
    right = figures.drawn(keep(tmp_path, "gain", own))["gain"].axes[1]
    dots = {x.get_xdata()[0]: list(x.get_ydata()) for x in right.get_lines() if x.get_marker() == "o"}
    assert dots == {3e-4: pytest.approx([96, 96.2]), 1e-3: pytest.approx([98, 98.2])}
    assert [t.get_text() for t in right.get_xticklabels()] == ["0.0003", "0.0006", "0.001"]


@pytest.mark.parametrize("name", plans())
def test_every_plan_can_be_drawn_whichever_of_its_trials_are_there(tmp_path, name):
    labels = list(plans()[name].rules)
    for k in (0, len(labels) - 1):
        results = {labels[k]: [50.0 + k, 51.0]}
        (figure,) = figures.drawn(keep(tmp_path / str(k), name, results)).values()
        assert figure.axes
