"""What elementwise operators do at kinks, ties and far out, and how dropout draws."""

import numpy as np
import pytest

import minimix as mm
from minimix import Tensor, ops


def gradient(f, x):
    return mm.grad(lambda x: f(x).sum())(np.array(x))


def test_conventions_at_kinks_and_ties():
    np.testing.assert_array_equal(gradient(mm.relu, [-1.0, 0.0, 1.0]), [0, 0, 1])
    np.testing.assert_array_equal(gradient(lambda x: mm.maximum(x, 1.0), [0.0, 1.0, 2.0]), [0, 0.5, 1])
    np.testing.assert_array_equal(gradient(lambda x: mm.maximum(x, x), [3.0]), [1])
    np.testing.assert_array_equal(gradient(abs, [-1.0, 0.0, 1.0]), [-1, 0, 1])
    np.testing.assert_array_equal(gradient(mm.ops.norm, [0.0, 0.0]), [0, 0])


def test_powers_of_zero_have_finite_gradients():
    zero = [0.0, 2.0]
    np.testing.assert_array_equal(gradient(lambda x: x**2, zero), [0, 4])
    np.testing.assert_array_equal(gradient(lambda x: x**1, zero), [1, 1])
    np.testing.assert_array_equal(gradient(lambda x: x**0, zero), [0, 0])
    twice = mm.grad(lambda x: mm.grad(lambda x: (x**1).sum())(x).sum())
    np.testing.assert_array_equal(twice(np.array(zero)), [0, 0])
    exponent = mm.grad(lambda p: (np.array(zero) ** p).sum())
    np.testing.assert_allclose(exponent(np.array([1.0, 1.0])), [0, 2 * np.log(2)])


ROOTS = {
    "sqrt": mm.sqrt,
    "power": lambda x: x**0.5,
    "power of a Tensor": lambda x: x ** Tensor(np.float64(0.5), requires_grad=True),
}


@pytest.mark.parametrize("root", ROOTS.values(), ids=ROOTS)
def test_the_root_of_0_has_no_gradient_where_none_comes_in_and_else_an_infinite_one(backend, root):
    x = Tensor(np.array([0.0, 0.0, 4.0]), requires_grad=True)
    with np.errstate(divide="ignore"):
        for options in ({}, {"create_graph": True}):
            x.grad = None
            (root(x) * mm.backend.asarray(np.array([0.0, 1.0, 1.0]))).sum().backward(**options)
            np.testing.assert_array_equal(mm.backend.to_host(mm.tensor.value(x.grad)), [0, np.inf, 0.25])
    x = Tensor(np.array([0.0, 4.0]), requires_grad=True)
    (root(x) * x * x).sum().backward(create_graph=True)
    x.grad.sum().backward()
    np.testing.assert_allclose(mm.backend.to_host(mm.tensor.value(x.grad)), [0, 2.5 * 4**1.5 + 3.75 * 4**0.5])


def test_sigmoid_and_tanh_do_not_overflow():
    far = np.array([-1e4, 0.0, 1e4])
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        np.testing.assert_array_equal(mm.sigmoid(far), [0, 0.5, 1])
        np.testing.assert_array_equal(gradient(mm.sigmoid, far), [0, 0.25, 0])


TAILS = {
    "sigmoid": (mm.sigmoid, lambda x: 1 / (1 + np.exp(-x))),
    "softplus": (mm.softplus, lambda x: np.log1p(np.exp(x))),
    "derivative of sigmoid": (lambda x: gradient(mm.sigmoid, x), lambda x: 1 / (1 + np.exp(-x)) / (1 + np.exp(x))),
    "log of sigmoid": (lambda x: mm.log(mm.sigmoid(x)), lambda x: -np.log1p(np.exp(-x))),
    "derivative of log of sigmoid": (
        lambda x: gradient(lambda x: mm.log(mm.sigmoid(x)), x),
        lambda x: 1 / (1 + np.exp(x)),
    ),
}


@pytest.mark.parametrize(("f", "right"), TAILS.values(), ids=TAILS)
@pytest.mark.parametrize(("dtype", "end"), [("float32", 87), ("float64", 700)])
def test_tails_are_right_to_a_few_digits_in_the_last_place_and_nothing_overflows(f, right, dtype, end):
    x = np.linspace(-end, 10 if "log of" in str(f) else end, 2001).astype(dtype)
    expected = right(x.astype(np.longdouble))
    normal = expected > np.finfo(dtype).tiny if f is not TAILS["log of sigmoid"][0] else x < -1
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        y = f(x)
    assert y.dtype == dtype
    np.testing.assert_allclose(y[normal], expected[normal].astype("float64"), rtol=8 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "bool"])
def test_sigmoid_and_softplus_of_integers_are_those_of_their_values(dtype):
    x = np.array([0, 1, 100]).astype(dtype)
    np.testing.assert_allclose(mm.sigmoid(x), 1 / (1 + np.exp(-x.astype(float))), rtol=1e-2)
    np.testing.assert_allclose(mm.softplus(x), np.log1p(np.exp(x.astype(float))), rtol=1e-2)


STEEP = {
    "sqrt": (mm.sqrt, lambda x: x > 0, [0.0, -1.0, np.nan, 4.0]),
    "log": (mm.log, lambda x: x > 0, [0.0, -1.0, np.nan, 4.0]),
    "log1p": (ops.log1p, lambda x: x > -1, [-1.0, -2.0, np.nan, 4.0]),
    "reciprocal": (lambda x: 1 / x, lambda x: abs(x) > 0, [0.0, np.nan, -1.0, 4.0]),
    "quotient": (lambda x: x / (x - 1), lambda x: abs(x - 1) > 0, [1.0, np.nan, -1.0, 4.0]),
    "power": (lambda x: x**-0.5, lambda x: x > 0, [0.0, -1.0, np.nan, 4.0]),
    "cube": (lambda x: x**3, lambda x: x < 9, [np.inf, 1e200, np.nan, 4.0]),
    "square": (ops.square, lambda x: x < 9, [np.inf, np.nan, 4.0]),
    "absolute": (abs, lambda x: x < 9, [np.inf, np.nan, 4.0]),
    "exp": (mm.exp, lambda x: x < 9, [1e4, np.nan, 1.0]),
    "expm1": (ops.expm1, lambda x: x < 9, [1e4, np.nan, 1.0]),
    "log of sigmoid": (lambda x: mm.log(mm.sigmoid(x)), lambda x: x > -9, [-1e4, 1.0]),
}


@pytest.mark.parametrize(("f", "taken", "x"), STEEP.values(), ids=STEEP)
def test_the_branch_that_where_does_not_take_spoils_no_derivative(backend, f, taken, x):
    given = [x for x in x if taken(x)]

    def derivatives(f, x):
        x = mm.backend.asarray(np.array(x))
        twice = mm.grad(lambda x: mm.grad(lambda x: f(x).sum())(x).sum())
        return [mm.backend.to_host(g) for g in (mm.grad(lambda x: f(x).sum())(x), twice(x))]

    with np.errstate(all="ignore"):
        found = derivatives(lambda x: mm.where(taken(x.data), f(x), 0.0), x)
        for g, expected in zip(found, derivatives(f, given), strict=True):
            np.testing.assert_array_equal(g[: -len(given)], 0)
            np.testing.assert_allclose(g[-len(given) :], expected, rtol=1e-12)


CHOOSING = {
    "relu": mm.relu,
    "leaky_relu": mm.leaky_relu,
    "maximum": lambda x: mm.maximum(x, 1.0),
    "maximum, right": lambda x: mm.maximum(1.0, x),
    "minimum": lambda x: mm.minimum(x, 1.0),
    "clip": lambda x: mm.clip(x, -1.0, 1.0),
    "absolute": abs,
    "max_pool2d": lambda x: mm.max_pool2d(x.reshape(1, 2, 3, 1), (2, 1)),
    "max": lambda x: x.reshape(2, 3).max(axis=0),
}


@pytest.mark.parametrize("f", CHOOSING.values(), ids=CHOOSING)
def test_a_nan_stays_one_in_value_and_gradient_and_spoils_no_other(backend, f):
    a = np.array([0.5, 2.0, -2.0, 0.6, 2.1, -2.1])
    whole = mm.backend.to_host(gradient(f, a))
    for place in range(6):
        x = Tensor(np.where(np.arange(6) == place, np.nan, a), requires_grad=True)
        y = f(x)
        y.sum().backward()
        g = mm.backend.to_host(x.grad)
        assert np.isnan(y.numpy()).sum() == 1 and np.isnan(g[place])
        others = np.arange(6) % 3 != place % 3
        np.testing.assert_array_equal(g[others], whole[others])


def test_a_tie_is_shared_also_at_infinity():
    for f in (mm.maximum, mm.minimum):
        for tie in (1.0, np.inf, -np.inf):
            a, b = (Tensor(np.array([tie]), requires_grad=True) for _ in range(2))
            f(a, b).backward()
            assert a.grad == b.grad == [0.5]


def test_operators_on_bare_arrays_are_their_forward_functions():
    assert type(mm.exp(np.ones(2))) is np.ndarray


def test_dropout_keeps_the_mean_and_scales_what_it_keeps():
    x = Tensor(np.ones((400, 400), "float32"))
    y = mm.dropout(x, 0.25, np.random.default_rng(0)).numpy()
    assert set(np.unique(y)) == {np.float32(0), np.float32(1) / np.float32(0.75)}
    assert abs(y.mean() - 1) < 0.01
    assert abs((y == 0).mean() - 0.25) < 0.01


def test_dropout_of_one_seed_is_one_mask_on_every_module(backend):
    x = Tensor(np.ones((5, 7), "float32"), requires_grad=True)
    y = mm.dropout(x, 0.5, np.random.default_rng(3))
    y.sum().backward()
    expected = (np.random.default_rng(3).random((5, 7), "float32") >= 0.5) * 2
    np.testing.assert_array_equal(y.numpy(), expected)
    np.testing.assert_array_equal(mm.backend.to_host(x.grad), expected)


def test_dropout_of_bytes_is_of_their_values():
    y = mm.dropout(np.full(100, 3, "uint8"), 0.5, np.random.default_rng(0))
    assert set(np.unique(y)) == {0, 6}


@pytest.mark.parametrize("p", [-0.1, 1, 1.5])
def test_a_dropout_that_is_no_probability_is_refused(p):
    with pytest.raises(ValueError, match=f"dropout's p must be at least 0 and below 1, got {p}"):
        mm.dropout(np.ones(3), p, np.random.default_rng(0))


@pytest.mark.parametrize("condition", [[True, False, True], (1, 0, 1)])
def test_a_list_of_conditions_holds_element_by_element(backend, condition):
    x = Tensor(np.array([1.0, 2.0, 3.0]), requires_grad=True)
    y = mm.where(condition, x, 0.0)
    y.sum().backward()
    np.testing.assert_array_equal(y.numpy(), [1, 0, 3])
    np.testing.assert_array_equal(mm.backend.to_host(x.grad), [1, 0, 1])
