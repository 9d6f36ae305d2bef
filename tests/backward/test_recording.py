"""The tape's numbers and their order are those of the engine's own sweep, and of central differences."""

import inspect
import textwrap

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minimix as mx
from minimix import Tensor, gradcheck, tensor
from minimix.backward import recording
from minimix.operators import operator
from tests.ops.cases import CASES
from tests.ops.test_operators import tensors


def leaves(t):
    return [node for node in t.nodes if not node.operator and node.tensor.requires_grad]


def weighted(y):
    return (y * np.cos(np.arange(y.size)).reshape(y.shape)).sum()


def diamond():
    """a is used three times: twice by b, once by c."""
    x = Tensor(3.0, requires_grad=True, name="x")
    a = x * 2.0
    b = a * a
    c = a + b
    return x, mx.tape(c, names={"a": a, "b": b, "c": c})


def backward(t):
    return {step.node.name: step for step in t.steps if step.phase == "backward"}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@settings(max_examples=4)
@given(data=st.data())
def test_the_gradients_are_the_engines_to_the_bit_and_central_differences(case, data):
    f, inputs, _ = data.draw(case)
    given = tensors(inputs)
    loss = weighted(f(*given))
    t = mx.tape(loss, names={})
    assert all(x.grad is None for x in given if isinstance(x, Tensor))
    loss.backward()
    assert {node.tensor for node in leaves(t)} == {x for x in given if isinstance(x, Tensor) and x.grad is not None}
    for node in leaves(t):
        assert np.array_equal(node.gradient, node.tensor.grad, equal_nan=True)
    assert gradcheck(f, inputs)


@pytest.mark.parametrize(("model", "data"), [("mlp", "glyphs"), ("cnn", "shapes")])
def test_the_gradients_of_the_networks_are_the_engines(model, data):
    net = mx.nn.models.MODELS[model](0).eval()
    samples = mx.data.load(data, train=2, test=1)
    loss = mx.cross_entropy(net(Tensor(samples.x_train)), samples.y_train)
    t = mx.tape(loss, names={})
    loss.backward()
    by = {node.tensor: node for node in t.nodes}
    assert len(leaves(t)) == len(net.parameters())
    assert all(np.array_equal(by[p].gradient, p.grad) for p in net.parameters())


def test_central_differences_of_a_networks_parameters():
    net = mx.models.mlp([4, 3, 2], seed=0)
    x, labels = np.random.default_rng(0).standard_normal((5, 4)), np.array([0, 1, 1, 0, 1])
    for p in net.parameters():
        p.data = p.data.astype(np.float64)
    loss = lambda: mx.cross_entropy(net(Tensor(x)), labels)
    t = mx.tape(loss(), names=dict(net.named_parameters()))
    for node in leaves(t):
        p, i = node.tensor, (0,) * node.tensor.ndim
        h, before = 1e-6, p.data.copy()
        ends = []
        for sign in (1, -1):
            p.data = before.copy()
            p.data[i] += sign * h
            ends.append(loss().item())
        p.data = before
        assert node.gradient[i] == pytest.approx((ends[0] - ends[1]) / (2 * h), rel=1e-6, abs=1e-9)


def test_uses_sums_and_what_is_freed_on_a_diamond():
    _, t = diamond()
    steps = backward(t)
    assert list(steps) == ["c", "b", "a", "x"]
    first, b, a = steps["c"].vjps[0], steps["b"].vjps, steps["a"]
    assert (first.to.name, first.before, first.left) == ("a", None, 2)
    assert [(h.to.name, float(h.before), float(h.total), h.left) for h in b] == [("a", 1, 7, 1), ("a", 7, 13, 0)]
    assert [h.step.node.name for h in a.parts] == ["c", "b", "b"] and a.g == 13
    assert [node.name for node in steps["c"].ready] == ["b"] and [node.name for node in steps["b"].ready] == ["a"]
    assert all(step.freed for step in steps.values() if step.vjps)
    assert steps["x"].g == 26 and not steps["x"].vjps


def test_with_a_second_sweep_the_first_frees_nothing():
    x = Tensor(3.0, requires_grad=True)
    t = mx.tape(x * x * x, names={"x": x}, second=True)
    assert not any(step.freed for step in t.steps if step.phase == "backward")
    assert all(step.freed for step in t.steps if step.phase == "second" and step.vjps)


def test_the_second_sweep_is_the_gradient_of_the_squared_gradient():
    x = Tensor(np.array([1.0, -2.0]), requires_grad=True)
    t = mx.tape((x**3).sum(), names={"x": x}, second=True)
    assert t.loss.gradient == 1
    assert np.allclose(t.by[x].gradient, 3 * x.data**2) and np.allclose(t.by[x].second, 36 * x.data**3)
    recorded = [node.name for step in t.steps if step.phase == "backward" for node in step.made]
    assert "g_x" in recorded


def test_broadcasting_and_promotion_are_undone_in_words():
    x, w = Tensor(2.0, requires_grad=True), Tensor(np.ones((2, 3)), requires_grad=True)
    (h,) = [h for step in mx.tape((x * w).sum(), names={"x": x}).steps for h in step.vjps if h.to.name == "x"]
    assert h.given.shape == (2, 3) and h.handed.shape == () and h.handed.dtype == np.float32 and h.handed == 6
    assert "summed over axes 0, 1" in h.undone and "cast from float64 to float32" in h.undone


def test_each_step_hands_on_what_the_next_one_gets():
    x = Tensor(np.linspace(0.1, 1, 6).reshape(2, 3), requires_grad=True)
    t = mx.tape((mx.tanh(x) @ x.T * x[0, 0]).mean(), names={})
    for step in t.steps:
        if step.parts:
            total = step.parts[0].handed
            for h in step.parts[1:]:
                total = total + h.handed
            assert np.array_equal(total, step.g) and np.array_equal(step.parts[-1].total, step.g)


def test_another_order_of_the_sweep_is_seen(monkeypatch):
    def order():
        x = Tensor(2.0, requires_grad=True)
        a, b = x * 3.0, x * 4.0
        t = mx.tape(a * b, names={"a": a, "b": b, "x": x})
        return [step.node.name for step in t.steps if step.phase == "backward"]

    source = textwrap.dedent(inspect.getsource(tensor.sweep))
    assert "ready.pop()" in source
    names = dict(vars(tensor))
    exec(source.replace("ready.pop()", "ready.pop(0)"), names)
    usual = order()
    monkeypatch.setattr(recording, "sweep", names["sweep"])
    assert usual == ["loss", "b", "a", "x"] and order() == ["loss", "a", "b", "x"]


def test_the_graph_is_left_as_it_was():
    x = Tensor(2.0, requires_grad=True)
    y = mx.exp(x)
    loss = y * y
    mx.tape(loss)
    mx.tape(loss, second=True)
    assert type(loss._operator).__name__ == "Operator" and loss._inputs == (y, y)
    loss.backward()
    assert x.grad == pytest.approx(2 * np.exp(4), rel=1e-6)


def test_it_is_left_as_it_was_where_a_vjp_raises():
    def fail(g, y, x):
        raise ZeroDivisionError

    @operator(fail)
    def odd(x):
        return x

    x = Tensor(2.0, requires_grad=True)
    loss = odd(x) * 2.0
    with pytest.raises(ZeroDivisionError):
        mx.tape(loss)
    assert loss._operator.name == "multiply" and loss._inputs[0]._inputs == (x,)


def test_a_graph_that_was_freed_is_refused():
    x = Tensor(2.0, requires_grad=True)
    loss = x * x
    loss.backward()
    with pytest.raises(RuntimeError, match="freed by an earlier backward"):
        mx.tape(loss)


def test_on_every_array_module(backend):
    x = Tensor(np.array([[1.0, -2.0], [0.5, 3.0]]), requires_grad=True, name="x")
    w = Tensor(np.array([0.3, 0.7]), requires_grad=True, name="w")
    loss = (mx.relu(x) @ w).max() + mx.softmax(x)[0, 1] * w.sum()
    for second in (False, True):
        t = mx.tape(loss, names={}, second=second)
        assert "w.grad" in t.text() and len(t.data()["steps"]) == len(t.steps)
    loss.backward()
    assert np.array_equal(mx.backend.to_host(t.by[x].gradient), mx.backend.to_host(x.grad))
