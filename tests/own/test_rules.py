"""What may be an update rule or a schedule of a reader's own, and how it is made."""

import numpy as np
import pytest

from minimix.optim import SGD, Adam, Cosine, Rule
from minimix.optim.schedules import Schedule
from minimix.own.rules import make, rule, rule_class, schedule_class
from tests.optim.problem import gradients, run, same

CODE = """\
import functools
from dataclasses import dataclass
from minimix.optim import SGD, Adam, Cosine, Rule

class Derived(Rule):
    def __init__(self, lr=0.01, momentum=0.0):
        self.lr, self.momentum = lr, momentum
    def propose(self, w, g, state):
        return g, self.eta(state)

class Plain:
    def __init__(self, lr=0.01):
        self.lr = lr
    def propose(self, w, g, state):
        return g, self.eta(state)

@dataclass
class Data:
    lr: float = 0.01
    def propose(self, w, g, state):
        return g, self.lr

class Mine(Adam):
    pass

class Bare:
    def propose(self, w, g, state):
        return g, 0.01

def step(w, g, state, t, lr=0.01):
    return w - lr * g

class Half:
    def __init__(self, lr):
        self.lr = lr
    def __call__(self, t):
        return self.lr / 2

class Derivedschedule(Cosine):
    def __call__(self, t):
        return self.lr / 2

def half(t, lr=0.02):
    return lr / 2

class Empty: pass
class Unkept:
    def __init__(self, lr=0.01): self.rate = lr
    def propose(self, w, g, state): return g, self.rate
class Doubled:
    def __init__(self, lr=0.01): self.lr = 2 * lr
    def propose(self, w, g, state): return g, self.lr
class Open:
    def __init__(self, **options): self.options = options
    def propose(self, w, g, state): return g, 0.01
class Refusing:
    def __init__(self, lr=0.01):
        if lr > 1: raise ValueError(f"lr must be below 1, got {lr}")
        lr.hex(1)
    def propose(self, w, g, state): return g, 0.01
def endless(w, g, state, t): pass
class Endless:
    def __init__(self):
        while True: pass
    def propose(self, w, g, state): return g, 0.01
def few(w, g): return w
def needing(w, g, state, t, lr): return w
def open_(w, g, state, t, **options): return w
OBJECT = Derived()
PARTIAL = functools.partial(step, lr=1)
"""


@pytest.fixture
def my(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.py").write_text(CODE)
    return "my.py:{}".format


@pytest.mark.parametrize("name", ["Derived", "Plain", "Data", "step"])
def test_each_form_of_a_rule_is_one(my, name):
    own = rule(my(name), lr=0.02)
    assert isinstance(own, Rule)
    assert own.hyperparameters()["lr"] == 0.02
    assert own == rule(my(name), lr=0.02) != rule(my(name))
    assert repr(own).startswith(f"{name}(lr=0.02")
    for found, expected in zip(run(own, gradients(5)), run(SGD(0.02), gradients(5)), strict=True):
        for key, w in expected.items():
            np.testing.assert_allclose(found[key], w, rtol=1e-14, atol=1e-15)


def test_a_class_is_the_rule_that_it_would_be_unwatched(my):
    assert same(run(rule(my("Mine"), lr=0.02), gradients(5)), run(Adam(0.02), gradients(5)))
    assert same(run(rule(my("Bare")), gradients(5)), run(SGD(0.01), gradients(5)))


def test_a_rule_may_have_a_schedule(my):
    lr = Cosine(0.02, 4)
    for name in ("Derived", "Plain", "step"):
        found, expected = run(rule(my(name), lr=lr), gradients(5))[-1], run(SGD(lr), gradients(5))[-1]
        assert all(np.allclose(found[key], w, rtol=1e-13, atol=1e-15) for key, w in expected.items())


def test_one_reference_is_one_class_that_knows_it(my):
    assert rule_class(my("Plain")) is rule_class(my("Plain"))
    assert rule_class(my("Plain")).own_reference == my("Plain")
    assert schedule_class(my("half")).own_reference == my("half")


@pytest.mark.parametrize("name", ["Half", "half"])
def test_each_form_of_a_schedule_is_one(my, name):
    own = make(schedule_class(my(name)), {"lr": 0.02})
    assert isinstance(own, Schedule)
    assert own == make(schedule_class(my(name)), {"lr": 0.02}) != make(schedule_class(my(name)), {"lr": 1})
    assert repr(own) == f"{name}(lr=0.02)"
    assert same(run(SGD(own), gradients(5)), run(SGD(0.01), gradients(5)))


def test_a_class_of_schedules_may_be_derived_from_ours(my):
    assert make(schedule_class(my("Derivedschedule")), {"lr": 0.02, "steps": 3})(1) == 0.01


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("Empty", {}, "my.py:Empty is a class without propose(self, w, g, state)"),
        ("Rule", {}, "my.py:Rule is a class without propose(self, w, g, state)"),
        ("Half", {}, "my.py:Half is a class without propose(self, w, g, state)"),
        ("OBJECT", {}, "my.py:OBJECT is of type Derived; an update rule must be a function or a class"),
        ("PARTIAL", {}, "my.py:PARTIAL is of type partial; an update rule must be a function or a class"),
        ("Open", {}, "my.py:Open takes **options; name the constructor's arguments, for only those can be given"),
        ("Refusing", {"lr": 2}, "my.py:Refusing: lr must be below 1, got 2"),
        ("Refusing", {}, "my.py:Refusing fails as it is made: line 59 (`lr.hex(1)`): TypeError: float.hex() takes "),
        ("Unkept", {}, "my.py:Unkept must keep its argument lr as it is, as self.lr, so that it can be shown, "),
        ("Doubled", {}, "my.py:Doubled must keep its argument lr as it is, as self.lr, so that it can be shown, "),
        ("few", {}, "my.py:few: it must take (w, g, state, t), then hyperparameters with defaults, but takes (w, g)"),
        ("needing", {}, "my.py:needing: it must take (w, g, state, t), then hyperparameters with defaults, but takes "),
        ("open_", {}, "my.py:open_: it must take (w, g, state, t), then hyperparameters with defaults, but takes "),
        ("half", {}, "my.py:half: it must take (w, g, state, t), then hyperparameters with defaults, but takes "),
    ],
)
def test_what_is_no_rule_gets_a_sentence(my, name, options, sentence):
    with pytest.raises(ValueError) as caught:
        rule(my(name), **options)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Plain", "my.py:Plain is a class without __call__(self, t)"),
        ("Derived", "my.py:Derived is a class without __call__(self, t)"),
        (
            "step",
            "my.py:step: it must take (t), then hyperparameters with defaults, but takes (w, g, state, t, lr=0.01)",
        ),
    ],
)
def test_what_is_no_schedule_gets_a_sentence(my, name, sentence):
    with pytest.raises(ValueError) as caught:
        schedule_class(my(name))
    assert str(caught.value) == sentence


def test_a_constructor_that_never_ends_is_stopped(my, monkeypatch):
    monkeypatch.setattr("minimix.own.rules.SECONDS", 0.1)
    with pytest.raises(RuntimeError, match=r"^my\.py:Endless was stopped after 0\.1 seconds as it is made in line "):
        rule(my("Endless"))


def test_our_own_classes_are_made_as_they_are():
    assert make(SGD, {"lr": 0.5}) == SGD(0.5)
