"""Derivatives of a run's last loss: those that runs with other hyperparameters give, and said in words."""

import numpy as np
import pytest
from click.testing import CliRunner

from minimix.cli import main
from minimix.spec import parse
from minimix.stepping import sensitivity, stepper


def last_loss(spec, **settings):
    return stepper(spec, **settings).runs[0].steps[-1]["loss_new"]


@pytest.mark.parametrize("on", ["valley", "noisy", "rosenbrock"])
@pytest.mark.parametrize(
    ("spec", "path", "number"),
    [
        ("sgd:momentum=0.9,lr={}", "lr", 1e-3),
        ("mas:lr=1e-3,gamma={}", "gamma", 0.6),
        ("mas:s=sgd(lr=1e-3),a=adam(lr=1e-3,b1={})", "a.b1", 0.9),
        ("split:x=sgd(lr=cosine(lr={},steps=30)),y=adam", "x.lr.lr", 1e-3),
    ],
)
def test_the_derivatives_are_those_of_runs_beside_this_one(on, spec, path, number):
    settings = {"on": on, "steps": 30, "seed": 4}
    run = stepper(spec.format(number), **settings)
    (loss, found), h = run.sensitivity()[run.runs[0].label], 1e-6 * number
    above, below = (last_loss(spec.format(repr(x)), **settings) for x in (number + h, number - h))
    value, slope = found[path]
    assert loss == pytest.approx(run.runs[0].steps[-1]["loss_new"], rel=1e-12)
    assert value == number
    assert slope == pytest.approx((above - below) / (2 * h), rel=1e-5, abs=1e-6)


def test_a_network_has_them_too():
    settings = {"on": "mlp:dense3.bias", "steps": 2}
    run = stepper("sgd:lr=0.1", **settings)
    _, found = run.sensitivity()["sgd:lr=0.1"]
    above, below = (last_loss(f"sgd:lr={0.1 + h!r}", **settings) for h in (1e-6, -1e-6))
    assert found["lr"][1] == pytest.approx((above - below) / 2e-6, rel=1e-5)


def test_counts_have_no_derivative_and_defaults_of_the_rules_within_do_not_hide_others():
    _, found = stepper("swats:lr=0.01", on="valley", steps=5).sensitivity()["swats:lr=0.01"]
    assert found["tolerance"] == (1e-9, 0.0) and found["lr"][1] != 0
    leaves = {}
    sensitivity._with_leaves(parse("sgd:lr=cosine(lr=1e-2,steps=5),nesterov=true,momentum=0.9"), "", leaves)
    assert leaves.keys() == {"lr.lr", "lr.floor", "momentum", "dampening", "weight_decay"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("lr", 0.05, -800.0, 50.0), "a learning rate 1 % larger would have ended 0.4 lower"),
        (("a.b2", 0.999, 3e3, 50.0), "a b2 of a 1e-05 larger would have ended 0.03 higher"),
        (("weight_decay", 0.0, 2.0, 50.0), "a weight_decay 0.001 larger would have ended 0.002 higher"),
        (("tolerance", 1e-9, 0.0, 50.0), "a slightly different tolerance would have changed nothing"),
        (("eps", 0.1, 1e9, 50.0), "tiny changes only"),
        (("lr", 0.1, np.nan, 50.0), "overflows"),
    ],
)
def test_what_a_derivative_means_is_said(arguments, words):
    assert words in sensitivity.sentence(*arguments)


def test_the_command_shows_every_rule():
    found = CliRunner().invoke(main, ["step", "adam:lr=0.05", "sgd:lr=1e-3", "--steps", "5", "--sensitivity"])
    assert found.exit_code == 0
    assert found.output.count("after 5 steps") == 2 and "would have ended" in found.output
