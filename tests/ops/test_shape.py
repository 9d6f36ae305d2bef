"""Indices of every kind, the methods that move axes, and joining."""

import numpy as np
import pytest

import minimix as mm
from minimix import Tensor

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
