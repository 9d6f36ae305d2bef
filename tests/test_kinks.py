"""gradcheck where a function is not smooth: it says so, and still finds what is wrong there and beside it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minimix import gradcheck, log, ops, relu, sqrt
from minimix.differences import GradientError
from minimix.ops import absolute, clip, maximum
from tests.test_differences import make


def largest(x):
    return x.max()


def length(x):
    return sqrt((x * x).sum())


@pytest.mark.parametrize(
    ("f", "x", "order", "cause"),
    [
        (relu, [0.0, -1.2, 2.0], 1, r"a kink, where .* with slopes from \S+ to \S+"),
        (relu, [0.0, -1.2, 2.0], 2, "a kink"),
        (lambda x: maximum(x, 1.0).sum() + 0.3 * relu(x).sum(), [1.0, 1.0, 0.5], 1, None),
        (lambda x: maximum(x[0], x[1]), [0.7, 0.7], 1, None),
        (lambda x: maximum(x, 0.5 * x), [0.0, 3.0], 1, None),
        (absolute, [0.0, 3.0], 2, "a jump"),
        (length, [0.0, 0.0], 1, "a kink"),
        (sqrt, [0.0, 1.0], 1, "the edge of the function's domain"),
        (lambda x: (1 - x * x) ** 0.5, [1.0, 0.2], 1, "the edge of the function's domain"),
        (lambda x: ops.add(relu(x), 0.0).sum(axis=0), np.zeros((2, 3)), 1, "a kink"),
    ],
)
def test_a_point_where_differences_mean_nothing_is_told_and_not_the_gradient_blamed(f, x, order, cause):
    if cause is None:  # central differences are the mean of both slopes, as the engine's gradient at a tie is
        assert gradcheck(f, [np.array(x)], order)
        return
    with pytest.raises(GradientError, match=r" cannot be checked in \d+ of \d+ elements, as at \[0") as error:
        gradcheck(f, [np.array(x)], order)
    assert "wrong" not in str(error.value) and error.value.cause.startswith(cause.partition(",")[0])


@given(st.floats(-12, -3), st.sampled_from([log, sqrt, lambda x: 1 / x]))
def test_beside_an_edge_smaller_steps_tell_what_is_right(exponent, f):
    assert gradcheck(f, [np.array([10**exponent, 1.3])])


@given(st.floats(-7.5, -3), st.sampled_from([relu, absolute, lambda x: clip(x, 0.0, 1.0)]), st.sampled_from([1, -1]))
def test_beside_a_kink_smaller_steps_tell_what_is_right(exponent, f, sign):
    assert gradcheck(f, [np.array([sign * 10**exponent, 0.3])])


@pytest.mark.parametrize(
    ("vjp", "x"),
    [
        (lambda g, y, x: 3 * g * (x > 0), [0.0, 1.0]),  # wrong where it is smooth
        (lambda g, y, x: g * (x > 0) + 2 * g * (x == 0), [0.0, 1.0]),  # outside the slopes at the kink, 0 and 1
        (lambda g, y, x: -g * (x == 0) + g * (x > 0), [0.0, 1.0]),
        (lambda g, y, x: g * (x > 1e-7), [1e-8, 1.0]),  # beside the kink
    ],
)
def test_a_wrong_gradient_is_no_kink(vjp, x):
    with pytest.raises(GradientError, match="is wrong in 1 of 2 elements"):
        gradcheck(make(lambda x: np.maximum(x, 0), vjp), [np.array(x)])


@pytest.mark.parametrize("x", [1e-9, 1e-5])
def test_a_wrong_gradient_at_an_edge_is_told_with_differences_that_are_right(x):
    with pytest.raises(GradientError, match="a constant factor of 3") as error:
        gradcheck(make(np.log, lambda g, y, x: 3 * g / x), [np.array([x, 1.0])])
    assert error.value.index == (0,)
    np.testing.assert_allclose(error.value.got[0] / error.value.expected[0], 3, rtol=1e-6)
