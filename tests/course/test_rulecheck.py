"""rulecheck on rules written here: right ones agree in each form, and each usual mistake is found by its hint."""

import importlib

import pytest

from minimix.course.checker import lessons
from minimix.course.rulecheck import examine_rule
from minimix.spec import RULES

PROPOSE = """\
from minimix import maximum, sqrt

class Mine:
    def __init__(self, lr=0.3, b1=0.9, b2=0.999, eps=1e-8, momentum=0.0, weight_decay=0.0):
        self.lr, self.b1, self.b2, self.eps = lr, b1, b2, eps
        self.momentum, self.weight_decay = momentum, weight_decay

    def propose(self, w, g, state):
        lr, b1, b2, eps, mu, wd = self.lr, self.b1, self.b2, self.eps, self.momentum, self.weight_decay
        t, old, rho = state.t, state, b2
        {body}
        {keep}
        return -({change}), 1.0
"""
FUNCTION = """\
from numpy import maximum, sqrt

def Mine(w, g, state, t, learning_rate=0.3, beta1=0.9, beta2=0.999, epsilon=1e-8, mu=0.0, wd=0.0):
    lr, b1, b2, eps, old, rho = learning_rate, beta1, beta2, epsilon, state, beta2
    {body}
    {keep}
    return w + ({change})
"""
TORCH = """\
from numpy import maximum, sqrt

class Mine:
    def __init__(self, params, lr=0.3, betas=(0.9, 0.999), alpha=0.99, eps=1e-8, momentum=0.0, weight_decay=0.0):
        self.params, self.alpha, self.t = list(params), alpha, 0
        self.lr, self.betas, self.eps, self.mu, self.wd = lr, betas, eps, momentum, weight_decay
        self.state = [dict() for p in self.params]

    def step(self):
        self.t += 1
        lr, (b1, b2), eps, mu, wd = self.lr, self.betas, self.eps, self.mu, self.wd
        for p, state in zip(self.params, self.state):
            w, g, t, old, rho = p.data, p.grad, self.t, state, self.alpha
            {body}
            {keep}
            p.data = w + ({change})
"""
FORMS = {"propose": PROPOSE, "function": FUNCTION, "torch": TORCH}


def source(form, rule):
    """The text of a rule: its lines, what it keeps, and what it adds to w."""
    indent = FORMS[form].split("{body}")[0].rpartition("\n")[2]
    keep = "; ".join(f"state[{name!r}] = {x}" for name, x in rule["keeps"].items())
    return FORMS[form].format(body=f"\n{indent}".join(rule["body"]), keep=keep, change=rule["change"])


def adam(**other):
    """Adam in Kingma and Ba's form, with some of its lines replaced."""
    lines = {
        "t": "t",
        "m": "b1 * old.get('m', 0 * g) + (1 - b1) * g",
        "v": "b2 * old.get('v', 0 * g) + (1 - b2) * g * g",
        "v_max": "v",
        "m_hat": "m / (1 - b1**t)",
        "v_hat": "v / (1 - b2**t)",
    }
    change = other.pop("change", "-lr * m_hat / (sqrt(v_hat) + eps)")
    body = [f"{name} = {line}" for name, line in (lines | other).items()]
    return {"body": body, "keeps": {name: name for name in ("m", "v", "v_max")}, "change": change}


def squares(s, divisor):
    return {"body": [f"s = {s}"], "keeps": {"s": "s"}, "change": f"-lr * g / ({divisor})"}


def coupled(rule):
    """The rule with weight decay in its gradient."""
    return rule | {"body": ["g = g + wd * w", *rule["body"]]}


def momentum(v, change):
    return {"body": [f"v = {v}"], "keeps": {"v": "v"}, "change": change}


OLD_V = "mu * old.get('v', 0 * g)"
RIGHT = {
    "adam": adam(),
    "amsgrad": adam(v_max="maximum(old.get('v_max', 0 * g), v)", v_hat="v_max / (1 - b2**t)"),
    "adamw": adam(change="-lr * m_hat / (sqrt(v_hat) + eps) - lr * wd * w"),
    "sgd:momentum=0.9": momentum(f"{OLD_V} - lr * g", "v"),
    "momentum": momentum(f"{OLD_V} + g", "-lr * v"),
    "nesterov": momentum(f"{OLD_V} + g", "-lr * (g + mu * v)"),
}
WRONG = {
    "adam": {
        "you divide m by 1 - b1 in every step": adam(m_hat="m / (1 - b1)"),
        "you divide v by 1 - b2 in every step": adam(v_hat="v / (1 - b2)"),
        "you divide by 1 - b in every step": adam(m_hat="m / (1 - b1)", v_hat="v / (1 - b2)"),
        "eps is added to the weight": adam(change="-lr * m_hat / sqrt(v_hat) + eps"),
        "eps is taken off the weight": adam(change="-(lr * m_hat / sqrt(v_hat) + eps)"),
        "eps stands inside the root": adam(change="-lr * m_hat / sqrt(v_hat + eps)"),
        "t starts again in each epoch": adam(t="(t - 1) % 7 + 1"),
        "the corrections multiply": adam(m_hat="m * (1 - b1**t)", v_hat="v * (1 - b2**t)"),
        "the correction of m multiplies": adam(m_hat="m * (1 - b1**t)"),
        "v is corrected with b1": adam(v_hat="v / (1 - b1**t)"),
        "no bias correction": adam(m_hat="m", v_hat="v"),
        "v averages g, but it should average g squared": adam(v="b2 * old.get('v', 0 * g) + (1 - b2) * g"),
    },
    "adamw": {
        "eps stands inside the root": adam(change="-lr * m_hat / sqrt(v_hat + eps) - lr * wd * w"),
        "the weight decay is that of weights that have moved already": adam(
            moved="w - lr * m_hat / (sqrt(v_hat) + eps)", change="moved - lr * wd * moved - w"
        ),
    },
    "adam:weight_decay=0.1": {
        "eps stands inside the root": coupled(adam(change="-lr * m_hat / sqrt(v_hat + eps)")),
    },
    "sgd:momentum=0.9": {
        "the sign: the step goes downhill": momentum(f"{OLD_V} - lr * g", "-v"),
        "the sign: the step goes downhill,": momentum(f"{OLD_V} + lr * g", "v"),
        "the old b is subtracted from g": momentum(f"g - {OLD_V}", "-lr * v"),
        "uphill, with the rate squared": momentum(f"{OLD_V} - lr * g", "-lr * v"),
        "(1 - mu)*g makes b an average": momentum(f"{OLD_V} + (1 - mu) * g", "-lr * v"),
        "this is Nesterov's step": momentum(f"{OLD_V} + g", "-lr * (g + mu * v)"),
    },
    "sgd:momentum=0.9,weight_decay=0.1": {
        "the sign: the step goes downhill": coupled(momentum(f"{OLD_V} - lr * g", "-v")),
    },
    "nesterov": {"this is ordinary momentum": momentum(f"{OLD_V} + g", "-lr * v")},
}
if {"adagrad", "rmsprop"} <= RULES.keys():
    RIGHT["adagrad"] = squares("old.get('s', 0 * g) + g * g", "sqrt(s) + eps")
    RIGHT["rmsprop"] = squares("rho * old.get('s', 0 * g) + (1 - rho) * g * g", "sqrt(s) + eps")
    WRONG["adagrad"] = {
        "eps stands inside the root": squares("old.get('s', 0 * g) + g * g", "sqrt(s + eps)"),
        "the root is missing": squares("old.get('s', 0 * g) + g * g", "s + eps"),
        "s is the square of this gradient alone": squares("g * g", "sqrt(s) + eps"),
    }
    WRONG["rmsprop"] = {
        "g**2 enters in full": squares("rho * old.get('s', 0 * g) + g * g", "sqrt(s) + eps"),
        "this is AdaGrad's sum": squares("old.get('s', 0 * g) + g * g", "sqrt(s) + eps"),
        "this is AdaGrad's sum:": squares("old.get('v', 0 * g) / 2 + g * g", "sqrt(s) + eps")
        | {"keeps": {"v": "2 * s"}},
    }


@pytest.fixture
def check(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def check(text, against, name="Mine"):
        (tmp_path / "my.py").write_text(text)
        return examine_rule(f"my.py:{name}", against)

    return check


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("against", RIGHT)
def test_a_right_rule_agrees_in_each_form(check, form, against):
    verdict = check(source(form, RIGHT[against]), against)
    assert verdict, verdict.text
    assert verdict.text.startswith("my.py:Mine agrees with ") and verdict.text.endswith(
        " on 4 problems, 60 steps each, to 1e-9."
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("against", "hint", "rule"), [(against, hint, rule) for against in WRONG for hint, rule in WRONG[against].items()]
)
def test_a_mistake_is_found_in_each_form_and_its_hint_is_the_bank_s(check, form, against, hint, rule):
    verdict = check(source(form, rule), against)
    assert not verdict and hint in verdict.hint
    assert verdict.hint in {own for exercises in lessons().values() for e in exercises for own, _ in e.mistakes}
    assert verdict.text.endswith(f"\n  Likely mistake: {verdict.hint}")


@pytest.mark.parametrize("form", FORMS)
def test_it_says_the_first_step_and_term_and_both_numbers(check, form):
    # The bowl's first gradient is (1, 0.3, 4) * (-4, 2, 1.5) = (-4, 0.6, 6); v is a tenth of its square.
    text = check(source(form, adam(v="b2 * old.get('v', 0 * g) + (1 - b2) * g")), "adam").text
    assert text.startswith("my.py:Mine parts from adam:lr=0.05,b1=0.8,b2=0.9,eps=0.1 at step 1 of the bowl: in first, ")
    assert ", v[2] is 0.6, expected 3.6." in text
    # Adam's first step is 0.05 * 4 / (4 + 0.1), to the right of -4.
    text = check(source(form, adam(change="-lr * 5 * m / m")), "adam").text
    assert " at step 1 of the bowl: in first, w[0] is -4.25, expected -3.951." in text


def test_what_is_kept_wrongly_is_told_where_it_parts_and_the_weights_later(check):
    hats = {"m": "m_hat", "v": "v_hat"}
    verdict = check(source("function", adam() | {"keeps": hats}), "adam")
    assert "you keep m̂ and v̂ as the state" in verdict.hint
    assert "at step 1 of the bowl: in first, m[2] is 6, expected 1.2. The weights part at step 2." in verdict.text


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("state = self.state[0]", "all parameters share one state"),
        ("t = self.t = self.t + 1", "t counts parameters"),
        ("state.clear() if self.t % 7 == 1 else 0", "the state (m and v, or b) starts at 0 again in each epoch"),
        ("state.clear()", "the state (m and v, or b) starts at 0 again in every step"),
    ],
)
def test_what_a_class_does_wrong_with_several_parameters_is_found(check, wrong, hint):
    text = source("torch", adam()).replace("w, g, t, old,", f"{wrong}\n            w, g, t, old,")
    text = text.replace("        self.t += 1\n", "") if wrong.startswith("t =") else text
    assert hint in check(text, "adam").hint


def test_a_rule_with_another_switch_is_recognised(check):
    assert "this is what adam:" in check(source("function", RIGHT["amsgrad"]), "adam").hint
    assert ",weight_decay=0.01 does." in check(source("function", coupled(adam())), "adamw").hint
    assert ",decoupled=true does." in check(source("function", adam()), "adamw").hint


def test_a_mistake_that_fits_at_first_but_not_later_is_not_told(check):
    twice = adam(change="-lr * m_hat / sqrt(v_hat + eps) * (1 if t < 9 else 2)")
    assert check(source("function", twice), "adam").hint is None


def test_rmsprop_in_adam_s_place_is_told_from_a_missing_correction_though_the_first_step_is_the_same(check):
    assert "this is RMSprop" in check(source("function", adam(change="-lr * g / (sqrt(v) + eps)")), "adam").hint
    uncorrected_v = adam(change="-lr * m_hat / (sqrt(v) + eps)")
    assert "only m is corrected" in check(source("function", uncorrected_v), "adam").hint


def test_what_is_kept_decides_between_mistakes_with_the_same_weights(check):
    rule = momentum("mu * old.get('b', 0 * g) - lr * g", "-v") | {"keeps": {"b": "v"}}
    assert "v = mu*v - lr*g points downhill: w - v goes uphill" in check(source("torch", rule), "momentum").hint


def test_a_rule_that_is_wrong_for_matrices_alone_parts_at_the_network(check):
    rule = momentum(f"{OLD_V} + g", "-lr * v * (1 + (g.ndim == 2))")
    verdict = check(source("torch", rule), "momentum")
    assert " at step 1 of the network: in dense1.weight, w[" in verdict.text and verdict.hint is None


def test_float32_on_the_way_is_recognised(check):
    rule = adam(change="(-lr * m_hat / (sqrt(v_hat) + eps)).astype('float32')")
    assert "float32" in check(source("torch", rule), "adam").hint


CONSTANTS = """\
LR, BETA1 = 0.02, 0.7

class Momentum:
    MU = 0.6
    def __init__(self, params):
        self.params, self.velocity, self.wd = params, [0 * p.data for p in params], 0.1
    def step(self):
        for k, p in enumerate(self.params):
            self.velocity[k] = self.MU * self.velocity[k] + p.grad + self.wd * p.data
            p.data -= LR * self.velocity[k]

def sgd(w, g, state, t):
    return w - 0.3 * g
"""


def test_hyperparameters_that_a_rule_does_not_take_are_read_off_its_constants(check):
    assert " agrees with sgd:lr=0.02,momentum=0.6,weight_decay=0.1 on" in check(CONSTANTS, "momentum", "Momentum").text


def test_a_number_that_has_no_name_is_set_by_against(check):
    assert check(CONSTANTS, "sgd:lr=0.3", "sgd")
    text = check(CONSTANTS, "sgd", "sgd").text
    assert text.endswith("\n  It takes no lr; ours has lr=0.01, unless --against says otherwise.")
    text = check(CONSTANTS, "adamw", "sgd").text
    given = "lr=0.001, b1=0.9, b2=0.999, eps=1e-08, weight_decay=0.01"
    assert text.endswith(
        f" It takes no lr or b1 or b2 or eps or weight_decay; ours has {given}, unless --against says otherwise."
    )


def test_a_rule_that_diverges_is_compared_at_its_first_steps(check):
    # w[2] is 1.5 * (1 - 2 * 4)**3, and 1e-6 of its third step less.
    rule = "def Mine(w, g, state, t, lr=1.0): return w - lr * g * (1 + 1e-6 * (t == 3))"
    assert " at step 3 of the bowl: in first, w[2] is -514.501, expected -514.5." in check(rule, "sgd:lr=2").text


def test_what_against_says_holds_for_both(check):
    verdict = check(source("torch", adam()), "adam:lr=0.2,b2=0.6")
    assert verdict and " agrees with adam:lr=0.2,b1=0.8,b2=0.6,eps=0.1 on" in verdict.text


BAD = """\
from minimix import Tensor
def nothing(w, g, state, t, lr=1): w - lr * g
def in_place(w, g, state, t, lr=1): w -= lr * g
def short(w, g, state, t, lr=1): return (w - lr * g)[:-1]
def raising(w, g, state, t, lr=1): return w - lr * g * [0, 1, 1][t]
def few(w, g): return w - g
class Neither:
    def update(self): pass
number = 3
class Torch:
    def __init__(self, params, lr): self.params, self.lr = params, lr
class Rebinds(Torch):
    def step(self):
        for p in self.params: p = p - self.lr * p.grad
class Shape(Torch):
    def step(self):
        for p in self.params: p.data = p.data.ravel()[:1]
class Raises(Torch):
    def step(self):
        for p in self.params:
            p.data -= self.lr * p.gard
class Endless(Torch):
    def step(self):
        while True: pass
class NeedsMore(Torch):
    def __init__(self, params, lr, model): pass
    def step(self): pass
"""


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nothing", "returned nothing"),
        ("in_place", "changes w or g in place"),
        ("short", "shape (2,)"),
        ("raising", "line 5 (`def raising(w, g, state, t, lr=1): return w - lr * g * [0, 1, 1][t]`): IndexError"),
        ("few", "it must take (w, g, state, t)"),
        ("Neither", "my.py:Neither is no update rule: a class with propose(self, w, g, state)"),
        ("number", "my.py:number is of type int"),
        ("Rebinds", "my.py:Rebinds: its step changes no parameter"),
        ("Shape", "its step leaves shape (1,) in the .data of first, which has shape (3,)"),
        ("Raises", "at step 1: line 21 (`p.data -= self.lr * p.gard`): AttributeError: 'Tensor' object has no"),
        ("Endless", "my.py:Endless was stopped after 0.5 seconds at step 1"),
        ("NeedsMore", "my.py:NeedsMore fails as it is made with a list of parameters, lr=0.05: "),
        ("raisin", "did you mean 'raising'?"),
    ],
)
def test_what_is_no_rule_gets_a_sentence(check, name, sentence, monkeypatch):
    if name == "Endless":
        monkeypatch.setattr(importlib.import_module("minimix.course.forms"), "SECONDS", 0.5)
    with pytest.raises((ValueError, RuntimeError)) as caught:
        check(BAD, "sgd", name)
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("against", "sentence"),
    [
        ("adma", "--against: 'adma' is none of sgd, adam, "),
        ("nesterof", "; did you mean 'nesterov'?"),
        ("adam:bet1=0.3", "'bet1' is no option of adam"),
        ("adam:lr=1e308", "--against: adam:lr=1e+308,b1=0.8,b2=0.9,eps=0.1 itself runs away on the bowl"),
        ("adam:lr=cosine(lr=0.1,steps=9)", "rules are compared at a fixed learning rate"),
        ("split:dense=adam,*=sgd", "split: the pattern 'dense' names none of the layers first, second"),
    ],
)
def test_what_is_nothing_to_compare_with_gets_a_sentence(check, against, sentence):
    with pytest.raises(ValueError) as caught:
        check(source("function", adam()), against)
    assert sentence in str(caught.value)
