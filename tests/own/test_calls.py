"""minimix/own/calls.py: what a reader's function is called with, and what is said when it fails."""

import pytest

from minimix.own.calls import called, told


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
    with pytest.raises(ValueError, match=r"^my\.py:f raised TypeError: .*, line 5 of my\.py$") as error:
        called(names["f"], "my.py:f", 0)
    assert isinstance(error.value.__cause__, TypeError)


def test_sentences_stay_and_an_interruption_is_one():
    for raised in (ValueError("x must be 3"), FileNotFoundError("no file"), KeyboardInterrupt()):
        with pytest.raises(type(raised)) as error, told("my.py:f"):
            raise raised
        assert error.value is raised
