"""What holds for every update rule."""

import numpy as np
import pytest

from minimix.backend import to_host
from minimix.optim import MAS, SGD, Adam, Freeze, LayerSplit, Optimizer, Rule
from tests.optim.problem import RULES, SHAPES, give, gradients, model, run, values


def states(state):
    yield state
    for part in state.parts.values():
        yield from states(part)


@pytest.mark.parametrize("kind", RULES)
def test_float32_stays_float32(backend, kind):
    parameters = model(dtype=np.float32)
    optimizer = Optimizer(parameters, RULES[kind]())
    for g in gradients(3, dtype=np.float32):
        give(parameters, g)
        optimizer.step()
    d, eta = optimizer.rule(optimizer.w, optimizer.g, optimizer.state)
    assert d.dtype == np.float32
    assert type(eta) is float or eta.dtype == np.float32
    assert all(p.dtype == np.float32 for _, p in parameters)
    assert all(array.dtype == np.float32 for state in states(optimizer.state) for array in state.values())


def test_a_rate_of_numpys_leaves_float32_what_it_is():
    parameters = model(dtype=np.float32)
    for rule in (SGD(np.float64(1e-2)), Adam(np.float64(1e-2))):
        optimizer = Optimizer(parameters, rule)
        d, eta = rule(optimizer.w, optimizer.g, optimizer.state)
        assert (eta * d).dtype == np.float32


@pytest.mark.parametrize("kind", RULES)
def test_a_rule_leaves_the_weights_and_gradients_it_is_given_alone(kind):
    optimizer = Optimizer(parameters := model(), RULES[kind]())
    for g in gradients(3):
        give(parameters, g)
        optimizer.step()
        w, gradient = to_host(optimizer.w).copy(), to_host(optimizer.g).copy()
        optimizer.rule(optimizer.w, optimizer.g, optimizer.state)
        assert np.array_equal(optimizer.w, w)
        assert np.array_equal(optimizer.g, gradient)


def test_freeze_leaves_everything_as_it_is(backend):
    parameters, gs = model(), gradients(2)
    gs[0]["scale"] = np.asarray(np.inf)
    before = values(parameters)
    after = run(Freeze(), gs, parameters)[-1]
    assert all(np.array_equal(before[name], after[name]) for name in SHAPES)


@pytest.mark.parametrize("kind", RULES)
def test_rules_are_equal_when_they_are_written_alike(kind):
    others = [make() for other, make in RULES.items() if other != kind]
    assert RULES[kind]() == RULES[kind]()
    assert RULES[kind]() not in others


def test_repr_is_the_call():
    assert repr(SGD(0.1)) == "SGD(lr=0.1, momentum=0.0, dampening=0.0, nesterov=False, weight_decay=0.0)"
    assert repr(Freeze()) == "Freeze()"
    scope = {cls.__name__: cls for cls in (MAS, SGD, Adam, LayerSplit, Freeze)}
    rule = LayerSplit({"a": MAS(s=SGD(0.1), a=Adam(b1=0.0)), "*": Freeze()})
    assert eval(repr(rule), scope) == rule


def test_a_rule_must_propose():
    with pytest.raises(NotImplementedError):
        run(Rule(), gradients(1))
