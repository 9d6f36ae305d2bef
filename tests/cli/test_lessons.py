import json

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
        (["check", "first"], "'first' is not a valid number"),
        (["check", "01"], "there is no file 01_*.py in this folder (`minimix lessons copy DIR` writes it)"),
        (["check", "--file", "mine.py"], "mine.py does not begin with a lesson's number"),
        (["check", "99", "--file", "mine.py"], "there is no lesson 99"),
        (["check", "01", "--file", "broken.py"], "broken.py fails: line 1 (`def f(:`): SyntaxError"),
    ],
)
def test_bad_input_gets_a_sentence(run, tmp_path, arguments, sentence):
    (tmp_path / "mine.py").write_text("")
    (tmp_path / "broken.py").write_text("def f(:\n")
    result = run(*arguments)
    assert result.exit_code in (1, 2) and isinstance(result.exception, SystemExit)
    assert sentence in result.output


def test_two_files_of_one_lesson_are_not_guessed_between(run, tmp_path):
    for name in ("01_a.py", "01_b.py"):
        (tmp_path / name).write_text(RIGHT)
    assert "several files 01_a.py, 01_b.py in this folder: name yours with --file" in run("check", "01").output
