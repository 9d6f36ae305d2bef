"""What holds for every update rule."""

import numpy as np
import pytest

from minimix import Tensor
from minimix.backend import to_host
from minimix.optim import MAS, SGD, Adam, Freeze, LayerSplit, Optimizer, Rule
from tests.optim.problem import (
    RULES,
    SHAPES,
    give,
    gradients,
    has_a_part,
    model,
    numbers,
    refused,
    run,
    same,
    states,
    values,
)


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


def another(name, x):
    """Another value that a hyperparameter may have."""
    if name == "tolerance":
        return 1e-12 if x > 1 else 1e6
    return x + 1 if isinstance(x, int) else 3 * x if name in ("lr", "ls", "la", "radius", "factor") else 0.7 * x + 0.1


@pytest.mark.parametrize("kind", RULES)
def test_numbers_of_numpys_leave_float32_what_it_is(kind):
    gs, rule = gradients(4, dtype=np.float32), RULES[kind]()
    for owner, name in numbers(rule):
        x = getattr(owner, name)
        if isinstance(x, float) and not refused(owner, name):
            setattr(owner, name, np.float64(x))
    optimizer = Optimizer(parameters := model(dtype=np.float32), rule)
    for g in gs:
        give(parameters, g)
        optimizer.step()
    d, eta = rule(optimizer.w, optimizer.g, optimizer.state)
    assert (eta * d).dtype == np.float32
    assert same([values(parameters)], run(RULES[kind](), gs)[-1:])


@pytest.mark.parametrize("kind", RULES)
def test_an_optimizer_takes_tensors_for_numbers(backend, kind):
    gs, rule = gradients(3), RULES[kind]()
    for owner, name in numbers(rule):
        if isinstance(vars(owner)[name], float):
            vars(owner)[name] = Tensor(np.float64(vars(owner)[name]), requires_grad=True)
    found, expected = run(rule, gs)[-1], run(RULES[kind](), gs)[-1]
    for name in SHAPES:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-10)


@pytest.mark.parametrize("kind", RULES)
def test_a_number_that_is_changed_between_steps_counts_from_then_on(kind):
    gs = gradients(8)
    for i in range(len(list(numbers(RULES[kind]())))):
        rule = RULES[kind]()
        owner, name = list(numbers(rule))[i]
        optimizer = Optimizer(parameters := model(), rule)
        give(parameters, gs[0])
        optimizer.step()
        if refused(owner, name):
            with pytest.raises(AttributeError, match=f"mas: {name} has no part"):
                setattr(owner, name, another(name, getattr(owner, name)))
            continue
        setattr(owner, name, another(name, getattr(owner, name)))
        for g in gs[1:]:
            give(parameters, g)
            optimizer.step()
        assert same([values(parameters)], run(RULES[kind](), gs)[-1:]) != has_a_part(owner, name), (owner, name)


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
