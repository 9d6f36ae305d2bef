"""Whose a file is, and that every student's answers are judged whatever the others' do."""

import os

import pytest

from minimix.course import classroom, copies, overview
from minimix.course.checker import exercises
from tests.course import a_class

FIRST = copies.files()[7].stem


def states(folder, jobs=2):
    found = overview.answers(classroom.check(classroom.collect(folder, 7), jobs))
    return {student: list(overview.states(of, 7).values()) for student, of in found.items()}


def test_every_row_of_a_class_is_right(tmp_path):
    expected = a_class.hand_in(tmp_path, a_class.FEW)
    assert len(expected) == len(a_class.FEW) and states(tmp_path) == expected


@pytest.mark.slow
def test_every_row_of_a_large_class_is_right(tmp_path):
    expected = a_class.hand_in(tmp_path)
    assert len(expected) >= 30 and states(tmp_path) == expected


def test_what_an_answer_writes_changes_nobody_s_files(tmp_path):
    a_class.hand_in(tmp_path, ["Ulam"])
    (tmp_path / "Ada").mkdir()
    (tmp_path / "Ada" / "07_x.py").write_text("")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    assert states(tmp_path, jobs=1)["Ulam hostile"] == ["wrong", "right", "right", "right"]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before


def test_an_answer_that_takes_the_bank_s_is_told(tmp_path):
    a_class.hand_in(tmp_path, ["Yuri"])
    (found,) = classroom.check(classroom.collect(tmp_path), 1)
    assert found.right == 4 and found.remarks == ["it mentions minimix's bank, which has the answers"]


def test_nobody_fills_or_moves_the_teacher_s_screen(tmp_path):
    a_class.hand_in(tmp_path, ["Zeno"])
    found = overview.answers(classroom.check(classroom.collect(tmp_path), 1))
    for text in (overview.text(found, 80), overview.table_as_csv(found)):
        assert len(text) < 3000 and text.replace("\n", "").replace("\r", "").isprintable()


def hand_in(folder, *names, text=""):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.mark.parametrize(
    ("name", "student", "lesson"),
    [
        ("Ada Lovelace_4711_assignsubmission_file/07_x.py", "Ada Lovelace", 7),
        ("Ada Lovelace_4711_assignsubmission_file_07_x.py", "Ada Lovelace", 7),
        ("Ada Lovelace/Rates/Version 2/07_x.IPYNB", "Ada Lovelace", 7),
        ("ada/08.py", "ada", 8),
        ("ada_08.py", "ada", 8),
        ("08_ada.ipynb", "ada", 8),
        ("ada2026 08.py", "ada2026", 8),
        (f"ada_{FIRST}.py", "ada", 7),
        (f"{FIRST}-ada.py", "ada", 7),
        (f"{FIRST}.py", "handed in", 7),
        ("x\x1b[2Jy/07.py", "x [2Jy", 7),
        ("e\u0301/07.py", "é", 7),
    ],
)
def test_a_file_s_place_or_name_says_whose_it_is_and_of_which_lesson(tmp_path, name, student, lesson):
    hand_in(tmp_path / "handed in", name)
    (paper,) = classroom.collect(tmp_path / "handed in")
    assert (paper.student, paper.lesson) == (student, lesson)


def test_a_file_is_of_the_lesson_whose_exercises_it_has(tmp_path):
    hand_in(tmp_path, "ada/mine.py", "ben/03_mine.py", text="def rmsprop_step(): pass")
    assert [paper.lesson for paper in classroom.collect(tmp_path)] == [7, 7]


def test_of_one_lesson_others_are_left_out_and_what_could_be_any_s_is_kept(tmp_path):
    hand_in(tmp_path, "ada/07.py", "ada/08.py", "ada/helper.py", "ben/08.py", "cleo/mine.py")
    papers = classroom.collect(tmp_path, 7)
    assert [(paper.student, paper.path and paper.path.name) for paper in papers] == [
        ("ada", "07.py"),
        ("ben", None),
        ("cleo", "mine.py"),
    ]
    assert papers[1].why == "nothing of lesson 7 in 08.py"


def test_students_of_the_same_name_stay_apart(tmp_path):
    hand_in(tmp_path, "Ada_1_assignsubmission_file/07.py", "Ada_2_assignsubmission_file/07.py")
    assert len({paper.student for paper in classroom.collect(tmp_path)}) == 2


def test_folders_that_hold_nothing_but_the_class_s_folder_are_passed_through(tmp_path):
    hand_in(tmp_path, "rates/handed in/ada/07.py", "rates/handed in/ben/1/07.py", "tuesday.csv")
    (tmp_path / "rates" / "handed in" / "cleo").mkdir()
    assert [paper.student for paper in classroom.collect(tmp_path)] == ["ada", "ben", "cleo"]
    hand_in(tmp_path, "dora/07.py")
    assert [paper.student for paper in classroom.collect(tmp_path)] == ["dora", "rates", "rates"]


def test_what_is_no_student_s_is_passed_over(tmp_path):
    hand_in(tmp_path, "ada/07.py", "ada/.ipynb_checkpoints/07.ipynb", "ada/venv/07.py", "__MACOSX/ada/07.py", "._07.py")
    (tmp_path / "ada" / "folder 07.py").mkdir()
    assert [paper.student for paper in classroom.collect(tmp_path)] == ["ada"]


@pytest.mark.parametrize("what", ["a link", "a pipe"])
def test_a_link_or_a_pipe_is_not_opened(tmp_path, what):
    hand_in(tmp_path, "ada/07.py")
    if not hasattr(os, "mkfifo"):
        pytest.skip("Windows has neither without more rights")
    (tmp_path / "ben").mkdir()
    odd = tmp_path / "ben" / "07.py"
    odd.symlink_to("../ada/07.py") if what == "a link" else os.mkfifo(odd)
    assert [paper.why for paper in classroom.collect(tmp_path)] == ["", "no file"]


def test_a_file_that_is_too_large_or_closed_is_a_row(tmp_path, monkeypatch):
    hand_in(tmp_path, "ada/07.py", text="#" * 100)
    monkeypatch.setattr(classroom, "LARGEST", 99)
    ((_, of),) = overview.answers(classroom.check(classroom.collect(tmp_path), 1)).items()
    assert set(overview.states(of, 7).values()) == {"unreadable"}
    assert "must have at most 99 bytes" in of[7].remarks[0]


@pytest.mark.parametrize("error", [RuntimeError("torn"), SystemExit("torn"), MemoryError("torn")])
def test_whatever_a_check_ends_with_is_a_row(tmp_path, monkeypatch, error):
    def fails(*_):
        raise error

    hand_in(tmp_path, "ada/07.py", "ben/07.py")
    monkeypatch.setattr(classroom.grading, "check", fails)
    found = list(classroom.check(classroom.collect(tmp_path), 1))
    assert [(one.verdicts, one.remarks) for one in found] == [({}, ["torn"])] * 2


def test_a_folder_without_files_gets_a_sentence(tmp_path):
    (tmp_path / "ada").mkdir()
    with pytest.raises(ValueError, match="has no script and no notebook of lesson 7: it should hold a folder for each"):
        classroom.collect(tmp_path, 7)


def test_the_bank_is_known_by_its_name():
    assert len(exercises(7)) == len(a_class.NAMES)
    assert classroom.BANK.search(b"from minimix.course import check, bank")
    assert not classroom.BANK.search(a_class.RIGHT.encode())


def test_a_student_without_a_file_has_a_row_beside_one_whose_file_lies_loose(tmp_path):
    hand_in(tmp_path, "07_Ada.py", "Bob/07.py", "Eve/notes.txt")
    assert [(x.student, x.why) for x in classroom.collect(tmp_path)] == [("Ada", ""), ("Bob", ""), ("Eve", "no file")]


def test_a_notebook_is_one_however_its_ending_is_written(tmp_path):
    copies.copy(tmp_path / "all", solutions=True, notebooks=True)
    (tmp_path / "class").mkdir()
    (tmp_path / "all" / f"{FIRST}.ipynb").rename(tmp_path / "class" / "ada_07.IPYNB")
    assert states(tmp_path / "class") == {"ada": ["right"] * 4}
