"""stepper(…): what it takes, what it refuses, and the files that it writes."""

import csv

import numpy as np
import pytest
from matplotlib.image import imread

import minimix
from minimix.optim import MAS, SGD, Adam, Lion, Lookahead
from minimix.stepping import Landscape, picture, stepper


def test_it_takes_specs_and_rules():
    s = stepper(["adam:lr=0.05", SGD(1e-3)], steps=2)
    assert list(s.steps) == ["adam:lr=0.05", "sgd:lr=0.001"]
    assert list(stepper(Adam(0.1), steps=1).steps) == ["adam:lr=0.1"]


def test_rules_do_not_see_each_other():
    alone = stepper("mas", on="noisy", steps=20, seed=2).runs[0].steps
    beside = stepper(["adam", "mas"], on="noisy", steps=20, seed=2).runs[1].steps
    for a, b in zip(alone, beside, strict=True):
        np.testing.assert_array_equal(a["w_new"], b["w_new"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"specs": []}, "at least one"),
        ({"specs": "admn"}, "did you mean 'adam'"),
        ({"specs": ["sgd", "sgd"]}, "given twice"),
        ({"on": "rosenbrok"}, "did you mean 'rosenbrock'"),
        ({"start": (9, 9)}, r"\(9, 9\) lies outside rosenbrock, which reaches from \(-2, -1\) to \(2, 3\)"),
        ({"start": (1,)}, "two numbers"),
        ({"start": (float("nan"), 1)}, "finite"),
        ({"steps": 0}, "1 to 10000"),
        ({"steps": 2.5}, "1 to 10000"),
    ],
)
def test_bad_input_gets_a_sentence(arguments, words):
    with pytest.raises(ValueError, match=words):
        stepper(**{"specs": "sgd:lr=1e-3", **arguments})


def test_something_that_is_no_rule():
    with pytest.raises(TypeError, match="update rule"):
        stepper([3])


def test_the_csv_has_every_term_with_all_digits(tmp_path):
    s = stepper(["adam:lr=0.05", "split:x=adam,y=sgd"], steps=3)
    s.csv(tmp_path / "terms.csv")
    with open(tmp_path / "terms.csv", newline="", encoding="utf-8") as file:
        rows = {
            (r["rule"], int(r["step"]), r["term"], r["coordinate"]): float(r["value"]) for r in csv.DictReader(file)
        }
    step = s.steps["adam:lr=0.05"][2]
    for term in ("g", "m", "v", "m_hat", "v_hat", "d_a", "dw", "w", "w_new"):
        assert [rows["adam:lr=0.05", 3, term, c] for c in "xy"] == list(step[term])
    assert rows["adam:lr=0.05", 3, "eta_a", ""] == step["eta_a"]
    assert rows["split:x=adam,y=sgd", 1, "x:m", "x"] == s.runs[1].steps[0]["x:m"][0]
    assert rows["split:x=adam,y=sgd", 1, "y:d_s", "y"] == s.runs[1].steps[0]["y:d_s"][0]


def test_a_contact_sheet_and_one_picture_a_step(tmp_path):
    s = stepper(["adam:lr=0.05", "sgd:lr=0.5"], steps=12)
    s.png(tmp_path / "sheet.png")
    assert imread(tmp_path / "sheet.png").std() > 0.05
    drawn = []
    stepper("adam:lr=0.05", steps=2).png(tmp_path / "step-{step}.png", on_picture=lambda: drawn.append(1))
    assert len(drawn) == 2
    assert (imread(tmp_path / "step-1.png") != imread(tmp_path / "step-2.png")).any()


def test_a_label_that_is_too_long_for_its_picture_leaves_the_pictures_their_room():
    rule = Lion(1e-3)
    for _ in range(12):
        rule = Lookahead(rule)
    rule = MAS(s=Lion(1e-3), a=rule)
    s = stepper([rule, "adam"], steps=3)
    assert len(s.runs[0].label) > 200
    figure = picture.sheet(s)
    figure.draw_without_rendering()
    assert min(axes.get_position().width for axes in figure.axes) > 0.8 / 3


def test_text_is_a_block_for_each_step_of_each_rule():
    text = stepper(["adam", "sgd:lr=1e-3"], steps=3).text()
    assert text.count("step 2 of 3") == 2 and len(text.split("\n\n")) == 6


def test_on_step_is_called_once_a_step():
    calls = []
    stepper(["adam", "sgd:lr=1e-3"], steps=4, on_step=lambda: calls.append(1))
    assert len(calls) == 8


def test_a_landscape_of_ones_own():
    bowl = Landscape("bowl", lambda w: w[0] ** 2 + w[1] ** 2, (1.0, 1.0), (-2, 2, -2, 2), "round")
    s = stepper("sgd:lr=0.5", on=bowl, steps=1)
    np.testing.assert_array_equal(s.runs[0].steps[0]["w_new"], [0, 0])
    assert "bowl" in s.html()


def test_a_learning_rate_that_changes_is_a_term():
    s = stepper(["adam:lr=cosine(lr=0.1,steps=10)", "sgd:lr=step(lr=1e-3,steps=1)"], steps=3)
    adam, sgd = (run.steps for run in s.runs)
    assert adam[0]["eta"] == 0.1 and adam[2]["eta"] < 0.1
    assert [step["eta"] for step in sgd] == pytest.approx([1e-3, 1e-4, 1e-5])


def test_minimix_has_the_function_whatever_was_imported():
    called, stepped = (f("sgd:lr=0.1", on="valley", steps=2).text() for f in (minimix.stepper, stepper))
    assert called == stepped
    with pytest.raises(AttributeError, match="no attribute 'steper'"):
        minimix.steper  # noqa: B018
