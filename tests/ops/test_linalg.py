"""Norms at the ends of a dtype's range, and what products refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minimix as mm
from minimix import Tensor, ops


@given(st.sampled_from(["float16", "float32", "float64"]), st.integers(1, 40), st.data())
def test_norms_neither_overflow_nor_vanish(dtype, n, data):
    info = np.finfo(dtype)
    exponent = data.draw(st.integers(info.minexp, info.maxexp - 10))
    x = (np.random.default_rng(n).uniform(1, 2, n) * 2.0**exponent).astype(dtype)
    wide = x.astype("float64") / 2.0**exponent
    expected = np.sqrt(wide @ wide) * 2.0**exponent
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y = ops.norm(x)
        g = mm.grad(ops.norm)(x)
        steep = Tensor(x, requires_grad=True)
        ops.norm(steep).backward(np.asarray(info.max / 4))
    assert y.dtype == g.dtype == dtype
    np.testing.assert_allclose(steep.grad, info.max / 4 * g, rtol=8 * info.eps)
    np.testing.assert_allclose(y, expected, rtol=8 * info.eps)
    np.testing.assert_allclose(g, wide / np.sqrt(wide @ wide), rtol=8 * info.eps)


@pytest.mark.parametrize("size", [1e20, 1e-23, 1.0])
def test_norms_on_the_device_are_those_on_the_host(backend, size):
    x = Tensor(np.full((2, 2), size, "float32"), requires_grad=True)
    y = ops.norm(x)
    y.backward()
    np.testing.assert_allclose(y.item(), 2 * np.float32(size), rtol=1e-6)
    np.testing.assert_allclose(mm.backend.to_host(x.grad), 0.5, rtol=1e-6)
    assert y.dtype == np.float32


@pytest.mark.parametrize(
    ("x", "expected"), [([], 0), ([0, 0], 0), ([1, np.inf], np.inf), ([np.nan, 1], np.nan), ([3, -4], 5)]
)
def test_norms_of_nothing_infinities_and_nan(backend, x, expected):
    for dtype in ("float16", "float32", "float64", "int64"):
        if dtype != "int64" or np.isfinite(x).all():
            with np.errstate(all="ignore"):
                given = mm.backend.asarray(np.array(x, dtype))
            np.testing.assert_array_equal(float(ops.norm(given)), expected)


REFUSED = {
    "matmul": (lambda: ops.matmul(np.ones((2, 3)), np.ones((2, 3))), r"got \(2, 3\) and \(2, 3\)"),
    "matmul by a number": (lambda: mm.Tensor(np.ones(2)) @ 3, "got 3; numbers multiply with"),
    "matmul of a vector": (lambda: ops.matmul(np.ones(2), np.ones((3, 2))), r"got \(2,\) and \(3, 2\)"),
    "dot of stacks": (lambda: ops.dot(np.ones((2, 2, 2)), np.ones((2, 2))), "write a @ b"),
    "einsum's operands": (lambda: mm.einsum("ij,jk->ik", np.ones((2, 2))), "name 2 operands, got 1"),
    "einsum's axes": (lambda: mm.einsum("ij->i", np.ones(2)), r"'ij' do not fit an operand of shape \(2,\)"),
    "einsum's output": (lambda: mm.einsum("ij->k", np.ones((2, 2))), "'k', which no operand has"),
}


@pytest.mark.parametrize(("attempt", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused_in_a_sentence(attempt, sentence):
    with pytest.raises(ValueError, match=sentence):
        attempt()


@pytest.mark.parametrize("dtypes", [("float32", "float32", "float64"), ("uint8", "float32", "float32")])
def test_an_affine_map_of_several_dtypes_is_numpys(dtypes):
    rng = np.random.default_rng(0)
    x, w, b = (rng.integers(0, 9, s).astype(t) for s, t in zip(((3, 4), (2, 4), 2), dtypes, strict=True))
    y = ops.affine(x, w, b)
    np.testing.assert_array_equal(y, x @ w.T + b, strict=True)
    w = Tensor(w, requires_grad=True)
    ops.affine(x, w, b).sum().backward()
    assert w.grad.dtype == w.dtype
    np.testing.assert_array_equal(w.grad, np.tile(x.sum(0, dtype="float64"), (2, 1)))
