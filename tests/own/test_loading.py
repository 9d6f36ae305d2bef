"""file.py:name: what it gives, and one sentence for each way of going wrong."""

import hashlib
import sys

import pytest

from minimix.own import digest, is_reference, load, loading, source_file

CODE = """\
from dataclasses import dataclass
import helper

LR = 0.1

def f():
    return helper.WHO

class Rule:
    pass

@dataclass
class Settings:
    rule: "Rule"

def later():
    import later
    return later.WHO

_RUNS = helper.RUNS.append(1)
if __name__ == "__main__":
    raise SystemExit
"""


@pytest.fixture(autouse=True)
def _imports(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))


def folder(parent, who):
    path = parent / who
    path.mkdir()
    (path / "my.py").write_text(CODE)
    (path / "helper.py").write_text(f"WHO, RUNS = {who!r}, []\n")
    return path / "my.py"


def test_a_name_in_a_file_with_its_neighbours(tmp_path):
    assert load(f"{folder(tmp_path, 'ann')}:f", "a function")() == "ann"


def test_the_path_may_be_relative_have_blanks_and_start_at_home(tmp_path, monkeypatch):
    folder(tmp_path, "an n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    f = load("an n/my.py:f", "a function")
    assert f() == "an n"
    assert load("~/an n/my.py:f", "a function") is f


def test_a_file_that_is_named_twice_runs_once(tmp_path, monkeypatch):
    path = folder(tmp_path, "ann")
    monkeypatch.chdir(path.parent)
    assert load("my.py:Rule", "a rule") is load(f"{path}:Rule", "a rule")
    assert load("my.py:Settings", "a class")("x").rule == "x"
    assert sys.modules["helper"].RUNS == [1]


def test_a_file_that_has_changed_runs_again(tmp_path):
    path = tmp_path / "my.py"
    path.write_text("def f(): return 1")
    assert load(f"{path}:f", "a function")() == 1
    path.write_text("def f(): return 2")
    assert load(f"{path}:f", "a function")() == 2


def test_each_file_has_its_own_neighbours(tmp_path):
    ann, bob = folder(tmp_path, "ann"), folder(tmp_path, "bob")
    (tmp_path / "ann" / "other.py").write_text("from helper import WHO, RUNS\ndef f(): return WHO, len(RUNS)")
    assert load(f"{ann}:f", "a function")() == "ann"
    assert load(f"{bob}:f", "a function")() == "bob"
    assert load(f"{tmp_path / 'ann' / 'other.py'}:f", "a function")() == ("ann", 1)


def test_its_neighbours_come_before_what_is_installed_and_are_gone_from_there_afterwards(tmp_path):
    (tmp_path / "notation_of_mine.py").write_text("X = 1")
    (tmp_path / "my.py").write_text("import sys, notation_of_mine\nFIRST = sys.path[0]\ndef f(): return FIRST")
    assert load(f"{tmp_path / 'my.py'}:f", "a function")() == str(tmp_path)
    assert sys.path[0] != str(tmp_path)


def test_a_function_may_import_when_it_is_called(tmp_path):
    path = folder(tmp_path, "ann")
    (path.parent / "later.py").write_text("WHO = 'late'")
    try:
        assert load(f"{path}:later", "a function")() == "late"
    finally:
        sys.modules.pop("later", None)


def test_it_is_not_the_program(tmp_path):
    load(f"{folder(tmp_path, 'ann')}:f", "a function")  # else it would leave


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [
        ("{}", "a net of your own is named as file.py:name, got '{}'"),
        ("{}:", "a net of your own is named as file.py:name, got '{}:'"),
        ("{}:a b", "a net of your own is named as file.py:name, got '{}:a b'"),
        ("{}:zzz", "{} has no function or class 'zzz'; it has f, Rule, Settings, later"),
        ("{}:rule", "{} has no function or class 'rule'; it has f, Rule, Settings, later; did you mean 'Rule'?"),
        ("{}:LR", "{}:LR is of type float; a net must be a function or a class"),
        ("{}:helper", "{}:helper is of type module; a net must be a function or a class"),
    ],
)
def test_a_name_that_is_not_there_gets_a_sentence(tmp_path, reference, sentence):
    path = folder(tmp_path, "ann")
    with pytest.raises(ValueError) as caught:
        load(reference.format(path), "a net")
    assert str(caught.value) == sentence.format(path)


def test_a_file_that_is_not_there_gets_a_sentence(tmp_path, monkeypatch):
    folder(tmp_path, "ann")
    monkeypatch.chdir(tmp_path / "ann")
    with pytest.raises(FileNotFoundError) as caught:
        load("help.py:f", "a net")
    assert str(caught.value) == "there is no file 'help.py' to take 'f' from; did you mean 'helper'?"
    (tmp_path / "ann" / "zz.py").mkdir()
    with pytest.raises(FileNotFoundError, match=r"^there is no file 'zz\.py' to take 'f' from$"):
        load("zz.py:f", "a net")


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("def f(:", "line 1 (`def f(:`): SyntaxError: invalid syntax"),
        ("x = 1\nimport minimx", "line 2 (`import minimx`): ModuleNotFoundError: No module named 'minimx'"),
        ("import broken", "line 1 (`import broken`): SyntaxError: invalid syntax in line 1 of {}/broken.py"),
        ("import sys\nsys.exit('bye')", "line 2 (`sys.exit('bye')`): SystemExit: bye"),
        ("raise KeyboardInterrupt", "line 1 (`raise KeyboardInterrupt`): KeyboardInterrupt"),
        ("raise GeneratorExit", "line 1 (`raise GeneratorExit`): GeneratorExit"),
        ("\0", "source code string cannot contain null bytes"),
    ],
)
def test_a_file_that_does_not_import_gets_a_sentence_with_its_line(tmp_path, monkeypatch, code, end):
    (tmp_path / "my.py").write_text(code)
    (tmp_path / "broken.py").write_text("def f(:")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError) as caught:
        load("my.py:f", "a net")
    assert str(caught.value) == f"my.py fails as it is imported: {end.format(tmp_path)}"
    assert str(tmp_path / "my.py") not in sys.modules


def test_a_file_that_never_ends_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "SECONDS", 0.1)
    (tmp_path / "my.py").write_text("def f(): pass\nwhile True:\n    x = 1\n")
    with pytest.raises(
        RuntimeError, match=r"my\.py was stopped after 0\.1 seconds as it is imported in line [23] "
    ) as e:
        load(f"{tmp_path / 'my.py'}:f", "a net")
    assert str(e.value).endswith('what is for a program alone goes under if __name__ == "__main__"')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my.py:net", True),
        ("a b/my.py:net", True),
        (r"C:\mine\my.py:net", True),
        ("my.py", True),
        ("my.py:", True),
        ("mlp", False),
        ("mlp:dense3.bias[0,3]", False),
        ("digits.npz", False),
        ("my.pyx", False),
        ("my.py/train", False),
        (r"C:\my.py\train", False),
        (None, False),
        (print, False),
    ],
)
def test_what_reads_as_a_reference(text, expected):
    assert is_reference(text) is expected


def test_the_digest_names_the_file_as_it_was_given(tmp_path, monkeypatch):
    path = folder(tmp_path, "ann")
    monkeypatch.chdir(path.parent)
    expected = hashlib.sha256(CODE.encode()).hexdigest()
    assert digest("my.py:f") == {"file": "my.py", "sha256": expected}
    path.write_text(CODE + "\n")
    assert digest("my.py:f")["sha256"] != expected
    with pytest.raises(FileNotFoundError, match=r"no file 'none\.py'"):
        digest("none.py:f")


def test_the_source_file_is_the_one_in_tracebacks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.py").write_text("def f(): return 1")
    assert load("my.py:f", "a net").__code__.co_filename == source_file("my.py:f")
