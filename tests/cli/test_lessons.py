import csv
import json
import os

import pytest
from click.testing import CliRunner

from minimix.cli import main
from minimix.course import copies

RIGHT = """\
import numpy as np
def central_difference(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)
def gradient_by_differences(f, x, h):
    return np.array([central_difference(lambda s: f(x + s * e), 0.0, h) for e in np.eye(len(x))])
def local_derivatives_of_division(a, b):
    return 1 / b, -a / b**2
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, ["lessons", *arguments])


def test_list_shows_titles_and_exercises(run):
    output = run("list").output
    assert "1. A derivative is a number you can check\n     central_difference, gradient_by_differences" in output


def test_copy_then_check_says_not_done_yet(run, tmp_path, monkeypatch):
    result = run("copy", "course")
    assert result.exit_code == 0 and f"{len(copies.files())} files written to course" in result.output
    monkeypatch.chdir(tmp_path / "course")
    result = run("check", "01")
    assert result.exit_code == 1
    assert result.output.splitlines()[0] == "central_difference: not done yet."


def test_solutions_pass(run, tmp_path, monkeypatch):
    run("copy", "course", "--solutions")
    monkeypatch.chdir(tmp_path / "course")
    result = run("check", "1")
    assert result.exit_code == 0 and result.output.count(": right (") == 3


def test_copying_twice_keeps_the_student_s_work_and_says_so(run, tmp_path):
    run("copy", "course")
    own = next(iter(copies.files().values())).name
    (tmp_path / "course" / own).write_text("my work")
    result = run("copy", "course")
    assert "0 files written" in result.output and f"left as they were: {own}" in result.output
    assert (tmp_path / "course" / own).read_text() == "my work"


def test_a_script_of_any_name_is_checked_by_number_and_file(run, tmp_path):
    (tmp_path / "mine.py").write_text(RIGHT)
    assert run("check", "01", "--file", "mine.py").exit_code == 0


def test_a_notebook_is_found_in_this_folder(run, tmp_path):
    cell = {"cell_type": "code", "source": RIGHT.replace("(2 * h)", "h").splitlines(keepends=True)}
    (tmp_path / "01_mine.ipynb").write_text(json.dumps({"cells": [cell]}))
    result = run("check", "01")
    assert result.exit_code == 1
    assert "central_difference: at x = 2, h = 0.1 of x**3, the result is 24.02, expected 12.01." in result.output
    assert "Likely mistake: you divided by h" in result.output


def test_a_function_that_is_gone_is_told(run, tmp_path):
    (tmp_path / "01_mine.py").write_text(RIGHT.replace("def local", "def my_local"))
    result = run("check", "01")
    assert result.exit_code == 1
    assert "local_derivatives_of_division: the file has no function of this name." in result.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["check"], "which lesson? Give its number, as 07, or --file"),
        (["check", "mine.py"], "'mine.py' is a file: write --file mine.py"),
        (["check", "first"], "'first' is neither the number of a lesson, as 07, nor a folder that is there"),
        (["check", "99"], "there is no lesson 99; `minimix lessons list` shows what there is"),
        (["check", "empty", "07"], "the lesson comes first: minimix lessons check 07 empty"),
        (["check", "07", "empty", "empty"], "one folder at a time: empty or empty"),
        (["check", "07", "empty"], "'empty' has no script and no notebook of lesson 7"),
        (["check", "07", "emty"], "'emty' is neither the number of a lesson, as 07, nor a folder that is there"),
        (["check", "07", "class.zip"], "'class.zip' is not a folder: unpack it first"),
        (["check", "empty", "--file", "mine.py"], "one file or a folder: leave out --file mine.py or empty"),
        (["check", "07", "--csv", "a.csv"], "--csv is for a class: name the FOLDER with everybody's files"),
        (["check", "empty", "--csv", "no/a.csv"], "there is no folder 'no'"),
        (["check", "empty", "--csv", "a.txt"], "'a.txt' must end in .csv"),
        (["check", "01"], "there is no file 01_*.py in this folder (`minimix lessons copy DIR` writes it)"),
        (["check", "--file", "mine.py"], "mine.py does not begin with a lesson's number"),
        (["check", "99", "--file", "mine.py"], "there is no lesson 99"),
        (["check", "01", "--file", "broken.py"], "broken.py fails: line 1 (`def f(:`): SyntaxError"),
    ],
)
def test_bad_input_gets_a_sentence(run, tmp_path, arguments, sentence):
    (tmp_path / "mine.py").write_text("")
    (tmp_path / "broken.py").write_text("def f(:\n")
    (tmp_path / "empty").mkdir()
    result = run(*arguments)
    assert result.exit_code in (1, 2) and isinstance(result.exception, SystemExit)
    assert sentence in result.output


def test_two_files_of_one_lesson_are_not_guessed_between(run, tmp_path):
    for name in ("01_a.py", "01_b.py"):
        (tmp_path / name).write_text(RIGHT)
    assert "several files 01_a.py, 01_b.py in this folder: name yours with --file" in run("check", "01").output


def test_of_a_script_and_its_notebook_the_newer_is_checked_and_named(run, tmp_path):
    run("copy", ".", "--notebooks", "--solutions")
    script, notebook = (copies.files()[1].stem + end for end in (".py", ".ipynb"))
    (tmp_path / script).write_text("")
    for newer, code in ((script, 1), (notebook, 0)):
        for name in (script, notebook):
            os.utime(tmp_path / name, (1000 + (name == newer),) * 2)
        result = run("check", "01")
        assert (
            result.exit_code == code and f"this is {newer}, the newer one of {notebook} and {script}" in result.output
        )


def test_a_copy_with_notebooks_says_how_to_open_one(run):
    output = run("copy", "my course", "--notebooks").output
    assert f"{2 * len(copies.files())} files written" in output
    assert f'Start with: cd "my course" && jupyter lab {copies.files()[1].stem}.ipynb' in output


def test_a_class_is_a_table_and_a_spreadsheet(run, tmp_path):
    for name, text in {"Ada": RIGHT, "Ben": RIGHT.replace("(2 * h)", "h"), "Cleo": "def f(:"}.items():
        (tmp_path / "class" / name).mkdir(parents=True)
        (tmp_path / "class" / name / "01_x.py").write_text(text)
    result = run("check", "01", "class", "--csv", "class.csv")
    assert result.exit_code == 1
    assert "Cleo ? ? ?" in " ".join(result.output.split())
    assert "   1 student: you divided by h" in result.output and "Cleo: 01_x.py fails: line 1" in result.output
    assert "class.csv has the table" in result.stderr
    with open("class.csv", encoding="utf-8-sig", newline="") as file:
        assert [row[1] for row in csv.reader(file)][1:] == ["right", "wrong", "unreadable"]


def test_a_class_that_is_all_right_is_a_success(run, tmp_path):
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "ada_01.py").write_text(RIGHT)
    result = run("check", "class")
    assert result.exit_code == 0 and "No answer is wrong." in result.output
