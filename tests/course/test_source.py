import json
import sys
import time

import pytest

from minimix.course import source
from minimix.course.source import gapped, read, run, solved

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


@pytest.fixture(autouse=True)
def process(monkeypatch, tmp_path):
    """run() makes a process the file's own: its __main__, its folder and its modules."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path.parent)


def write(folder, text, name="07_x.py"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


BODY = "def f():\n    return HALF\n"


@pytest.mark.parametrize(
    "before",
    [
        "HALF = 1\nHALF /= 2\n",
        "HALF = 1\nif HALF:\n    HALF = 0.5\n",
        "HALF = 2\nfor _ in range(2):\n    HALF = HALF / 2\n",
        "import contextlib\nwith contextlib.suppress(Exception):\n    HALF = 0.5\n",
        "try:\n    HALF = 1 / 0\nexcept ZeroDivisionError:\n    HALF = 0.5\n",
        "HALVES = []\nHALVES.append(0.5)\n(HALF,) = HALVES\n",
        "globals()['HALF'] = 0.5\n",
        "exec('HALF = 0.5')\n",
        "class A:\n    half = 0.5\nsetattr(A, 'half', 0.25)\nHALF = A.half * 2\n",
        "if __name__ == '__main__':\n    HALF = 0.5\n",
        "from helper import HALF\n",
        "import pathlib\nHALF = float(pathlib.Path('half.txt').read_text())\n",
        "def make():\n    global HALF\n    HALF = 0.5\nmake()\n",
        "from __future__ import annotations\nHALF: Nothing = 0.5\n",
        "while True:\n    HALF = 0.5\n    break\nraise SystemExit\n",
    ],
)
def test_a_file_runs_as_python_runs_it(tmp_path, before):
    write(tmp_path, "HALF = 0.5", "helper.py")
    write(tmp_path, "0.5", "half.txt")
    try:
        names, notes = run(write(tmp_path, before + BODY))
    finally:
        sys.modules.pop("helper", None)
    assert names["f"]() == 0.5 and len(notes) == before.count("SystemExit")


def test_a_line_that_fails_is_noted_and_the_rest_runs_all_the_same(tmp_path):
    names, notes = run(write(tmp_path, "x = open('/nowhere')\nprint('loud')\nexit()\ndef f():\n    return 5\n"))
    assert names["f"]() == 5
    assert notes[0].startswith("07_x.py fails: line 1 (`x = open('/nowhere')`): FileNotFoundError")
    assert notes[1].startswith("07_x.py fails: line 3 (`exit()`): SystemExit")


LINES = (
    "import time\nRATE = 0.5\nwidth = RATE * 4\nfor _ in range(3):\n    log.append(width)\ndef g():\n    return width\n"
)


def test_what_the_lesson_brings_runs_only_where_something_of_the_student_s_uses_it(tmp_path):
    def ran(text, *wanted):
        return run(write(tmp_path, "log = []\n" + text), LINES, wanted)[0]

    names = ran(LINES + "def f():\n    return 1\n")
    assert names["log"] == [] and "f" in names and not {"time", "width", "g"} & names.keys()
    names = ran(LINES + "def f():\n    return width\n")
    assert names["log"] == [] and names["f"]() == 2 and not {"time", "g"} & names.keys()
    assert ran(LINES, "g")["g"]() == 2
    assert ran(LINES.replace("3", "2"))["log"] == [2, 2]


def test_a_notebook_s_cells_run_one_by_one_without_what_is_for_the_shell(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": ["# text"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "!pip install x\n", "def f():\n", "    return 4 % 3"]},
        {"cell_type": "code", "source": "def def\n"},
        {"cell_type": "code", "source": "def g():\n    return f()"},
    ]
    path = write(tmp_path, json.dumps({"cells": cells}), "07_x.ipynb")
    assert [label for label, _ in read(path)] == [f"{path}, cell {k}" for k in (2, 3, 4)]
    names, notes = run(path)
    assert names["g"]() == 1
    assert notes == ["07_x.ipynb, cell 3 fails: line 1 (`def def`): SyntaxError: invalid syntax"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_text_is_read_in_the_encoding_that_it_has(tmp_path, encoding, end):
    cookie = f"# -*- coding: {encoding} -*-{end}" if encoding in ("latin-1", "cp1252") else ""
    text = cookie + f"def f():{end}    return 'é'{end}"
    path = tmp_path / "07_x.py"
    path.write_bytes(text.encode(encoding))
    names, notes = run(path)
    assert names["f"]() == "é" and not notes
    if not cookie:
        path = path.with_suffix(".ipynb")
        path.write_bytes(
            json.dumps({"cells": [{"cell_type": "code", "source": text}]}, ensure_ascii=False).encode(encoding)
        )
        assert run(path)[0]["f"]() == "é"


@pytest.mark.parametrize("content", [b"# coding: none\n", b"x = '\xe9'\n", b"\xff\xfe\x00"])
def test_what_is_no_text_gets_a_sentence(tmp_path, content):
    (tmp_path / "07_x.py").write_bytes(content)
    with pytest.raises(ValueError, match=r"^07_x\.py is no text: "):
        read(tmp_path / "07_x.py")


@pytest.mark.parametrize("text", ["", "3", "[]", '{"cells": 3}', '{"cells": [3]}', '{"cells": [{}]}', "{" * 100_000])
def test_what_is_no_notebook_gets_a_sentence(tmp_path, text):
    with pytest.raises(ValueError, match=r"^07_x\.ipynb is no notebook that can be read \(.*\)$"):
        read(write(tmp_path, text, "07_x.ipynb"))


@pytest.mark.parametrize("text", ["x = 1\ndef f(:\n", "x = '\0'\n", "(" * 5000])
def test_a_script_that_is_no_python_is_told(tmp_path, text):
    with pytest.raises(ValueError, match=r"^07_x\.py fails: "):
        run(write(tmp_path, text))


def test_when_the_time_is_up_only_what_functions_use_still_runs(tmp_path):
    path = write(
        tmp_path,
        "import time\nwhile True:\n    pass\nHALF = 1\nHALF /= 2\nprint(0)\ntime.sleep(300)\n" + BODY,
    )
    start = time.monotonic()
    names, notes = run(path, seconds=0.2)
    assert time.monotonic() - start < 150
    assert names["f"]() == 0.5
    assert len(notes) == 1 and notes[0].startswith("07_x.py was stopped after 0.2 seconds in line ")


def test_names_are_those_that_the_statement_makes_and_uses_at_any_depth():
    def names(text):
        return source._names(source.ast.parse(text).body[0])

    assert names("x = [y + k for k in z]") == ({"x"}, {"y", "z"})
    assert names("def f(a, b=D):\n    def g():\n        return a + R\n    return g") == ({"f"}, {"D", "R"})
    assert names("def f():\n    global y\n    y = 1") == ({"f", "y"}, set())
    assert names("import a.b as c, d.e") == ({"c", "d"}, set())
