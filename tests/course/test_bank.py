"""The bank against the lessons: solutions pass, gaps are not done yet, each mistake gets its own hint."""

import re
import sys

import numpy as np
import pytest

from minimix.course import copies
from minimix.course.checker import examine, lessons
from minimix.course.source import gapped, run

FILES, BANK = copies.files(), lessons()
EXERCISES = [pytest.param(n, exercise, id=exercise.name) for n, bank in BANK.items() for exercise in bank]
MISTAKES = [
    pytest.param(exercise, hint, wrong, id=f"{exercise.name}-{k}")
    for bank in BANK.values()
    for exercise in bank
    for k, (hint, wrong) in enumerate(exercise.mistakes)
]


@pytest.fixture(scope="module")
def solutions():
    return defined(FILES)


@pytest.fixture(scope="module")
def gaps(tmp_path_factory):
    folder = tmp_path_factory.mktemp("student")
    copies.copy(folder)
    return defined({n: folder / path.name for n, path in FILES.items()})


def defined(paths):
    """{number of a lesson: what the file of that number defines}; run() makes the process the file's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "__main__", sys.modules["__main__"])
        patch.setattr(sys, "path", list(sys.path))
        patch.chdir(".")
        found = {}
        for n, path in paths.items():
            found[n] = run(path, FILES[n].read_text(encoding="utf-8"), [exercise.name for exercise in BANK[n]])
    assert not any(notes for _, notes in found.values())
    return {n: names for n, (names, _) in found.items()}


def test_every_lesson_has_two_to_four_exercises_of_its_own():
    assert BANK.keys() == FILES.keys()
    assert all(2 <= len(bank) <= 4 for bank in BANK.values())
    names = [exercise.name for bank in BANK.values() for exercise in bank]
    assert len(names) == len(set(names))


def test_every_solution_between_markers_belongs_to_an_exercise_that_the_lesson_checks():
    for n, path in FILES.items():
        source = path.read_text(encoding="utf-8")
        names = {exercise.name for exercise in BANK[n]}
        assert source.count("# <solution>") == source.count("# </solution>") == len(names)
        assert set(re.findall(r"\bcheck\((\w+)\)", source)) == names
        assert "# <solution>" not in gapped(source)


@pytest.mark.parametrize(("n", "exercise"), EXERCISES)
def test_the_lesson_s_solution_is_right(n, exercise, solutions):
    assert examine(solutions[n][exercise.name], exercise).text.startswith(f"{exercise.name}: right")


@pytest.mark.parametrize(("n", "exercise"), EXERCISES)
def test_the_student_s_copy_is_not_done_yet(n, exercise, gaps):
    assert examine(gaps[n][exercise.name], exercise).state == "not done yet"


@pytest.mark.parametrize(("n", "exercise"), EXERCISES)
def test_there_are_mistakes_with_a_hint_each(n, exercise):
    hints = [hint for hint, _ in exercise.mistakes]
    assert len(hints) >= 3 and len(hints) == len(set(hints))


@pytest.mark.parametrize(("exercise", "hint", "wrong"), MISTAKES)
def test_a_mistake_gets_its_own_hint(exercise, hint, wrong):
    with np.errstate(all="ignore"):
        verdict = examine(wrong, exercise)
    assert verdict.state == "wrong"
    assert verdict.hint == hint
