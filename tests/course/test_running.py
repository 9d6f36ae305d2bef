"""A rule for these tests, whose runs can be counted by hand: w grows by 10*t + g + the sum of all g so far."""

import numpy as np
import pytest

from minimix.course.running import MISTAKES, run


def step(w, g, s, t):
    return w + 10 * t + g + s, s + g


def ends(mistake=None):
    """The two parameters after each of three steps; the gradients are 1 and 2, in epochs of two steps and one."""
    gradients = [np.array(1.0), np.array(2.0)]
    epochs = [[gradients, gradients], [gradients]]
    steps = run(step, 1, [np.array(0.0), np.array(100.0)], epochs, mistake)
    return [tuple(map(float, parameters)) for parameters, _ in steps]


def test_a_right_run_counts_steps_and_keeps_a_state_for_each_parameter():
    assert ends() == [(11, 112), (33, 136), (66, 172)]


@pytest.mark.parametrize(
    ("mistake", "last"),
    [
        ("t from 0", (36, 142)),
        ("t from 2", (96, 202)),
        ("t restarts", (46, 152)),
        ("t counts epochs", (46, 152)),
        ("t counts parameters", (96, 232)),
        ("all restarts", (44, 148)),
        ("state restarts", (64, 168)),
        ("state forgotten", (63, 166)),
        ("state shared", (72, 178)),
    ],
)
def test_a_mistake_of_runs(mistake, last):
    assert ends(mistake)[-1] == last


def test_each_mistake_has_a_hint_of_its_own():
    assert len(set(MISTAKES.values())) == len(MISTAKES) == 9


def test_the_state_at_the_end_is_handed_out_and_nothing_given_is_changed():
    w, g = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    *_, (_, states) = run(step, 1, [w], [[[g], [g]]])
    np.testing.assert_array_equal(states[0][0], [6, 8])
    np.testing.assert_array_equal((w, g), ([1, 2], [3, 4]))
