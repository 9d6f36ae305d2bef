"""A reader's operator in a file, examined in this process: minimix gradcheck does it in one of its own."""

import pytest

from minimix.course.operators import examine

OPERATORS = """\
import numpy as np
import minimix as mx
from minimix.operators import operator

@operator(lambda g, y, x: g * mx.sigmoid(x))
def softplus(x):
    return np.log1p(np.exp(x))

@operator(lambda g, y, x: g * y)
def cube(x):
    return x**3

@operator(lambda g, y, x, w, b: g @ w, lambda g, y, x, w, b: g.T @ x, lambda g, y, x, w, b: g / g.shape[0])
def dense(x, w, b):
    return x @ w.T + b

@operator(lambda g, y, x: g.sum())
def wrong_shape(x):
    return 2 * x

def number(x): return 3.0
def gap(x): raise NotImplementedError("your code here")
def raising(x): return x @ x
def any_number(*xs): return xs[0]

def leaving(x): raise SystemExit(0)
def giving_up(x): raise GeneratorExit

def in_place(x):
    x.data *= 2
    return x

def endless(x):
    while True:
        pass
"""


@pytest.fixture
def examined(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ops.py").write_text(OPERATORS)
    usual = {"shapes": [], "order": 1, "seed": 0, "seconds": 20, "png": None}
    return lambda name, **options: examine(usual | {"operator": f"ops.py:{name}"} | options)


def test_a_right_operator_agrees_to_second_order(examined):
    found = examined("softplus", order=2)
    text = "softplus agrees with central differences to order 2, inputs of shape (3, 4)."
    assert found == {"right": True, "text": text, "png": None}


def test_a_wrong_one_is_told_where_and_drawn(examined, tmp_path):
    found = examined("dense", shapes=[[5, 3], [2, 3], [2]], png="d.png")
    assert not found["right"] and found["png"] == "d.png"
    assert "the gradient of input 2 is wrong in 2 of 2 elements" in found["text"]
    assert "a constant factor of 0.2" in found["text"]
    assert (tmp_path / "d.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("cube", "wrong in 12 of 12 elements"),
        ("wrong_shape", "a vector-Jacobian product of shape () for an input of shape (3, 4)"),
        ("number", "the function must return one Tensor, got float"),
    ],
)
def test_what_does_not_agree_is_told_and_not_drawn_where_there_is_no_jacobian(examined, name, sentence):
    found = examined(name, png=None if name == "cube" else "d.png")
    assert not found["right"] and found["png"] is None and sentence in found["text"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("gap", "^gap: not done yet$"),
        ("raising", r"^raising fails for inputs of shape \(3, 4\): line 23 \(`def raising\(x\): return x @ x`\)"),
        ("leaving", r"^leaving fails for inputs of shape \(3, 4\): line \d+ .*: SystemExit: 0$"),
        ("giving_up", r"^giving_up fails for .*: GeneratorExit$"),
        ("in_place", "^in_place changes its input 0 in place"),
        ("endless", r"^endless was stopped after 0\.2 seconds with inputs of shape \(3, 4\)"),
        ("any_number", "give a --shape for each"),
        ("softplas", "^ops.py has no function or class 'softplas'; it has "),
    ],
)
def test_what_cannot_be_compared_gets_a_sentence(examined, name, sentence):
    with pytest.raises((ValueError, RuntimeError), match=sentence):
        examined(name, seconds=0.2)
