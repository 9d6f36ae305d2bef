import json
import time

import pytest

from minimix.course import source
from minimix.course.source import definitions, gapped, read, solved

LESSON = '''\
def f(x):
    """Twice x."""
    y = 2
    # <solution>
    if x:
        y *= x
    return y
    # </solution>


class A:
    def g(self):
        # <solution>
        return 1
        # </solution>

    h = 3
'''


def test_the_student_gets_one_gap_for_each_solution_at_its_indentation():
    assert (
        gapped(LESSON)
        == '''\
def f(x):
    """Twice x."""
    y = 2
    raise NotImplementedError("your code here")


class A:
    def g(self):
        raise NotImplementedError("your code here")

    h = 3
'''
    )


def test_the_teacher_gets_the_code_without_markers():
    text = solved(LESSON)
    assert "solution>" not in text
    assert [line for line in LESSON.splitlines() if "solution>" not in line] == text.splitlines()


def write(folder, text, name="07_x.py"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_definitions_run_what_functions_need_and_nothing_else(tmp_path):
    path = write(
        tmp_path,
        "import math\nBASE = 3\nRATE = BASE * 2\nx = open('/nowhere')\nprint('loud')\nraise SystemExit\n"
        "def f():\n    x = 1\n    return RATE + x + g()\ndef g():\n    return math.floor(1.5)\n",
    )
    found = definitions(path)
    assert found["f"]() == 8
    assert "x" not in found


def test_a_name_that_only_a_nested_function_uses_is_needed_too(tmp_path):
    path = write(tmp_path, "RATE = 5\ndef f():\n    def inner():\n        return RATE\n    return inner()\n")
    assert definitions(path)["f"]() == 5


def test_a_notebook_gives_its_code_without_lines_for_the_shell(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": ["# text"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "!pip install x\n", "def f():\n", "    return 4 % 3"]},
        {"cell_type": "code", "source": "def g():\n    return f()"},
    ]
    path = write(tmp_path, json.dumps({"cells": cells}), "07_x.ipynb")
    assert "text" not in read(path)
    assert definitions(path)["g"]() == 1


def test_a_syntax_error_is_told_with_its_line(tmp_path):
    path = write(tmp_path, "x = 1\ndef f(:\n")
    with pytest.raises(ValueError, match=r"07_x\.py fails: line 2 \(`def f\(:`\): SyntaxError: ."):
        definitions(path)


def test_an_error_in_what_is_run_is_told_with_its_line(tmp_path):
    path = write(tmp_path, "import minimix\nimport minimx\n")
    with pytest.raises(ValueError, match=r"07_x\.py fails: line 2 \(`import minimx`\): ModuleNotFoundError: No "):
        definitions(path)


def test_definitions_that_never_end_are_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "SECONDS", 0.2)
    path = write(tmp_path, "x = 1\nclass A:\n    while True:\n        pass\n")
    start = time.monotonic()
    with pytest.raises(RuntimeError, match=r"07_x\.py was stopped after 0\.2 seconds in line [34] "):
        definitions(path)
    assert time.monotonic() - start < 2


def test_a_comprehension_of_the_script_itself_runs_nothing(tmp_path):
    path = write(tmp_path, "values = 1 / 0\nsquares = [values + k for k in range(3)]\n\ndef f():\n    return 5\n")
    assert definitions(path)["f"]() == 5
