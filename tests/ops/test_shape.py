"""Indices of every kind, the methods that move axes, and joining."""

import numpy as np
import pytest

import minimix as mm
from minimix import Tensor, ops

INDICES = {
    "number": 1,
    "negative": -1,
    "slice": slice(None, None, -2),
    "new axis": (None, slice(1)),
    "ellipsis": (..., 0),
    "list": [0, 0, 2],
    "integers": np.array([[0, 1], [1, 2]]),
    "pairs": (np.array([0, 0, 2]), np.array([1, 1, 0])),
    "mask": np.arange(12).reshape(3, 4) % 3 == 0,
    "Tensor": Tensor(np.array([2, 2, 1])),
    "NumPy number": np.int64(2),
}


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_the_gradient_of_an_index_counts_how_often_each_element_was_taken(index):
    a = np.random.default_rng(0).standard_normal((3, 4))
    x = Tensor(a, requires_grad=True)
    taken = index.numpy() if isinstance(index, Tensor) else index
    y = x[index]
    np.testing.assert_array_equal(y.numpy(), a[taken])
    y.sum().backward()
    numbers = np.arange(12).reshape(3, 4)
    np.testing.assert_array_equal(x.grad, np.bincount(numbers[taken].ravel(), minlength=12).reshape(3, 4))


def test_methods_take_axes_and_shapes_one_by_one_or_as_a_tuple():
    x = Tensor(np.zeros((2, 3, 4)))
    assert x.reshape(6, 4).shape == x.reshape((6, 4)).shape == x.reshape(-1, 4).shape == (6, 4)
    assert x.transpose(1, 0, 2).shape == x.transpose((1, 0, 2)).shape == (3, 2, 4)
    assert x.transpose().shape == x.T.shape == (4, 3, 2)


def test_concatenate_takes_a_list():
    with pytest.raises(TypeError, match=r"concatenate\(\[a, b\], axis=0\), got Tensor"):
        mm.concatenate(Tensor([1.0]), Tensor([2.0]))


A = np.arange(6.0).reshape(2, 3)
REFUSED = {
    "stack of two shapes": (lambda: mm.stack([A, A.T]), ValueError, r"one shape, got \(2, 3\), \(3, 2\)"),
    "stack of none": (lambda: mm.stack([]), ValueError, "stack needs at least one array"),
    "stack of an array": (lambda: mm.stack(A), TypeError, r"stack\(\[a, b\], axis=0\), got ndarray"),
    "concatenate none": (lambda: mm.concatenate([]), ValueError, "concatenate needs at least one array"),
    "split": (lambda: mm.split(A, 2, axis=1), ValueError, "2 equal parts of an axis of length 3; give a list"),
    "squeeze": (lambda: ops.squeeze(A, 1), ValueError, r"got axis=1 of shape \(2, 3\)"),
    "swapaxes": (lambda: ops.swapaxes(A, 0, 2), ValueError, "axis must be from -2 to 1, each once, for 2 axes, got 2"),
    "swapaxes of several": (lambda: ops.swapaxes(A, (0, 1), 1), TypeError, r"an integer here, got \(0, 1\)"),
    "moveaxis": (lambda: ops.moveaxis(A, (0, 1), 0), ValueError, "as many sources as destinations"),
    "expand_dims": (lambda: ops.expand_dims(A, 3), ValueError, "from -3 to 2, each once, for 3 axes, got 3"),
    "pad": (lambda: mm.pad(A, [(1, 2), (3, 4), (5, 6)]), ValueError, "one such pair an axis, got"),
    "negative padding": (lambda: mm.pad(A, -1), ValueError, "got -1"),
    "a row that is none": (lambda: mm.embedding(np.array([0, 2]), A), ValueError, "0 to 1, got some from 0 to 2"),
    "rows by floats": (lambda: mm.embedding(Tensor([0, 1]), A), TypeError, "array of integers from 0 to 1, got array"),
    "rows by a list": (lambda: mm.embedding([0, 1], A), TypeError, r"array of integers from 0 to 1, got \[0, 1\]"),
    "split by halves": (lambda: mm.split(A, 1.5), TypeError, "split takes a number of parts or a list of ind.*got 1.5"),
    "stack of numbers": (lambda: mm.stack([1.0, 2.0]), TypeError, "stack takes Tensors and arrays, got 1.0"),
    "subscripts last": (lambda: mm.einsum(A, "ij"), TypeError, "einsum takes its subscripts first"),
}


@pytest.mark.parametrize(("attempt", "kind", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused_in_a_sentence(attempt, kind, sentence):
    with pytest.raises(kind, match=sentence):
        attempt()


def test_options_may_stand_in_order_as_numpys_do():
    x = Tensor(A)
    np.testing.assert_array_equal(ops.sum(x, 0, True).numpy(), A.sum(0, keepdims=True))
    np.testing.assert_array_equal(ops.reshape(A, (3, 2)), A.reshape(3, 2))
    np.testing.assert_array_equal(ops.broadcast_to(x, (4, 2, 3)).numpy(), np.broadcast_to(A, (4, 2, 3)))
    np.testing.assert_array_equal(ops.transpose(A, (1, 0)), A.T)
    with pytest.raises(TypeError, match="sum takes x, axis, keepdims, got 4 arguments"):
        ops.sum(x, 0, True, 1)
    with pytest.raises(TypeError, match="multiple values for keyword argument 'axis'"):
        ops.sum(x, 0, axis=1)


def test_flatten_keeps_the_axes_before_its_start():
    x = np.arange(24.0).reshape(2, 3, 4)
    for start, shape in ((0, (24,)), (1, (2, 12)), (2, (2, 3, 4)), (-1, (2, 3, 4)), (-2, (2, 12))):
        np.testing.assert_array_equal(Tensor(x).flatten(start).numpy(), x.reshape(shape))
    assert ops.flatten(x[:0], 1).shape == (0, 12) and Tensor(5.0).flatten().shape == (1,)


def test_lists_and_numbers_are_stacked_beside_a_tensor(backend):
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = mm.stack([x, [3, 4]])
    assert y.tolist() == [[1, 2], [3, 4]] and y.dtype == "float32"
    y.sum().backward()
    assert mm.stack([x[0], 5]).tolist() == [1, 5] and x.grad.tolist() == [1, 1]
    assert [part.tolist() for part in mm.split(x, np.array([1]))] == [[1], [2]]


def test_parts_and_joins_undo_each_other():
    x = Tensor(A, requires_grad=True)
    y = mm.stack([mm.concatenate(mm.split(x, 3, axis=1), axis=1), x], axis=-1)
    np.testing.assert_array_equal(y.numpy(), np.stack([A, A], -1))
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, 2 * np.ones((2, 3)))
