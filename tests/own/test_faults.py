"""One sentence for what a reader's code raises, and whose fault it is."""

import linecache
import signal
from pathlib import Path

import pytest

from minimix.data import from_arrays
from minimix.own import TimeUp, blamed, fault, faults, told

FILE = "mine.py"
SOURCE = """\
def index():
    x = [1]
    return x[7]
def deep():
    return index()
def silent(): assert not deep
def two_lines(): raise ValueError("one\\ntwo")
def leave(): raise SystemExit(3)
def interrupt():
    raise KeyboardInterrupt
def wait(): import signal; signal.raise_signal(signal.SIGINT)
def late(error): raise error
def other(): return int("x")
"""


@pytest.fixture(scope="module")
def own():
    linecache.cache[FILE] = len(SOURCE), None, SOURCE.splitlines(keepends=True), FILE
    space = {}
    exec(compile(SOURCE, FILE, "exec"), space)
    return space


def caught(function, *arguments):
    try:
        function(*arguments)
    except BaseException as error:
        return error


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("index", "line 3 (`return x[7]`): IndexError: list index out of range"),
        ("deep", "line 3 (`return x[7]`): IndexError: list index out of range"),
        ("silent", "line 6 (`def silent(): assert not deep`): AssertionError"),
        ("two_lines", 'line 7 (`def two_lines(): raise ValueError("one\\ntwo")`): ValueError: one'),
        (
            "other",
            "line 13 (`def other(): return int(\"x\")`): ValueError: invalid literal for int() with base 10: 'x'",
        ),
    ],
)
def test_an_exception_is_told_with_the_line_that_the_reader_wrote(own, name, sentence):
    assert told(caught(own[name]), FILE) == sentence


def test_one_that_comes_from_no_line_of_the_file_is_told_by_its_message(own):
    assert told(caught(own["index"], 1), FILE) == "index() takes 0 positional arguments but 1 was given"
    assert told(caught(own["index"]), "another.py") == "list index out of range"
    assert told(KeyError(), FILE) == "KeyError"


def test_a_syntax_error_is_told_where_it_is(tmp_path):
    error = caught(compile, "x = 1\nx = = 2\n", FILE, "exec")
    assert told(error, FILE) == "line 2 (`x = = 2`): SyntaxError: invalid syntax"
    (tmp_path / "beside.py").write_text("x = 1\nx = = 2\n")
    space = {"path": str(tmp_path / "beside.py"), "Path": Path}
    code = "y = 1\nexec(compile(Path(path).read_bytes(), path, 'exec'))"
    error = caught(exec, compile(code, "none.py", "exec"), space)
    assert told(error, "none.py") == f"line 2: SyntaxError: invalid syntax in line 2 of {space['path']}"


def test_a_fault_is_a_value_error_that_says_where(own):
    error = fault(caught(own["index"]), "mine.py:index", FILE, " at step 3")
    assert type(error) is ValueError
    assert str(error) == "mine.py:index fails at step 3: line 3 (`return x[7]`): IndexError: list index out of range"


def test_time_that_is_up_is_a_runtime_error(own):
    error = fault(caught(own["late"], TimeUp()), "mine.py:late", FILE, " at step 3", 2.5)
    assert type(error) is RuntimeError
    assert str(error) == (
        "mine.py:late was stopped after 2.5 seconds at step 3 in line 12 (`def late(error): raise error`): a loop in "
        "it does not end, or it is too slow"
    )
    assert str(fault(TimeUp(), "f", FILE, "", 2)).startswith("f was stopped after 2 seconds: a loop")


@pytest.mark.parametrize(
    ("name", "end"),
    [("leave", "SystemExit: 3"), ("interrupt", "line 10 (`raise KeyboardInterrupt`): KeyboardInterrupt")],
)
def test_what_ends_a_program_is_the_code_s_own_fault_where_it_raises_it(own, name, end):
    assert str(fault(caught(own[name]), "f", FILE)).endswith(end)


def test_the_user_s_ctrl_c_is_not(own):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        error = caught(own["wait"])
    finally:
        signal.signal(signal.SIGINT, before)
    with pytest.raises(KeyboardInterrupt) as raised:
        fault(error, "f", FILE)
    assert raised.value is error


@pytest.mark.parametrize("error", [SystemExit(0), GeneratorExit(), KeyboardInterrupt(), RecursionError("deep")])
def test_whatever_a_reader_s_code_raises_becomes_a_sentence_with_its_file(own, error):
    sentence = rf"^mine fails: line 12 of mine\.py \(`.*`\): {type(error).__name__}"
    with pytest.raises(ValueError, match=sentence), blamed("mine"):
        own["late"](error)


def test_minimix_s_own_sentences_stay_and_so_does_an_interruption(own):
    with pytest.raises(ValueError, match=r"^my data must have x_train, ") as error, blamed("mine"):
        from_arrays(3, "my data")
    assert error.value.__cause__ is None
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), blamed("mine"):
            own["wait"]()
    finally:
        signal.signal(signal.SIGINT, before)


def test_what_minimix_raises_itself_to_end_a_run_is_no_fault_of_the_reader_s(own, monkeypatch):
    monkeypatch.setattr(faults, "HOUSE", FILE)  # as if own() were minimix's
    with pytest.raises(KeyboardInterrupt):
        fault(caught(own["interrupt"]), "f", "another.py")
