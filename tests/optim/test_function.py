"""A plain function of NumPy as an update rule."""

import numpy as np
import pytest

from minimix.optim import SGD, Cosine, Optimizer
from minimix.optim.function import function_rule, function_schedule
from tests.optim.problem import SHAPES, gradients, model, run, values


def momentum(w, g, state, t, lr=0.01, mu=0.9):
    state["b"] = mu * state.get("b", 0) + g
    return w - lr * state["b"]


def test_it_is_the_rule_that_it_computes_by_layers_with_a_state_of_their_own(backend):
    found, expected = run(function_rule(momentum)(), gradients(9)), run(SGD(0.01, momentum=0.9), gradients(9))
    for a, b in zip(found, expected, strict=True):
        for name in SHAPES:
            np.testing.assert_allclose(a[name], b[name], rtol=1e-12, atol=1e-14)


def test_it_gets_numpy_arrays_in_the_layer_s_shape_a_dict_and_the_step(backend):
    seen = []

    def look(w, g, state, t):
        seen.append((w.copy(), g.copy(), dict(state), t))
        assert type(w) is type(g) is np.ndarray and not w.flags.writeable and not g.flags.writeable
        return w

    parameters, gs = model(dtype=np.float32), gradients(2, dtype=np.float32)
    before = values(parameters)
    run(function_rule(look)(), gs, parameters)
    assert [t for _, _, _, t in seen] == [1] * len(SHAPES) + [2] * len(SHAPES)
    for (name, shape), (w, g, state, _) in zip(SHAPES.items(), seen, strict=False):
        assert w.shape == g.shape == shape and w.dtype == g.dtype == np.float32
        assert np.array_equal(w, before[name]) and np.array_equal(g, gs[0][name]) and state == {}
    assert all(np.array_equal(w, before[name]) for name, w in values(parameters).items())


def test_float64_numbers_in_it_leave_float32_what_it_is(backend):
    step = function_rule(lambda w, g, state, t: w - np.float64(0.01) * g.astype(float))
    optimizer = Optimizer(model(dtype=np.float32), step())
    d, _ = optimizer.rule(optimizer.w, optimizer.g, optimizer.state)
    assert d.dtype == np.float32


def test_a_list_will_do():
    step = function_rule(lambda w, g, state, t: (w - 0.01 * g).tolist())
    expected = run(SGD(0.01), gradients(1))[-1]
    assert all(np.allclose(w, expected[name], rtol=1e-13) for name, w in run(step(), gradients(1))[-1].items())


def test_its_hyperparameters_are_its_further_arguments():
    rule = function_rule(momentum)
    assert rule(mu=0.5).hyperparameters() == {"lr": 0.01, "mu": 0.5}
    assert repr(rule(mu=0.5)) == "momentum(lr=0.01, mu=0.5)"
    assert rule(mu=0.5) == rule(lr=0.01, mu=0.5) != rule()
    with pytest.raises(TypeError):
        rule(nu=1)


def test_a_schedule_among_them_is_its_value_at_this_step():
    seen = []

    def step(w, g, state, t, lr=0.01):
        seen.append(lr)
        return w

    run(function_rule(step)(lr=Cosine(0.1, 2)), gradients(3))
    assert seen[:: len(SHAPES)] == pytest.approx([0.1, 0.05, 0.0])


def test_a_function_of_t_is_a_schedule():
    schedule = function_schedule(lambda t, lr=0.1: lr / t)
    assert schedule(lr=0.5)(2) == 0.25
    assert schedule().hyperparameters() == {"lr": 0.1}


@pytest.mark.parametrize(
    "step",
    [
        lambda w, g, state: w,
        lambda w, g, state, *, t: w,
        lambda w, g, state, t, lr: w,
        lambda w, g, state, t, *lrs: w,
        lambda w, g, state, t, **lrs: w,
    ],
)
def test_other_arguments_are_refused(step):
    with pytest.raises(TypeError, match=r"must take \(w, g, state, t\), then hyperparameters with defaults"):
        function_rule(step)
