"""Activations far out and of integers, and how dropout draws."""

import numpy as np
import pytest

import minimix as mm
from minimix import Tensor


def gradient(f, x):
    return mm.grad(lambda x: f(x).sum())(np.array(x))


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
    x = np.linspace(-end, end, 2001).astype(dtype)
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


@pytest.mark.parametrize("p", [-0.1, 1, 1.5, "a", None, True])
def test_a_dropout_that_is_no_probability_is_refused(p):
    with pytest.raises(ValueError, match=f"dropout's p must be a number at least 0 and below 1, got {p!r}"):
        mm.dropout(np.ones(3), p, np.random.default_rng(0))


@pytest.mark.parametrize("rng", [0, None, "a"])
def test_dropout_needs_what_draws_another_mask_each_time(rng):
    with pytest.raises(TypeError, match=r"dropout's rng must be a numpy\.random\.Generator"):
        mm.dropout(np.ones(3), 0.5, rng)
