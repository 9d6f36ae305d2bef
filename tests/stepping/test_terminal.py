"""The stepper in a terminal: keys, and screens of any size."""

import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minimix import screen
from minimix.stepping import stepper, terminal

SPECS = ["adam:lr=0.05", "mas:lr=0.002,combine=correction"]


@pytest.fixture(scope="module")
def stepped():
    return stepper([*SPECS, "sgd:lr=0.5"], on="rosenbrock", steps=30)


def play(stepped, monkeypatch, keys, answers=(), pressed=lambda seconds: False):
    """[(step, rule)] of the screens that these keys show."""
    screens, keys, answers = [], iter([*keys, "q"]), iter(answers)
    monkeypatch.setattr(screen.click, "echo", screens.append)
    monkeypatch.setattr(screen.click, "prompt", lambda *a, **k: next(answers))
    terminal.interact(stepped, getchar=lambda: next(keys), pressed=pressed)
    return [re.search(r"step (\d+) of 30   (\S+)", screen).groups() for screen in screens]


@pytest.mark.parametrize(("forward", "back"), [("\x1b[C", "\x1b[D"), ("n", "b"), (" ", "\x7f")])
def test_forward_and_back(stepped, monkeypatch, forward, back):
    shown = play(stepped, monkeypatch, [forward, forward, back])
    assert [step for step, _ in shown] == ["1", "2", "3", "2"]


def test_it_stops_at_both_ends(stepped, monkeypatch):
    shown = play(stepped, monkeypatch, ["b", "j", "n"], answers=[30])
    assert [step for step, _ in shown] == ["1", "1", "30", "30"]


def test_tab_shows_the_other_rules_at_the_same_step(stepped, monkeypatch):
    shown = play(stepped, monkeypatch, ["n", "\t", "\t", "\t"])
    assert shown[1:] == [("2", SPECS[0]), ("2", SPECS[1]), ("2", "sgd:lr=0.5"), ("2", SPECS[0])]


def test_play_goes_to_the_end_or_until_a_key(stepped, monkeypatch):
    assert len(play(stepped, monkeypatch, ["p"])) == 1 + 29 + 1
    waits = iter([False, False, True])
    shown = play(stepped, monkeypatch, ["p"], pressed=lambda seconds: next(waits))
    assert [step for step, _ in shown] == ["1", "2", "3", "3"]


def test_a_rule_that_ended_keeps_its_last_step(stepped):
    screen = terminal.frame(stepped, 2, 29, 50, 100)
    assert "ended here" in screen and "Overflow" in screen


def test_home_and_end_go_to_the_first_and_the_last_step(stepped, monkeypatch):
    shown = play(stepped, monkeypatch, ["n", "\x1b[F", "\x1b[H", "\x1bOF", "\0G", "\xe0O"])
    assert [step for step, _ in shown] == ["1", "2", "30", "1", "30", "1", "30"]


def test_a_key_is_answered_at_once(stepped):
    """By less than 20,000 calls, which take some milliseconds: so no machine's load fails it."""
    calls = []
    sys.setprofile(lambda frame, event, argument: calls.append(event))
    try:
        terminal.frame(stepped, 1, 20, 50, 100)
    finally:
        sys.setprofile(None)
    assert len(calls) < 40_000  # a call and its return


@given(st.integers(1, 150), st.integers(1, 60))
def test_any_screen_is_filled_and_no_number_is_broken(stepped, width, height):
    lines = terminal.frame(stepped, 1, 4, height, width).splitlines()
    assert len(lines) <= max(height - 1, 2) and max(map(len, lines)) <= width
    folded = screen.folded(terminal.block(stepped, stepped.runs[1], 4), width)
    whole = terminal.block(stepped, stepped.runs[1], 4)
    assert "".join("".join(folded).split()) == "".join(whole.split())
    if width >= 60:
        assert " ".join(folded).split() == whole.split()


@pytest.mark.parametrize(("height", "width"), [(24, 80), (50, 120), (30, 40)])
def test_a_screen_fits(stepped, height, width):
    lines = terminal.frame(stepped, 1, 4, height, width).splitlines()
    assert len(lines) < height and max(map(len, lines)) <= width
    assert screen.HELP[:20] in lines[-1]


def test_a_block_reads_as_the_board_does(stepped):
    block = terminal.block(stepped, stepped.runs[0], 1)
    assert "m = b1*m_old + (1 - b1)*g = 0.9*[-21.56, -8.8] + (1 - 0.9)*[-129.65, -54.5] = [-32.369, -13.37]" in block
    assert "eta_a = eta/(1 - b1^t) = 0.05/(1 - 0.9^2) = 0.26316" in block
    assert "loss 12.048 → 5.7778" in block


def test_a_correction_says_why(stepped):
    assert "d = ls*d_s = 0.4*[-215.6, -88] = [-86.24, -35.2]   because <d_s, d_a> > 0" in terminal.block(
        stepped, stepped.runs[1], 0
    )
