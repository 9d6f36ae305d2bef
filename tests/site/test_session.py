"""That cells run as a notebook's do, show what they give, and end nothing."""

import base64
import json
import subprocess
import sys
import textwrap

import pytest

from minimix.course import copies
from minimix.course.checker import exercises
from minimix.course.source import gapped
from minimix.site.session import MOST, Session, answer

WRONG = """
    from minimix.course import check


    def adagrad_step(w, g, s, lr, eps):
        s = s + g**2
        return w - lr * g / (s + eps), s


    check(adagrad_step)
    print("below")
"""


def run(*cells, session=None):
    """The outputs of the last of these cells."""
    session = session or Session()
    for k, cell in enumerate(cells, 1):
        outputs = session.run(textwrap.dedent(cell).strip("\n"), f"cell {k}")
    return outputs


def text(*cells):
    (output,) = run(*cells)
    assert output["kind"] == "text"
    return output["text"]


def error(*cells):
    """The error of the last cell; the one below it runs all the same."""
    session = Session()
    *_, output = run(*cells, session=session)
    assert output["kind"] == "error" and "\n" not in output["text"]
    assert session.run("print('goes on')", "next") == [{"kind": "text", "text": "goes on\n"}]
    return output


def test_cells_share_a_namespace_and_show_the_value_of_a_last_expression():
    assert text("x = 3", "x + 1") == "4\n"
    assert run("x = 3") == run("None") == run("3;") == run("") == []
    assert text("__name__") == "'__main__'\n"
    assert text("x = 3", "import sys; sys.modules['__main__'].x") == "3\n"


def test_what_is_printed_comes_in_order_whatever_stream_it_went_to():
    assert text("import sys\nprint(1)\nprint(2, file=sys.stderr)\nsys.stdout.write('3')\n4") == "1\n2\n34\n"
    assert sys.stdout is not None and run("import sys; sys.stdout.close()", "print(5)")[0]["text"] == "5\n"


def test_each_output_is_told_at_once():
    told, session = [], Session()
    outputs = session.run("print(1)\n1 / 0", "cell", told.append)
    assert told[0] == {"kind": "text", "text": "1"} and told[-1] == outputs[-1]
    assert "".join(output["text"] for output in told[:-1]) == outputs[0]["text"]


def test_what_is_printed_without_end_is_cut():
    printed = text("for _ in range(1000): print('x' * 1000)")
    assert MOST < len(printed) < MOST + 100 and printed.endswith("characters of what it prints)\n")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("x = [1]\nx[7]", "cell 1 fails: line 2 (`x[7]`): IndexError: list index out of range"),
        ("f(1", "cell 1 fails: line 1 (`f(1`): SyntaxError: '(' was never closed"),
        ("raise SystemExit(3)", "cell 1 fails: line 1 (`raise SystemExit(3)`): SystemExit: 3"),
        ("exit()", "cell 1 fails: line 1 (`exit()`): SystemExit: None"),
        ("raise KeyboardInterrupt", "cell 1 fails: line 1 (`raise KeyboardInterrupt`): KeyboardInterrupt"),
        ("raise BaseException('x')", "cell 1 fails: line 1 (`raise BaseException('x')`): BaseException: x"),
        (
            "input()",
            "cell 1 fails: line 1 (`input()`): EOFError: nobody can answer here; write the value in",
        ),
        ("class E(Exception):\n    def __str__(self): 1 / 0\nraise E", "cell 1 fails: E"),
    ],
)
def test_an_error_is_a_sentence_with_the_line_of_the_reader(cell, expected):
    assert error(cell)["text"] == expected


def test_an_error_says_which_cell_it_comes_from_and_by_what_way():
    found = error("def f(x):\n    return 1 / x", "f(0)")
    assert found["text"] == "cell 2 fails in cell 1: line 2 (`return 1 / x`): ZeroDivisionError: division by zero"
    assert found["trace"] == ["cell 2, line 1, in <module>: f(0)", "cell 1, line 2, in f: return 1 / x"]


def test_a_recursion_without_end_and_a_value_that_cannot_be_shown_are_errors():
    found = error("def f(n):\n    return f(n + 1)\nf(0)")
    assert "RecursionError" in found["text"] and len(found["trace"]) == 2
    assert "ZeroDivisionError" in error("class R:\n    def __repr__(self): 1 / 0\nR()")["text"]


def test_a_thread_prints_and_its_error_ends_nothing():
    assert text("import threading\nt = threading.Thread(target=print, args=(1,))\nt.start()\nt.join()") == "1\n"


def test_a_gap_is_not_done_yet_and_what_follows_runs():
    session = Session()
    (verdict,) = run('def f():\n    raise NotImplementedError("your code here")\nf()', session=session)
    assert verdict == {"kind": "verdict", "state": "not done yet", "text": "cell 1: not done yet.", "hint": None}
    assert session.run("1", "cell 2")[0]["text"] == "1\n"


def test_what_check_finds_is_an_output_of_its_own_with_its_hint():
    verdict, below = run(WRONG)
    assert verdict["kind"] == "verdict" and verdict["state"] == "wrong"
    assert verdict["hint"] and verdict["hint"] not in verdict["text"] and "expected" in verdict["text"]
    assert below == {"kind": "text", "text": "below\n"}
    (right, _) = run(WRONG.replace("(s + eps)", "(s**0.5 + eps)"))
    assert right["state"] == "right" and right["hint"] is None


def test_check_prints_again_when_the_cell_has_ended(capsys):
    run(WRONG)
    exec(textwrap.dedent(WRONG), {})
    assert "expected" in capsys.readouterr().out


def test_pictures_come_where_they_are_shown_and_the_rest_at_the_end():
    import matplotlib.pyplot as plt

    before = plt.get_backend()
    outputs = run("""
        import matplotlib.pyplot as plt
        from minimix.course import show
        plt.plot([1, 2]), plt.title("two"), plt.xlabel("x")
        show("name")
        print("between")
        plt.figure()
        _ = plt.plot([3])
    """)
    assert [output["kind"] for output in outputs] == ["image", "text", "image"]
    assert outputs[0]["text"] == "Picture. two: x" and outputs[2]["text"] == "Picture"
    assert base64.b64decode(outputs[0]["data"]).startswith(b"\x89PNG")
    assert plt.get_backend() == before and not plt.get_fignums()


def test_a_value_with_a_page_is_a_page():
    cell = "class Page:\n    def _repr_html_(self): return '<b>x</b>'\nPage()"
    assert run(cell) == [{"kind": "html", "text": "<b>x</b>"}]


def test_files_are_in_the_folder(tmp_path):
    Session(tmp_path).run("open('a.txt', 'w').write('x')", "cell 1")
    assert (tmp_path / "a.txt").read_text() == "x"


def test_the_student_of_lesson_1_gets_a_verdict_for_each_exercise():
    source = gapped(copies.files()[1].read_text(encoding="utf-8"))
    outputs = Session().run(source, "lesson")
    verdicts = [output["state"] for output in outputs if output["kind"] == "verdict"]
    assert verdicts == ["not done yet"] * len(exercises(1)) and verdicts
    assert not [output for output in outputs if output["kind"] == "error"]


def test_a_call_answers_in_json_or_with_a_sentence():
    assert json.loads(answer("minimix.hint:shown", "[1, 2]")) == "[1, 2]"
    assert json.loads(answer("minimix.course.copies:title", '"x"')) == {
        "error": "'str' object has no attribute 'read_text'"
    }


def test_a_session_begins_without_matplotlib():
    code = "import sys; from minimix.site.session import Session; Session().run('1', 'a'); "
    code += "print('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
