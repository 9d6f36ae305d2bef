"""The table of a class and its mistakes."""

import csv
import io
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minimix.course import overview
from minimix.course.checker import Verdict, exercises
from minimix.course.classroom import Graded, Paper
from tests.course.a_class import NAMES

HINT = "the hint."


def graded(student, states, lesson=7, name="07.py", remarks=()):
    """states: r, w (with a hint), W (without), n or nothing for a file that cannot be read."""
    kinds = {"r": Verdict("right", ": right."), "w": Verdict("wrong", ": at t = 1, …", HINT),
             "W": Verdict("wrong", ": at t = 1, …"), "n": Verdict("not done yet", ": not done yet.")}  # fmt: skip
    verdicts = {exercise.name: kinds[s] for exercise, s in zip(exercises(lesson), states, strict=False)}
    return Graded(Paper(student, lesson, Path(student, name)), verdicts, list(remarks))


CLASS = [graded("Ada", "rrrr"), graded("Ben", "wwnr"), graded("Cleo", "Wwrn"), graded("Dora", "", remarks=["torn"])]
EVA = Graded(Paper("Eva", None, why="no file"), remarks=["no file"])
TEXT = """\
7. AdaGrad and RMSprop: a rate for every parameter

       adagrad_  rmsprop_   step_   rmsprop_
         step      step    lengths  corrected
Ada       ✓         ✓         ✓         ✓
Ben       ✗         ✗         ·         ✓
Cleo      ✗         ✗         ✓         ·
Dora      ?         ?         ?         ?
Eva       –         –         –         –
right   1 of 5    1 of 5   2 of 5    2 of 5

✓ right   ✗ wrong   · not done   ? unreadable   – no file

The commonest mistakes:
adagrad_step
   1 student: the hint.
   1 student: wrong numbers, by no mistake that is known
rmsprop_step
   2 students: the hint.

Dora: torn
Eva: no file"""


def test_a_class_is_a_table_and_its_mistakes_by_how_many_made_them():
    found = overview.answers([*CLASS[::-1], EVA])
    assert overview.text(found, 80).splitlines() == TEXT.splitlines()


def test_the_commonest_mistake_is_the_first_and_what_nobody_knows_the_last():
    verdicts = [Verdict("wrong", ": …", hint) for hint in ("one", "two", None, None, None, "two")]
    found = {f"{k}": {7: Graded(Paper("", 7, Path()), dict.fromkeys(NAMES, v))} for k, v in enumerate(verdicts)}
    lines = overview.mistakes(found, 7, 80).splitlines()[2:5]
    assert lines == ["   2 students: two", "   1 student: one", f"   3 students: {overview.UNKNOWN}"]


def test_of_several_files_the_best_counts_and_is_named():
    several = [graded("Ada", "rrnn", name="a.py"), graded("Ada", ""), graded("Ada", "rrrn", name="b.ipynb")]
    for order in (several, several[::-1]):
        best = overview.answers(order)["Ada"][7]
        assert best.right == 3 and best.remarks[0].startswith("Ada/b.ipynb counts, the best of 3 files")
    untouched = [graded("Ada", "wnnn", name="a.py"), graded("Ada", "nnnn", name="b.ipynb")]
    assert overview.answers(untouched)["Ada"][7].remarks == []


def test_each_lesson_has_a_table_with_all_students():
    found = overview.answers([graded("Ada", "rrrr"), graded("Ben", "rrr", lesson=1)])
    assert overview.numbers(found) == [1, 7]
    assert set(overview.states(found["Ada"], 1).values()) == {"no file"}
    assert overview.text(found, 80).count("No answer is wrong.") == 2


NAMED = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="✓✗·"), min_size=1, max_size=60)


@given(st.lists(NAMED, min_size=1, max_size=5, unique=True), st.integers(30, 120))
def test_columns_stand_below_one_another_whatever_the_names_and_the_width(names, width):
    found = overview.answers([graded(name, "rwnr") for name in names])
    blocks = [block.splitlines() for block in overview.table(found, 7, width).split("\n\n")[:-1]]
    marks = 0
    for lines in blocks:
        assert max(map(wide, lines)) <= max(width, overview.NAME + 2 + max(map(len, NAMES)))
        rows = lines[-1 - len(names) : -1]
        places = {tuple(wide(row[:k]) for k, c in enumerate(row) if c in "✓✗·") for row in rows}
        assert len(places) == 1
        marks += len(*places)
    assert marks == 4


def wide(text):
    """The columns that a text takes, by the letters' own properties."""
    return sum(not unicodedata.combining(c) for c in text) + sum(unicodedata.east_asian_width(c) in "WF" for c in text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("f: at t = 1, w is 3, expected 4.\n  It was called with t = 1.", overview.UNKNOWN),
        ("f fails, called with t = 1: line 3 (`x[7]`): IndexError: index 7 is out of bounds.", "it fails: IndexError"),
        ("f fails, called with t = 1: f() takes 1 positional argument but 2 were given.", "it fails"),
        ("f was stopped after 2 seconds, called with t = 1 in line 3: a loop.", "it was stopped after 2 seconds"),
        ("f gives NoneType for w (is a return missing?).", "it gives NoneType for w (is a return missing?)"),
        ("f changes its argument w in place, from [1] to [2], and …", "it changes its argument w in place"),
    ],
)  # fmt: skip
def test_answers_that_fail_alike_are_one_mistake(text, reason):
    assert overview._reason(Verdict("wrong", text), "f") == reason


def test_a_spreadsheet_gets_a_row_for_each_student_and_no_formulas():
    found = overview.answers([*CLASS, EVA, graded("=1+1", "rrrr")])
    rows = list(csv.DictReader(io.StringIO(overview.table_as_csv(found))))
    assert [row["student"] for row in rows] == ["'=1+1", "Ada", "Ben", "Cleo", "Dora", "Eva"]
    assert [rows[2][f"07 {name}"] for name in NAMES] == ["wrong", "wrong", "not done", "right"]
    assert rows[2]["remarks"] == "adagrad_step: the hint.; rmsprop_step: the hint."
    assert (rows[4]["07 step_lengths"], rows[4]["remarks"]) == ("unreadable", "torn")
    assert rows[5]["07 step_lengths"] == "no file"
