"""minimix tape."""

import pytest
from click.testing import CliRunner

from minimix.cli import main


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("def f(x, y):\n    return x * y + x\n")
    return lambda *arguments: CliRunner().invoke(main, ["tape", *map(str, arguments)])


def test_in_a_pipe_every_step_is_a_block(run):
    result = run("mine.py:f", "--at", "2,5")
    assert result.exit_code == 0, result.output
    assert "v1 = x*y = 2*5 = 10" in result.output and "x.grad = 6" in result.output


def test_it_writes_what_is_asked_for_and_nothing_else(run, tmp_path):
    result = run("mine.py:f", "--html", "t.html", "--csv", "t.csv", "--png", "t.png")
    assert result.exit_code == 0, result.output
    assert all((tmp_path / name).stat().st_size > 100 for name in ("t.html", "t.csv", "t.png"))
    assert "step 1" not in result.output


def test_a_second_time(run):
    assert "second time, backward   norm2" in run("mine.py:f", "--second").output


def test_bad_input_is_one_sentence(run):
    result = run("mine.py:f", "--at", "2;5")
    assert result.exit_code == 2 and "not numbers like 1,2" in result.output
    result = run("mine.py:g")
    assert result.exit_code == 1 and "no function or class 'g'" in result.output
