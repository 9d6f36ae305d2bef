import pytest
from click.testing import CliRunner

from minimix.cli import main

OPERATORS = """\
import os
def twice(x): return 2 * x
def gone(x): os._exit(0)
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ops.py").write_text(OPERATORS)
    return lambda name, *options: CliRunner().invoke(main, ["gradcheck", f"ops.py:{name}", *options])


def test_a_right_operator_agrees(run):
    result = run("twice", "--shape", "2,3", "--order", "2", "--png", "t.png")
    assert result.exit_code == 0
    assert result.output == "twice agrees with central differences to order 2, inputs of shape (2, 3).\nt.png\n"


def test_an_operator_that_ends_its_process_has_not_agreed(run):
    result = run("gone")
    assert result.exit_code == 1 and result.output.startswith("Error: gone ended its process with exit code 0")


@pytest.mark.parametrize(
    ("shape", "sentence"),
    [
        ("3,a", "'3,a' is not a shape like 3,4"),
        ("3,0", "'3,0' is not a shape like 3,4"),
        ("²", "'²' is not a shape like 3,4"),
        ("300,400", "more than 2000 elements"),
    ],
)
def test_a_shape_that_is_none_is_refused(run, shape, sentence):
    result = run("twice", "--shape", shape)
    assert result.exit_code == 2 and sentence in result.output
