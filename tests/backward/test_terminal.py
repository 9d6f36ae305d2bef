"""The tape in a terminal: keys, screens of any size, and the text in a pipe."""

import re

import numpy as np
import pytest

import minimix as mx
from minimix import Tensor, screen
from minimix.backward import Tape, source, terminal


@pytest.fixture(scope="module")
def t():
    x, w = Tensor(3.0, requires_grad=True), Tensor(np.array([2.0, 1.0], np.float32), requires_grad=True)
    a = x * w
    return mx.tape((mx.tanh(a) + a * a).sum(), names={"x": x, "w": w, "a": a})


def play(t, monkeypatch, keys, answers=()):
    screens, keys, answers = [], iter([*keys, "q"]), iter(answers)
    monkeypatch.setattr(screen.click, "echo", screens.append)
    monkeypatch.setattr(screen.click, "prompt", lambda *a, **k: next(answers))
    terminal.interact(t, getchar=lambda: next(keys), pressed=lambda seconds: False)
    return [int(re.search(r"step (\d+) of 12", shown)[1]) for shown in screens]


def test_keys_are_those_of_the_stepper(t, monkeypatch):
    assert play(t, monkeypatch, ["n", "\x1b[C", "b", "\x1b[F", "n", "\x1b[H", "j"], [7]) == [1, 2, 3, 2, 12, 12, 1, 7]
    assert play(t, monkeypatch, ["p"]) == [*range(1, 13), 12]


@pytest.mark.parametrize(("height", "width"), [(24, 80), (50, 120), (30, 40), (5, 20)])
def test_a_screen_fits(t, height, width):
    for i in range(len(t.steps)):
        lines = terminal.frame(t, 0, i, height, width).splitlines()
        assert len(lines) < height and max(map(len, lines)) <= width


def test_a_block_says_what_happens(t):
    assert terminal.block(t, 9).splitlines() == [
        "step 10 of 12   backward   a",
        "  All 3 uses, in v2 and v1, are done, and what they handed is added up.",
        "  g = [12, 6.01]",
        "  to x: g*w = [12, 6.01]*[2, 1] = [24, 6.01]",
        "    summed over axis 0, along which broadcasting repeated a number to (2,): 30.01",
        "  to w: g*x = [12, 6.01]*3 = [36, 18.03]",
        "  freed: a",
    ]


def test_the_table_shows_what_is_known_by_then(t):
    rows = [line[2:].split() for line in terminal.table(t, t.nodes, 7)]
    cells = {row[0]: row for row in rows}
    assert cells["x"][-1] == "3" and "".join(cells["a"][-2:]) == "[12,6]"  # x has no gradient; a has two parts of three
    first = {line[2:].split()[0]: line for line in terminal.table(t, t.nodes, 0)}
    assert "[6, 3]" in first["a"] and "[" not in first["v1"]


def test_the_text_has_every_step_and_the_table_first(t):
    text = t.text()
    assert text.index("operator") < text.index("step 1 of 12") and text.count("\nstep ") == 12
    assert "freed lets go of its inputs" in text


def test_tab_shows_all_nodes_with_other_layers_folded():
    net = mx.nn.Sequential(*(mx.nn.Dense(2, 2, k) for k in range(6)))
    groups = {}
    source._tell_groups(net, groups, [])
    t = Tape(net(Tensor(np.ones((1, 2), np.float32))).sum(), dict(net.named_parameters()), groups)
    near, folded = (terminal.frame(t, which, 1, 60, 100) for which in (0, 1))
    assert "dense4" not in near and "tab all nodes" in near
    assert re.search(r"\+ +dense1 +3 nodes", folded) and "dense2.weight" in folded and "dense3.weight" not in folded


def test_a_node_with_many_users_is_drawn_with_a_few():
    x = y = Tensor(1.0, requires_grad=True, name="x")
    for _ in range(300):
        y = y + x
    t = mx.tape(y, names={})
    assert len(terminal.frame(t, 0, len(t.steps) - 1, 200, 100).splitlines()) < 30
