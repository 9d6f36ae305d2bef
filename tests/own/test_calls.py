"""minimix/own/calls.py: what a reader's function is called with, and what is said when it fails."""

from pathlib import Path

import numpy as np
import pytest

from minimix.own import calls
from minimix.own.calls import called


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda: "nothing", "nothing"),
        (lambda seed: seed, 7),
        (lambda s: s, 7),
        (lambda width=3: width, 3),
        (lambda width=3, seed=0: (width, seed), (3, 7)),
        (lambda *a, **k: (a, k), ((), {})),
    ],
)
def test_the_seed_goes_to_the_argument_that_is_called_so_or_to_the_only_one_that_is_needed(function, expected):
    assert called(function, "my.py:f", 7) == expected


def test_other_arguments_are_refused():
    with pytest.raises(ValueError, match=r"my\.py:f must take a seed or nothing, but it needs a, b"):
        called(lambda a, b: a, "my.py:f", 7)
    with pytest.raises(ValueError, match=r"my\.py:f must be a function, got 3"):
        called(3, "my.py:f", 7)


def test_what_fails_is_told_with_the_last_line_that_the_reader_wrote(tmp_path):
    path = tmp_path / "my.py"
    path.write_text("import numpy as np\ndef f():\n    return g()\ndef g():\n    return np.stack(3)\n")
    names = {}
    exec(compile(path.read_text(), str(path), "exec"), names)
    with pytest.raises(ValueError, match=r"^my\.py:f fails: line 5 of my\.py \(`.*`\): TypeError: ") as error:
        called(names["f"], "my.py:f", 0)
    assert isinstance(error.value.__cause__, TypeError)


def test_what_a_reader_s_own_line_finds_wrong_is_told_with_the_line():
    with pytest.raises(
        ValueError, match=r"^my\.py:f fails: line \d+ of test_calls\.py .*: FileNotFoundError: .*none\.csv"
    ):
        called(lambda: Path("none.csv").read_text(encoding="utf-8"), "my.py:f", 0)
    with pytest.raises(
        ValueError, match=r"^my\.py:f fails: line \d+ of test_calls\.py .*: ValueError: cannot reshape "
    ):
        called(lambda: np.zeros(3).reshape(2, 2), "my.py:f", 0)


def test_a_call_that_never_ends_is_stopped_and_its_line_is_told(monkeypatch):
    def net(seed):
        while True:
            pass

    monkeypatch.setattr(calls, "SECONDS", 0.2)
    with pytest.raises(RuntimeError, match=r"my.py:net was stopped after 0.2 seconds in line \d+"):
        calls.called(net, "my.py:net", 0)
