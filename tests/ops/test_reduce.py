"""Reductions at their edges: axes that are not there, scalars, nothing to reduce, nan, ties, float16."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

import minimix as mm
from minimix import Tensor, ops

REDUCTIONS = {name: getattr(ops, name) for name in ("sum", "mean", "max", "min", "prod", "logsumexp", "var", "std")}
CHOICES = {name: getattr(ops, name) for name in ("argmax", "argmin", "any", "all")}
every_reduction = pytest.mark.parametrize("f", REDUCTIONS.values(), ids=REDUCTIONS)


def gradient(f, x):
    return mm.grad(lambda x: f(x).sum())(x)


@pytest.mark.parametrize("f", [*(REDUCTIONS | CHOICES).values(), ops.cumsum, mm.softmax, mm.log_softmax, ops.flip])
@pytest.mark.parametrize("axis", [2, -3, (0, 0), (0, -2), 1.5, "rows", [0]], ids=repr)
def test_an_axis_that_is_none_is_refused_in_a_sentence(f, axis):
    with pytest.raises((TypeError, ValueError), match=r"^axis must be (an integer|from -2 to 1).*, got .+"):
        f(Tensor(np.ones((2, 3))), axis)


@every_reduction
@pytest.mark.parametrize("axis", [None, 0, -1, ()])
def test_a_scalar_has_an_axis_0(f, axis):
    x = Tensor(np.asarray(3.0), requires_grad=True)
    y = f(x, axis)
    y.backward()
    assert y.shape == x.grad.shape == ()
    spread = f in (ops.var, ops.std)
    assert (y.item(), x.grad) == ((0, 0) if spread else (3, 1))


@every_reduction
@settings(max_examples=15)
@given(data=st.data())
def test_over_axes_of_length_0_values_are_numpys_and_gradients_have_the_inputs_shape(f, data):
    a = np.ones(data.draw(array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=2)))
    axis = data.draw(st.none() | st.integers(0, a.ndim - 1))
    x = Tensor(a, requires_grad=True)
    with np.errstate(all="ignore"), pytest.MonkeyPatch.context() as quiet:
        quiet.setattr("warnings.warn", lambda *_, **__: None)
        try:
            y = f(x, axis)
        except ValueError as error:
            assert "zero-size array" in str(error)
            assert 0 in (a.shape if axis is None else (a.shape[axis],))
            return
        y.backward(np.ones(y.shape))
        oracle = (lambda a, axis: np.log(np.exp(a).sum(axis))) if f is ops.logsumexp else getattr(np, f.__name__)
        np.testing.assert_allclose(y.numpy(), oracle(a, axis), strict=True)
    assert x.grad.shape == a.shape


@pytest.mark.parametrize("f", [ops.max, ops.min])
@pytest.mark.parametrize("place", range(3))
def test_a_nan_is_one_in_the_gradient_and_spoils_no_other_row(backend, f, place):
    a = np.array([[1.0, 2.0, 3.0], [2.0, 2.0, 2.0]])
    a[0, place] = np.nan
    x = Tensor(a, requires_grad=True)
    y = f(x, axis=1)
    y.sum().backward()
    np.testing.assert_array_equal(y.numpy(), [np.nan, 2])
    g = mm.backend.to_host(x.grad)
    assert np.isnan(g[0, place])
    np.testing.assert_allclose(g[1], 1 / 3)


def test_the_gradient_of_logsumexp_is_softmax_also_at_infinities():
    for z in ([-np.inf, 0.0, 1.0], [1e4, -1e4, 1e4], [0.0, 1.0, 2.0]):
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            np.testing.assert_allclose(gradient(ops.logsumexp, np.array(z)), mm.softmax(np.array(z)))
    with np.errstate(divide="ignore"):
        assert ops.logsumexp(np.array([-np.inf, -np.inf])) == -np.inf
        np.testing.assert_array_equal(gradient(ops.logsumexp, np.array([-np.inf, -np.inf])), [0, 0])
    assert ops.logsumexp(np.array([np.inf, 0.0])) == np.inf


def test_a_mean_of_more_float16_numbers_than_float16_can_count_is_right():
    x = Tensor(np.full(100_000, 100, "float16"), requires_grad=True)
    for y, value, slope in ((ops.mean(x), 100, 1e-5), (ops.var(x), 0, 0), (ops.std(x), 0, 0)):
        x.grad = None
        y.backward()
        assert y.dtype == x.grad.dtype == np.float16 and y.item() == value
        np.testing.assert_allclose(x.grad, slope, rtol=0.01)
    y = ops.std(np.array([100.0, -100.0], "float16").repeat(1000))
    assert y == 100


def test_the_spread_of_equal_elements_has_the_derivative_0():
    np.testing.assert_array_equal(gradient(ops.std, np.ones(3)), [0, 0, 0])


@pytest.mark.parametrize("dtype", ["uint8", "int16", "bool"])
def test_products_of_small_integers_do_not_wrap_around(dtype):
    x = np.array([[3, 5, 7], [1, 11, 13]], dtype)
    y = ops.prod(x, 1)
    assert y.tolist() == np.prod(x, 1).tolist() and y.dtype == np.prod(x, 1).dtype


@pytest.mark.parametrize("n", [0, 1, 5, 8])
def test_a_product_has_the_product_of_the_others_for_gradient(n):
    a = np.arange(n) - 1.0
    expected = [np.prod(np.delete(a, i)) for i in range(n)]
    np.testing.assert_array_equal(gradient(ops.prod, a), expected)


@pytest.mark.parametrize("name", ["all", "any", "argmax", "argmin", "max", "mean", "min", "prod", "std", "sum", "var"])
def test_reduced_axes_go_unless_they_are_asked_to_stay(name):
    x = np.arange(6.0).reshape(2, 3)
    f, numpys = getattr(ops, name), getattr(np, name)
    assert f(Tensor(x), axis=0).shape == f(x, axis=0).shape == numpys(x, axis=0).shape
    assert f(Tensor(x), axis=1, keepdims=True).shape == (2, 1)


def test_logsumexp_of_a_nan_has_nan_in_every_derivative():
    x = Tensor([float("nan"), 0.0], requires_grad=True)
    ops.logsumexp(x).backward()
    assert np.isnan(x.grad).all()
