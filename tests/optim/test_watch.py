"""A watched step: the same numbers bit for bit, and the names that things have in the rule's own code."""

import cProfile
import pstats
import sys

import numpy as np
import pytest

from minimix.ops import norm, sign, where
from minimix.optim import MAS, SGD, Adam, Cosine, Lookahead, Optimizer, Rule
from minimix.optim.watch import Names
from tests.optim.problem import RULES, give, gradients, model, same, states, trained, values

CLIP = 30.0  # shorter than about every second gradient of the problem


@pytest.mark.parametrize(
    ("dtype", "clip_norm", "every"), [(np.float32, CLIP, 1), (np.float64, None, 1), (np.float64, CLIP, 3)], ids=str
)
@pytest.mark.parametrize("kind", RULES)
def test_a_watched_run_is_bit_for_bit_one_that_nobody_watches(backend, kind, dtype, clip_norm, every):
    gs = gradients(100 if backend == "numpy" else 12, dtype=dtype)
    (w, state), (w_watched, state_watched) = trained(kind, gs, clip_norm), trained(kind, gs, clip_norm, every)
    assert same([w_watched], [w])
    assert state_watched.keys() == state.keys()
    assert all(np.array_equal(state_watched[key], state[key]) for key in state)
    assert all(state_watched[key].dtype == state[key].dtype for key in state)


def test_the_clipping_of_these_tests_clips_some_gradients():
    norms = [np.sqrt(sum((x**2).sum() for x in g.values())) for g in gradients(100)]
    assert 20 < sum(n > CLIP for n in norms) < 80


class Ten(Rule):
    """Ten lines that stand nowhere else."""

    def __init__(self, lr=0.1, decay=0.7, floor=0.01):
        self.lr, self.decay, self.floor = lr, decay, floor

    def propose(self, w, g, state):
        speed = state.average("velocity", g, self.decay)
        unit = state.each(lambda layer, g: g / (norm(g) + self.floor), g)
        calm = where(abs(g) > self.floor, unit, 0.0)
        d = speed + calm
        return d, self.lr / state.t**0.5


class Alias(Rule):
    def propose(self, w, g, state):
        m = state.average("m", g, 0.9)
        direction = m
        return direction, 0.1


class Itself(Rule):
    def propose(self, w, g, state):
        return g, 0.1


class Early(Rule):
    def propose(self, w, g, state):
        if state.t % 2 == 0:
            even = 2 * g
            return even, 0.1
        odd = sign(g)
        return odd, 0.2


class Inherits(Adam):
    def propose(self, w, g, state):
        signs = sign(g)
        return super().propose(w, signs, state)


class Keeps(Rule):
    """What it keeps is in attributes of its own, as in many a textbook."""

    def __init__(self):
        self.calls, self.m, self.last = 0, 0.0, None

    def propose(self, w, g, state):
        self.calls += 1
        self.m = 0.9 * self.m + g / self.calls
        self.last = g
        return self.m, 0.1 / int(self.calls / 2 + 1)


OWN = {rule.__name__: rule for rule in (Ten, Alias, Itself, Early, Inherits, Keeps)}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", OWN)
def test_a_rule_that_nobody_knows_computes_the_same_when_it_is_watched(backend, kind, dtype):
    gs, rules = gradients(12, dtype=dtype), {kind: OWN[kind]}
    for every in (1, 3):
        assert same([trained(kind, gs, CLIP, every, rules)[0]], [trained(kind, gs, CLIP, None, rules)[0]])


def named(rule, steps=2, layer="dense1.bias"):
    """({key: value} of one layer, (the keys of direction and step size)) in the last of some watched steps."""
    watched, optimizer = [], Optimizer(parameters := model(), rule)
    optimizer.watch(watched.append)
    for g in gradients(steps):
        give(parameters, g)
        optimizer.step()
    names = Names(watched[-1], next(own for own in optimizer.layers if own.name == layer))
    return {key: names.value(key) for key in names.spots}, names.result


@pytest.mark.parametrize(
    ("kind", "terms", "result"),
    [
        ("Ten", "velocity velocity_old unit calm decay floor lr", "d eta"),
        ("Alias", "m m_old direction", "direction eta"),
        ("Itself", "", "d eta"),
        ("Early", "even", "even eta"),
        ("Inherits", "m m_old m_hat v v_old v_hat signs b1 b2 eps weight_decay lr", "d eta"),
        ("Keeps", "calls calls_old m m_old last last_old", "d eta"),
    ],
)
def test_the_terms_of_a_rule_are_what_its_own_code_calls_them(kind, terms, result):
    found, keys = named(OWN[kind]())
    assert keys == tuple(result.split())
    assert found.keys() == {"w", "g", "t", "eta", *terms.split(), *keys}


def test_a_term_has_the_value_that_it_has_in_the_code():
    terms, _ = named(Ten(), steps=2)
    first, g = (gs["dense1.bias"] for gs in gradients(2))
    velocity = 0.7 * 0.3 * first + 0.3 * g
    unit = g / (np.linalg.norm(g) + 0.01)
    expected = {"velocity": velocity, "velocity_old": 0.3 * first, "unit": unit, "d": velocity + unit}
    for key, x in (expected | {"g": g, "t": 2.0, "lr": 0.1, "eta": 0.1 / 2**0.5}).items():
        np.testing.assert_allclose(terms[key], x, rtol=1e-14)


def test_each_rule_of_a_nesting_has_its_terms_under_its_path():
    rule = MAS(s=Lookahead(Ten(), k=2), a=MAS(s=Alias(), a=Itself(), combine="sum"))
    terms, result = named(rule, steps=2)
    assert result == ("d", "eta_m")
    assert {"s.slow", "s.slow_old", "s.fast", "s.rule.velocity", "s.rule.calm", "a.s.m", "a.d_s"} <= set(terms)


class Fails(Rule):
    def __init__(self, at):
        self.at, self.b = at, 0.5

    def propose(self, w, g, state):
        m = state.average("m", g, self.b)
        if state.t == self.at:
            raise ArithmeticError("as it was told to")
        return m, 0.1


@pytest.mark.parametrize("at", [1, 3])
def test_a_rule_that_fails_while_it_is_watched_leaves_nothing_behind(at):
    rule = MAS(s=Fails(at), a=Lookahead(Adam()))
    optimizer = Optimizer(parameters := model(), rule)
    optimizer.watch(lambda watch: None)
    profiler = sys.getprofile()
    give(parameters, gradients(1)[0])
    for _ in range(at - 1):
        optimizer.step()
    before = values(parameters)
    with pytest.raises(ArithmeticError, match="as it was told to"):
        optimizer.step()
    assert sys.getprofile() is profiler
    assert all(state.watch is None for state in states(optimizer.state))
    assert all(type(x) is np.ndarray for state in states(optimizer.state) for x in state.values())
    assert all(type(state.t) is int for state in states(optimizer.state))
    assert same([values(parameters)], [before])
    rule.s.at = None
    optimizer.step()
    assert not same([values(parameters)], [before])


def test_a_profiler_that_runs_already_is_there_again_after_a_watched_step():
    optimizer = Optimizer(parameters := model(), MAS())
    optimizer.watch(lambda watch: None)
    give(parameters, gradients(1)[0])
    profiler, before = (lambda *event: None), sys.getprofile()
    sys.setprofile(profiler)
    try:
        optimizer.step()
        assert sys.getprofile() is profiler
    finally:
        sys.setprofile(before)


def test_a_run_can_be_watched_under_cprofile():
    def after():
        return sys.getprofile()

    optimizer = Optimizer(parameters := model(), MAS())
    optimizer.watch(lambda watch: None)
    give(parameters, gradients(1)[0])
    profile = cProfile.Profile()
    profile.enable()
    optimizer.step()
    after()
    profile.disable()
    assert "after" in {name for _, _, name in pstats.Stats(profile).stats}


def test_a_watched_rule_holds_numbers_arrays_and_schedules_as_before():
    rule = MAS(s=SGD(Cosine(0.1, 5), momentum=0.9), a=Lookahead(Keeps()))
    named(rule, steps=3)
    assert rule.s == SGD(Cosine(0.1, 5), momentum=0.9)
    assert type(rule.s.momentum) is float and type(rule.s.lr) is Cosine and type(rule.a.k) is int
    assert type(rule.a.rule.calls) is int and rule.a.rule.calls == 3
    assert type(rule.a.rule.m) is type(rule.a.rule.last) is np.ndarray
