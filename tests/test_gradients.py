"""grad and hvp: nested, of functions that use what is around them, and under no_grad."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minimix as mm
from minimix import Tensor, grad, hvp, no_grad


def as_given(kind):
    return {
        "number": float, "array": np.asarray, "Tensor": Tensor, "parameter": lambda x: Tensor(np.asarray(x), True)
    }[kind]  # fmt: skip


KINDS = ["number", "array", "Tensor", "parameter"]


@pytest.mark.parametrize("inner", KINDS)
@pytest.mark.parametrize("outer", KINDS)
def test_a_gradient_within_sees_the_variable_around_it(outer, inner):
    outer, inner = as_given(outer)(3.0), as_given(inner)(2.0)
    assert float(grad(lambda x: x * grad(lambda y: x * y)(inner))(outer)) == 6
    assert float(grad(lambda x: grad(lambda y: x * x * y * y)(inner))(outer)) == 24
    assert float(grad(lambda x: grad(lambda y, z: z * z * y)(inner, x))(outer)) == 6
    assert float(grad(lambda x: x * grad(lambda y, z: y * z, argnum=1)(x, inner))(outer)) == 6


@pytest.mark.parametrize("outer", KINDS)
def test_the_variable_of_a_gradient_is_told_apart_from_the_same_tensor_elsewhere(outer):
    outer = as_given(outer)(3.0)
    assert float(grad(lambda x: x * grad(lambda y: x * y)(x))(outer)) == 6  # d/dx x*x, not of x*2x
    assert float(grad(lambda x: grad(lambda y, z: y * y * z)(x, x))(outer)) == 12
    assert float(grad(lambda x: grad(lambda y: y * x.detach())(x) * x)(outer)) == 3


@given(st.integers(1, 4), st.floats(0.5, 2), st.floats(0.5, 2))
def test_mixed_derivatives_do_not_depend_on_their_order(power, a, b):
    def f(x, y):
        return (x * y) ** power + x * y * y

    first = grad(lambda x: grad(lambda y: f(x, y))(b))(a)
    second = grad(lambda y: grad(lambda x: f(x, y))(a))(b)
    expected = power**2 * (a * b) ** (power - 1) + 2 * b
    np.testing.assert_allclose([float(first), float(second)], expected, rtol=1e-5)


@pytest.mark.parametrize("kind", ["array", "Tensor"])
def test_a_gradient_penalty_keeps_the_weights(backend, kind):
    a = np.array([[1.0, 2.0], [3.0, 4.0]])
    w = Tensor(a, requires_grad=True)
    x = mm.backend.asarray(np.ones((1, 2)))
    g = grad(lambda x: ((x @ w) ** 2).sum())(Tensor(x) if kind == "Tensor" else x)
    (g**2).sum().backward()
    m = 2 * a @ a.T  # g is ones @ m, and the penalty's derivative by a is 4 times (ones'g + g'ones) @ a
    g, ones = np.ones((1, 2)) @ m, np.ones((1, 2))
    np.testing.assert_allclose(mm.backend.to_host(w.grad), 4 * (ones.T @ g + g.T @ ones) @ a)


def test_a_gradient_that_depends_on_nothing_else_is_what_was_given():
    w = Tensor([2.0], requires_grad=True)
    f = lambda x: (w * x * x).sum()
    assert isinstance(grad(f)(np.ones(1)), Tensor)
    with no_grad():
        assert type(grad(f)(np.ones(1))) is np.ndarray and not grad(f)(Tensor([1.0])).requires_grad
    w.requires_grad = False
    assert type(grad(f)(np.ones(1))) is np.ndarray and type(grad(f)(3.0)) is np.ndarray


def test_gradients_are_computed_under_no_grad_and_are_constants_there(backend):
    x = Tensor(np.array([1.0, 2.0]), requires_grad=True)
    with no_grad():
        for y, expected in (
            (grad(lambda x: (x**3).sum())(x), [3, 12]),
            (hvp(lambda x: (x**3).sum(), x, x), [6, 24]),
            (grad(lambda x: (grad(lambda x: (x**3).sum())(x) ** 2).sum())(x), [36, 288]),
        ):
            np.testing.assert_allclose(y.numpy(), expected)
            assert not y.requires_grad
        assert not (x * 2).requires_grad


def test_arguments_are_counted_from_either_end_and_what_is_missing_is_said():
    f = lambda a, b: a * b * b
    for argnum, expected in ((0, 9), (1, 12), (-1, 12), (-2, 9)):
        assert float(grad(f, argnum)(2.0, 3.0)) == expected
    for call in (lambda: grad(f, 2)(2.0, 3.0), lambda: grad(f, -3)(2.0, 3.0), lambda: grad(f)(a=2.0, b=3.0)):
        with pytest.raises(TypeError, match=r"grad with argnum=.* needs as many arguments in order, got"):
            call()
    with pytest.raises(TypeError, match=r"grad takes a function, as grad\(f\)\(x\), got 3.0"):
        grad(3.0)
    for argnum in ((0, 1), "a", True, None):
        with pytest.raises(TypeError, match="argnum must be the number of one argument, from 0, got"):
            grad(f, argnum)


def test_what_has_no_fractions_takes_no_gradient_that_has():
    x = Tensor(np.array([1, 2]))
    x.requires_grad = True
    w = Tensor([1.0, 2.0], requires_grad=True)
    w.data = np.array([1, 2])
    for leaf in (x, w):
        with pytest.raises(TypeError, match="multiply: a Tensor of int64 has no gradient"):
            (leaf * 1.5).sum().backward()
        assert leaf.grad is None


@pytest.mark.parametrize("v", [[1.0, 0.0], np.array([1.0, 0.0]), Tensor([1.0, 0.0]), Tensor(np.eye(2)[0], True)])
@pytest.mark.parametrize("x", [[1.0, 2.0], np.array([1.0, 2.0]), Tensor([1.0, 2.0]), Tensor(np.arange(1.0, 3), True)])
def test_hvp_takes_what_grad_takes(backend, x, v):
    move = lambda x: Tensor(mm.backend.asarray(x.data), x.requires_grad) if isinstance(x, Tensor) else x
    y = hvp(lambda x: (x**3).sum() + x[0] * x[1], move(x), move(v))
    np.testing.assert_allclose(y.numpy() if isinstance(y, Tensor) else mm.backend.to_host(y), [6, 1])
    with pytest.raises(ValueError, match=r"v of x's shape \(2,\), got \(3,\)"):
        hvp(lambda x: x.sum(), move(x), np.ones(3))
