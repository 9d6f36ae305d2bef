"""The methods of a Tensor are real functions, with the options of the operators that they are."""

import inspect
import pydoc

import numpy as np
import pytest

import minimix as mm
from minimix import Tensor, ops
from minimix.ops.methods import METHODS

X = np.array([[0.5, -1.25, 0.75], [2.0, 0.25, -0.5]])


@pytest.mark.parametrize("name", METHODS)
def test_a_method_says_what_it_does_and_what_it_takes(name):
    method = getattr(Tensor, name)
    own = list(inspect.signature(METHODS[name]).parameters)
    assert list(inspect.signature(method).parameters) == ["self", *own[1:]]
    assert "lambda" not in pydoc.render_doc(method)


ARGUMENTS = {
    "clip": (-0.5, 0.5), "dot": (X.T,), "expand_dims": (1,), "moveaxis": (0, 1), "outer": (X,), "split": (3, 1),
    "swapaxes": (0, 1), "squeeze": (), "round": (1,), "flip": (1,), "sum": (0, True), "max": (0, True),
}  # fmt: skip


@pytest.mark.parametrize("name", METHODS)
def test_a_method_is_the_function_of_its_name(name):
    x, arguments = Tensor(X, requires_grad=True), ARGUMENTS.get(name, ())
    with np.errstate(invalid="ignore"):
        got, expected = getattr(x, name)(*arguments), METHODS[name](X, *arguments)
    for a, b in zip(*((y if isinstance(y, list) else [y]) for y in (got, expected)), strict=True):
        assert isinstance(a, Tensor) and a._operator is not None
        np.testing.assert_array_equal(a.data, b)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda x: x.sum(dim=0), "sum.. takes axis, keepdims, not dim; did you mean 'axis'"),
        (lambda x: x.mean(keepdim=True), "not keepdim; did you mean 'keepdims'"),
        (lambda x: x.max(axes=0), "not axes; did you mean 'axis'"),
        (lambda x: ops.sum(x, dim=0), "not dim; did you mean 'axis'"),
        (lambda x: x.exp(out=3), "takes no options, not out"),
        (lambda x: x.sum(0, True, 3), "takes axis, keepdims, got 3 arguments"),
        (lambda x: x ^ 2, r"a power is x \*\* 2"),
        (lambda x: x & x, "are for truth values"),
        (lambda x: ops.softmax(x, dim=1), "softmax.. takes axis, not dim; did you mean 'axis'"),
        (lambda x: x << 1, r"x \* 2\*\*n"),
        (lambda x: x.astype("complex64"), "numbers or truth values, not complex64"),
        (lambda x: pow(x, 2, 3), "power takes x, p, got 3 arguments"),
        (lambda x: ops.maximum(x), "maximum takes a, b, got 1 argument$"),
        (lambda x: ops.exp(), "exp takes x, got 0 arguments"),
        (lambda x: ops.concatenate([x, x], dim=0), "concatenate.. takes arrays, axis, not dim; did you mean 'axis'"),
        (lambda x: ops.max_pool2d(x, kernel_size=2), "max_pool2d.. takes x, size, stride, not kernel_size"),
        (lambda x: x.size(0), r"x.size\(0\) is x.shape\[0\]"),
    ],
)
def test_what_an_operator_does_not_take_is_refused_in_one_sentence(call, text):
    with pytest.raises(TypeError, match=text):
        call(Tensor(X, requires_grad=True))


def test_two_numbers_for_transpose_mean_what_they_mean_in_numpy_and_pytorch_or_nothing():
    x = Tensor(X, requires_grad=True)
    for axes in ((1, 0), (-1, -2), ((1, 0),), ([1, 0],), ()):
        np.testing.assert_array_equal(x.transpose(*axes).data, X.T)
    np.testing.assert_array_equal(x.reshape([3, 2]).data, X.reshape(3, 2))
    for y, axes in (
        (x, (0, 1)),
        (x, (-2, -1)),
        (Tensor(np.ones((2, 3, 4))), (0, 1)),
        (Tensor(np.ones((2, 3, 4))), (1, 2)),
    ):
        with pytest.raises(ValueError, match=r"write x\.swapaxes"):
            y.transpose(*axes)


@pytest.mark.parametrize("dtype", ["int32", "uint8", "bool"])
def test_no_gradient_passes_a_dtype_of_whole_numbers(backend, dtype):
    x = Tensor(np.array([0.5, 1.0, 2.75]), requires_grad=True)
    y = x.astype(dtype)
    assert not y.requires_grad and y._operator.name == "truncate"
    np.testing.assert_array_equal(y.numpy(), np.array([0.5, 1.0, 2.75]).astype(dtype), strict=True)
    (x * y.astype("float64")).sum().backward()
    np.testing.assert_array_equal(mm.backend.to_host(x.grad), y.numpy().astype(float))
    assert x.astype("float32").requires_grad


def test_bits_of_whole_numbers_are_numpys(backend):
    a = np.array([3, 1, -2])
    x = Tensor(a)
    for f in (lambda x: ~x, lambda x: x & 2, lambda x: 2 | x, lambda x: x ^ 7):
        np.testing.assert_array_equal(f(x).numpy(), f(a), strict=True)


def test_quotients_and_remainders_come_in_pairs():
    for x, y in ((Tensor(X), 0.5), (0.5, Tensor(X)), (X, Tensor(X + 3)), (Tensor(X + 3), X)):
        bare = [value.numpy() if isinstance(value, Tensor) else value for value in (x, y)]
        for got, expected in zip(divmod(x, y), divmod(*bare), strict=True):
            np.testing.assert_array_equal(got.data, expected)


def test_signs_of_truth_values_keep_the_names_and_docstrings_of_their_operators():
    for sign, name in {"__and__": "logical_and", "__or__": "logical_or", "__invert__": "logical_not"}.items():
        assert getattr(Tensor, sign).__name__ == name and getattr(Tensor, sign).__doc__


def test_reshape_without_lengths_makes_a_scalar_of_one_element_alone():
    assert Tensor([2.0]).reshape().shape == ()
    with pytest.raises(ValueError, match="reshape"):
        Tensor([1.0, 2.0]).reshape()
