"""That the checker accepts right gradients and rejects wrong ones with the right cause."""

import numpy as np
import pytest

import minimix as mm
from minimix import Tensor, gradcheck
from minimix.differences import GradientError
from minimix.operators import OPERATORS, operator
from minimix.tensor import value

RNG = np.random.default_rng(0)
X, W, B = RNG.standard_normal((3, 3)), RNG.standard_normal((3, 3)), RNG.standard_normal(3)


def make(forward, *vjps):
    """An operator that nobody registers."""

    @operator(*vjps)
    def op(*inputs):
        return forward(*inputs)

    del OPERATORS["op"]
    return op


def first_row(g):
    return g * np.eye(3)[:, :1]


WRONG = {
    "factor": (make(np.square, lambda g, y, x: g * x), [X], "a constant factor of 0.5"),
    "mean for sum": (make(np.sum, lambda g, y, x: g * np.ones((3, 3)) / 9), [X], "factor of 0.111111"),
    "sign": (make(np.subtract, lambda g, y, a, b: g, lambda g, y, a, b: g), [X, W], "the sign"),
    "transpose": (
        make(np.matmul, lambda g, y, x, w: g @ w.T, lambda g, y, x, w: g.T @ x),
        [X, W],
        r"a transpose: it agrees with the axes in the order \(1, 0\)",
    ),
    "transpose of what comes in": (make(np.transpose, lambda g, y, x: g), [X], "a transpose"),
    "missing sum": (
        make(np.add, lambda g, y, a, b: g, lambda g, y, a, b: first_row(g)),
        [X, B],
        r"a missing sum over a broadcast axis, the output's \[0\]",
    ),
    "missing sum of the last": (
        make(np.multiply, lambda g, y, a, b: g * b, lambda g, y, a, b: (g * a)[:, 2:]),
        [X, B[:, None]],
        r"a missing sum over a broadcast axis, the output's \[1\]",
    ),
    "missing sum over two axes": (
        make(np.add, lambda g, y, a, b: g, lambda g, y, a, b: g[0, 0]),
        [X, np.array(0.5)],
        r"a missing sum over a broadcast axis, the output's \[0, 1\]",
    ),
    "zero": (make(np.exp, lambda g, y, x: 0 * g), [X], "not connected"),
    "nan": (
        make(np.exp, lambda g, y, x: g * np.log(-np.abs(x))),
        [X],
        "nan or inf in the vector-Jacobian product",
    ),
    "something else": (make(np.exp, lambda g, y, x: g * (y + x)), [X], "none of the usual"),
    "shape": (
        make(np.matmul, lambda g, y, x, w: g @ w.T, lambda g, y, x, w: g.T @ x),
        [X, W[:, :2]],
        r"\(2, 3\)",
    ),
    "nan in the function": (lambda x: mm.log(x), [-np.abs(X)], "the function gives nan or inf"),
    "a step not recorded": (lambda x: x * 0 + Tensor(np.exp(x.data)), [X], "not connected"),
    "no Tensor": (lambda x: x.data, [X], "must return one Tensor, got ndarray"),
    "random": (lambda x: mm.dropout(x, 0.5, RNG), [X], "two values for the same inputs"),
}


@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
@pytest.mark.parametrize(("f", "inputs", "cause"), WRONG.values(), ids=WRONG)
def test_a_wrong_product_is_rejected_with_its_likely_cause(f, inputs, cause):
    with pytest.raises(GradientError, match=cause):
        gradcheck(f, inputs)


WRONG_IN_SECOND_ORDER = {
    "bare array": (make(np.exp, lambda g, y, x: g * value(y)), "not connected"),
    "numpy function": (make(np.sin, lambda g, y, x: g * np.cos(x)), "cannot be computed"),
    "product's own gradient": (
        make(np.square, lambda g, y, x: g * make(lambda x: 2 * x, lambda g, y, x: g)(x)),
        "factor of 0.5",
    ),
    "not linear in what comes in": (make(np.exp, lambda g, y, x: value(g) * y), "not connected"),
}


@pytest.mark.parametrize(("f", "cause"), WRONG_IN_SECOND_ORDER.values(), ids=WRONG_IN_SECOND_ORDER)
def test_what_is_wrong_only_in_second_order_passes_the_first_and_fails_the_second(f, cause):
    assert gradcheck(f, [X])
    with pytest.raises(GradientError, match=rf"second-order gradient .*{cause}"):
        gradcheck(f, [X], order=2)


def test_the_error_names_the_input_and_carries_element_and_both_gradients():
    f = make(np.multiply, lambda g, y, a, b: g * b, lambda g, y, a, b: 2 * g * a)
    with pytest.raises(GradientError, match=r"input 1 weight is wrong in 9 of 9 elements, most at") as caught:
        gradcheck(f, [X, Tensor(W, name="weight")])
    error = caught.value
    np.testing.assert_allclose(error.got, 2 * error.expected, rtol=1e-6)
    assert error.input == 1
    assert error.index == np.unravel_index(np.abs(error.expected).argmax(), X.shape)
    assert f"{error.got[error.index]:.6g}" in str(error)
    assert f"{error.expected[error.index]:.6g}" in str(error)
    assert error.cause == "a constant factor of 2"
    assert isinstance(error, AssertionError)


def test_one_wrong_element_is_found():
    wrong = np.ones((3, 3))
    wrong[2, 1] += 1e-4
    with pytest.raises(GradientError, match=r"wrong in 1 of 9 elements, most at \[2, 1\]"):
        gradcheck(make(lambda x: x + 0, lambda g, y, x: g * wrong), [X])


def test_errors_below_the_tolerance_pass():
    f = make(lambda x: x + 0, lambda g, y, x: g * (1 + 3e-6))
    with pytest.raises(GradientError):
        gradcheck(f, [X])
    assert gradcheck(f, [X], tolerance=1e-5)


def test_gradients_of_any_size_pass():
    for size in (1e-6, 1.0, 1e6):
        assert gradcheck(lambda x, size=size: size * mm.exp(x), [X], order=2)
    assert gradcheck(lambda x: mm.softmax(x).sum(), [X], order=2)  # its gradient is 0


def test_integers_and_others_are_handed_on_and_inputs_are_left_alone():
    x, t = X.copy(), np.array([0, 2, 1])
    assert gradcheck(lambda z, t, scale, none: mm.cross_entropy(z * scale, t), [x, t, 3, None], order=2)
    np.testing.assert_array_equal(x, X)


def test_it_runs_on_each_array_module(backend):
    assert gradcheck(lambda x, w: mm.tanh(x @ w).sum(axis=0), [X, Tensor(W)], order=2)


def test_a_layer_is_checked_by_its_parameters():
    dense = mm.nn.Dense(3, 2, np.random.default_rng(0), dtype="float64")

    def loss(x, weight):
        dense.weight = weight
        return dense(x)

    assert gradcheck(loss, [X, dense.weight])


def test_bad_arguments_get_a_sentence():
    with pytest.raises(TypeError, match="needs float64, got float32 for input 1"):
        gradcheck(lambda a, b: a * b, [X, X.astype("float32")])
    with pytest.raises(ValueError, match="order must be 1 or 2, got 3"):
        gradcheck(mm.exp, [X], order=3)
    with pytest.raises(ValueError, match="needs a float64 array"):
        gradcheck(mm.exp, [3])


def test_one_array_is_a_list_of_one_and_what_is_neither_is_refused():
    x = np.array([[1.0, 2.0]])
    assert gradcheck(lambda x: x.T @ x, x) and gradcheck(lambda x: x.T @ x, Tensor(x))
    for given in (None, "x", 3.0):
        with pytest.raises(TypeError, match=r"gradcheck takes a list of inputs, as gradcheck\(f, \[x\]\), got"):
            gradcheck(lambda x: x, given)
    with pytest.raises(TypeError, match=r"gradcheck takes a function, as gradcheck\(f, \[x\]\), got 3"):
        gradcheck(3, [x])
