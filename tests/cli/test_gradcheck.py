import importlib

import pytest
from click.testing import CliRunner

from minimix.cli import main

OPERATORS = """\
import numpy as np
import minimix as mx
from minimix.tensor import operator

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

def in_place(x):
    x.data *= 2
    return x

def endless(x):
    while True:
        pass
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ops.py").write_text(OPERATORS)
    return lambda name, *options: CliRunner().invoke(main, ["gradcheck", f"ops.py:{name}", *options])


def test_a_right_operator_agrees_to_second_order(run):
    result = run("softplus", "--order", "2")
    assert result.exit_code == 0
    assert result.output == "softplus agrees with central differences to order 2, inputs of shape (3, 4).\n"


def test_a_wrong_one_is_told_where_and_drawn(run, tmp_path):
    result = run("dense", "--shape", "5,3", "--shape", "2,3", "--shape", "2", "--png", "d.png")
    assert result.exit_code == 1
    assert "the gradient of input 2 is wrong in 2 of 2 elements" in result.output
    assert "a constant factor of 0.2" in result.output
    assert (tmp_path / "d.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("cube", [], "wrong in 12 of 12 elements"),
        ("wrong_shape", ["--png", "d.png"], "a vector-Jacobian product of shape () for an input of shape (3, 4)"),
        ("number", ["--png", "d.png"], "the function must return one Tensor, got float"),
        ("gap", [], "gap: not done yet"),
        (
            "raising",
            [],
            "raising fails for inputs of shape (3, 4): line 23 (`def raising(x): return x @ x`)",
        ),
        ("in_place", [], "in_place changes its input 0 in place"),
        ("endless", [], "endless was stopped after 0.2 seconds with inputs of shape (3, 4)"),
        ("any_number", [], "give a --shape for each"),
        ("softplas", [], "ops.py has no function or class 'softplas'; it has "),
        ("softplus", ["--shape", "3,a"], "'3,a' is not a shape like 3,4"),
        ("softplus", ["--shape", "3,0"], "'3,0' is not a shape like 3,4"),
        ("softplus", ["--shape", "300,400"], "more than 2000 elements"),
    ],
)
def test_what_cannot_agree_gets_a_sentence(run, name, options, sentence, monkeypatch):
    if name == "endless":
        monkeypatch.setattr(importlib.import_module("minimix.cli.gradcheck"), "SECONDS", 0.2)
    result = run(name, *options)
    assert result.exit_code in (1, 2) and isinstance(result.exception, SystemExit)
    assert sentence in result.output
