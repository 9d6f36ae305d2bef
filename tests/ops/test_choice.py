"""What choices do at kinks, ties and nan, and that what is not chosen spoils nothing."""

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


@pytest.mark.parametrize("condition", [[True, False, True], (1, 0, 1)])
def test_a_list_of_conditions_holds_element_by_element(backend, condition):
    x = Tensor(np.array([1.0, 2.0, 3.0]), requires_grad=True)
    y = mm.where(condition, x, 0.0)
    y.sum().backward()
    np.testing.assert_array_equal(y.numpy(), [1, 0, 3])
    np.testing.assert_array_equal(mm.backend.to_host(x.grad), [1, 0, 1])
