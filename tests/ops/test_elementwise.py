"""Powers and roots of 0, and what operators are on bare arrays."""

import numpy as np
import pytest

import minimix as mm
from minimix import Tensor


def gradient(f, x):
    return mm.grad(lambda x: f(x).sum())(np.array(x))


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


def test_operators_on_bare_arrays_are_their_forward_functions():
    assert type(mm.exp(np.ones(2))) is np.ndarray
