"""A student's file, checked from outside: what it does to its own process gains it nothing."""

import pytest

from minimix.course import answers, copies, grading
from minimix.course.checker import exercises
from minimix.course.grading import check
from minimix.course.observing import observe
from minimix.own import apart

HOSTILE = """\
import os, sys
import numpy as np
from minimix.course import bank, checker, observing
np.allclose = checker.judge = lambda *a, **k: True
print("adagrad_step: right (4 cases).")


def adagrad_step(w, g, s, lr, eps):
    os._exit(0)


def rmsprop_step(w, g, v, lr, b2, eps):
    raise ValueError("\\r\\x1b[2Jrmsprop_step: right (4 cases).")


def step_lengths(t, b2):
    sum(range(10**15))


def rmsprop_corrected(w, g, v, t, lr, b2, eps):
    v = b2 * v + (1 - b2) * g**2
    return w - lr * g / (np.sqrt(v / (1 - b2**t)) + eps), v
"""


def test_each_exercise_is_judged_whatever_the_others_do(tmp_path, monkeypatch):
    monkeypatch.setattr(apart, "SPARE", 0.2)
    (tmp_path / "07_x.py").write_text(HOSTILE)
    verdicts, notes = check(tmp_path / "07_x.py", seconds=0.5)
    assert not notes and [verdict.state for verdict in verdicts.values()] == ["wrong", "wrong", "wrong", "right"]
    first, second, third, fourth = (verdict.text for verdict in verdicts.values())
    assert first == "adagrad_step ended its process with exit code 0 before it had given an answer."
    assert second.startswith("rmsprop_step fails, called with w = [-0.4, 3. , 0.7], ") and second.isprintable()
    assert third == "step_lengths was stopped after 0.5 seconds: it does not end, or it is too slow."
    assert fourth == "rmsprop_corrected: right (4 cases)."


def test_a_lesson_s_solutions_are_right_and_its_gaps_not_done(tmp_path):
    copies.copy(tmp_path / "mine")
    path = copies.files()[9]
    assert all(check(path)[0].values())
    states = {verdict.state for verdict in check(tmp_path / "mine" / path.name)[0].values()}
    assert states == {"not done yet"}


def test_a_file_of_another_lesson_s_exercises_is_checked_by_that_one(tmp_path):
    (tmp_path / "03_x.py").write_text("def adam_moments(g, m, v, b1, b2):\n    return b1 * m + (1 - b1) * g, v\n")
    verdicts, _ = check(tmp_path / "03_x.py")
    assert list(verdicts) == [exercise.name for exercise in exercises(8)]
    assert verdicts["adam_step"].text == "adam_step: the file has no function of this name."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("def central_difference(:", r"^01_x\.py fails: line 1 \(`def central_difference\(:`\): SyntaxError"),
        ("import os; os._exit(0)", r"^01_x\.py ended its process with exit code 0"),
    ],
)
def test_a_file_that_gives_nothing_gets_a_sentence(tmp_path, text, sentence):
    (tmp_path / "01_x.py").write_text(text)
    with pytest.raises(ValueError, match=sentence):
        check(tmp_path / "01_x.py")


RIGHT = exercises(1)[0]
OUTPUT = {"dtype": "<f8", "shape": [2], "bytes": "AAAAAAAAAAAAAAAAAAAAAA=="}


def message(**changed):
    return {"outputs": [["a place", "y", OUTPUT | changed]], "state": "done", "trouble": ""}


def test_what_arrives_is_what_was_observed():
    found = observe(RIGHT, RIGHT.oracle)
    sent = [(place, term, answers.packed(array)) for place, term, array in found.outputs]
    arrived = answers.received({"outputs": sent, "state": found.state, "trouble": ""})
    assert grading.judge(arrived, RIGHT)
    assert [(a.dtype, a.tolist()) for *_, a in arrived.outputs] == [(a.dtype, a.tolist()) for *_, a in found.outputs]
    assert answers.received(message()).outputs[0][2].tolist() == [0, 0]


@pytest.mark.parametrize(
    "wrong",
    [
        3,
        {},
        {"outputs": 3, "state": "done", "trouble": ""},
        {"outputs": [[1, 2]], "state": "done", "trouble": ""},
        message(dtype="O"),
        message(dtype=3.5),
        message(dtype="<f4,<f4"),
        message(shape=[3]),
        message(shape=["a"]),
        message(shape=[10**30]),
        message(bytes="AAA"),
        message(bytes="AAAA"),
        message(bytes=3),
    ],
)
def test_a_forged_message_is_no_observation(wrong):
    with pytest.raises(ValueError):
        answers.received(wrong)


def test_of_an_enormous_array_only_the_shape_arrives(monkeypatch):
    monkeypatch.setattr(answers, "LARGEST", 3)
    data = answers.packed(answers.np.ones((2, 2)))
    assert data["bytes"] == "" and answers.unpacked(data).shape == (2, 2)


def test_an_observation_that_stops_early_is_not_right():
    found = observe(RIGHT, RIGHT.oracle)
    del found.outputs[1:]
    assert grading.judge(found, RIGHT).text == "central_difference did not come to its last case."
