"""What elementwise operators do at kinks, ties and far out, and how dropout draws."""

import numpy as np
import pytest

import minimix as mm
from minimix import Tensor


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


@pytest.mark.parametrize("p", [-0.1, 1, 1.5])
def test_a_dropout_that_is_no_probability_is_refused(p):
    with pytest.raises(ValueError, match=f"dropout's p must be at least 0 and below 1, got {p}"):
        mm.dropout(np.ones(3), p, np.random.default_rng(0))
