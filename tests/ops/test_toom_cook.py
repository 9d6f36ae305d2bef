import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minimix import Tensor, backend, ops
from minimix.ops import im2col, toom_cook


@pytest.mark.parametrize("r", toom_cook.TILES)
def test_the_matrices_correlate_exactly(r):
    """Aᵀ[(G w) ∘ (B d)] in fractions, against the sum that defines a correlation."""
    m, points, with_i = toom_cook.TILES[r]
    a, g, b = toom_cook.matrices(m, r, points, with_i)
    w = [Fraction(k * k - 3, 2) for k in range(r)]
    d = [Fraction(5 - k, k + 1) for k in range(m + r - 1)]
    dot = lambda row, x: sum(p * q for p, q in zip(row, x, strict=True))
    products = [dot(g_row, w) * dot(b_row, d) for g_row, b_row in zip(g, b, strict=True)]
    for i in range(m):
        assert dot([row[i] for row in a], products) == dot(w, d[i : i + r])


def test_too_few_points_are_refused():
    with pytest.raises(ValueError, match="Toom-Cook of 4 outputs and 3 weights needs 6 points, got 5"):
        toom_cook.matrices(4, 3, (0, 1, -1, 2), False)


def gradients(algorithm, dtype, arrays, g):
    tensors = [Tensor(a.astype(dtype), requires_grad=True) for a in arrays]
    y = ops.conv2d(*tensors, algorithm=algorithm)
    y.backward(g.astype(dtype))
    return [y.data, *(t.grad for t in tensors)]


@pytest.mark.parametrize("algorithm", ["im2col", "toom-cook", "auto"])
@settings(max_examples=25)
@given(st.data())
def test_float32_errs_by_less_than_1e_5(algorithm, data):
    draw = lambda *bounds: data.draw(st.integers(*bounds))
    kernel, n, c, o = (draw(2, 7), draw(2, 7)), draw(1, 5), draw(1, 40), draw(1, 40)
    size = kernel[0] + draw(0, 12), kernel[1] + draw(0, 12)
    rng = np.random.default_rng(draw(0, 10**6))
    x, w, b = rng.standard_normal((n, *size, c)), rng.uniform(-1, 1, (o, *kernel, c)), rng.standard_normal(o)
    g = rng.standard_normal((n, size[0] - kernel[0] + 1, size[1] - kernel[1] + 1, o))
    exact = gradients("im2col", "float64", (x, w, b), g)
    for got, expected in zip(gradients(algorithm, "float32", (x, w, b), g), exact, strict=True):
        assert np.abs(got - expected).max() < 1e-5 * np.abs(expected).max()


@pytest.mark.parametrize("algorithm", ["im2col", "toom-cook"])
def test_what_is_done_in_blocks_gives_the_same(monkeypatch, algorithm):
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(s) for s in ((7, 9, 8, 2), (3, 3, 3, 2), (3,))]
    g = rng.standard_normal((7, 7, 6, 3))
    at_once = gradients(algorithm, "float64", arrays, g)
    small = dataclasses.replace(backend.backend_of(g), block=1)
    monkeypatch.setitem(backend._by_type, np.ndarray, small)
    in_blocks = gradients(algorithm, "float64", arrays, g)
    assert all(np.allclose(a, b, rtol=1e-12) for a, b in zip(in_blocks, at_once, strict=True))


@pytest.mark.parametrize("launches, algorithm", [(False, toom_cook), (True, im2col)])
def test_auto_takes_few_large_products_where_an_operation_is_dear_to_start(monkeypatch, launches, algorithm):
    x, w = np.zeros((1, 14, 14, 32), "float32"), np.zeros((64, 5, 5, 32), "float32")
    monkeypatch.setitem(backend._by_type, np.ndarray, dataclasses.replace(backend.backend_of(x), launches=launches))
    taken, forward = [], algorithm.forward
    monkeypatch.setattr(algorithm, "forward", lambda *arguments: taken.append(1) or forward(*arguments))
    ops.conv2d(x, w)
    assert taken


def test_a_kernel_that_does_not_fit_is_named():
    x, w = np.zeros((1, 9, 9, 1)), np.zeros((1, 8, 3, 1))
    with pytest.raises(
        ValueError, match=r"'toom-cook' needs stride 1 and a kernel height and width of 2 or .*\(8, 3\)"
    ):
        ops.conv2d(x, w, algorithm="toom-cook")
    with pytest.raises(ValueError, match="must be one of auto, im2col, toom-cook, got 'toomcook'; did you mean"):
        ops.conv2d(x, w, algorithm="toomcook")


@pytest.mark.parametrize(("out", "tiles"), [((12, 10), (3, 2)), ((5, 11), (1, 3)), ((1, 1), (1, 1))])
def test_a_plan_has_as_many_tiles_as_cover_the_outputs_and_no_more(out, tiles):
    plan = toom_cook.Plan(np, np.dtype("float32"), (5, 5), out)
    assert plan.m == (5, 5) and plan.tiles == tiles
