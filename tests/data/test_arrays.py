"""minimix/data/arrays.py: what becomes of a reader's arrays, and what is said of those that are none."""

import numpy as np
import pytest

from minimix import Tensor
from minimix.data import from_arrays

RNG = np.random.default_rng(0)
LABELS = np.arange(10) % 3


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((10, 4, 5), (4, 5, 1)), ((10, 4, 5, 3), (4, 5, 3)), ((10, 7), (7,)), ((10,), (1,))],
)
def test_images_get_their_channels_and_rows_stay_rows(shape, expected):
    data = from_arrays((RNG.random(shape), LABELS))
    assert data.x_train.shape == (8, *expected) and data.x_test.shape == (2, *expected)
    assert data.x_train.dtype == np.float32 and data.classes == ("0", "1", "2")


@pytest.mark.parametrize(
    "arrays", [list, lambda four: dict(zip(("x_train", "y_train", "x_test", "y_test"), four, strict=True))]
)
def test_parts_that_are_given_stay_as_they_are(arrays):
    x, y = RNG.random((5, 2)), np.array([0, 1, 1, 0, 2])
    data = from_arrays(arrays([x[:3], y[:3], x[3:], y[3:]]))
    np.testing.assert_array_equal(data.x_train, x[:3].astype("float32"))
    assert data.y_train.tolist() == [0, 1, 1] and data.y_test.tolist() == [0, 2] and data.note == ""


def test_a_test_part_is_drawn_with_the_seed_and_said():
    x = np.arange(50.0)
    a, b, c = (from_arrays({"x": x, "y": x}, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(a.x_test, b.x_test) and not np.array_equal(a.x_test, c.x_test)
    assert len(a.x_test) == 10 and sorted([*a.x_train[:, 0], *a.x_test[:, 0]]) == x.tolist()
    assert np.array_equal(a.x_train, a.y_train) and np.array_equal(a.x_test, a.y_test)  # pairs stay pairs
    assert repr(a).endswith("test part drawn with seed 1)") and "seed 2" in repr(c)
    assert len(from_arrays({"x_train": x, "y_train": x}).x_test) == 10


def test_bytes_are_standardized_by_the_training_part_and_other_numbers_left_alone():
    train, test = RNG.integers(0, 256, (20, 3, 3, 2), np.uint8), RNG.integers(0, 256, (5, 3, 3, 2), np.uint8)
    data = from_arrays((train, np.arange(20) % 2, test, np.arange(5) % 2))
    for x, pixels in ((data.x_train, train), (data.x_test, test)):
        np.testing.assert_allclose(x, (pixels - train.mean()) / train.std(), atol=1e-5)
    for dtype in ("int64", "float64", "float32", "bool"):
        given = RNG.integers(0, 2, (10, 4)).astype(dtype)
        data = from_arrays((given, LABELS, given, LABELS))
        np.testing.assert_array_equal(data.x_train, given.astype("float32"))
    assert not from_arrays((np.full((10, 4), 7, np.uint8), LABELS)).x_train.any()  # no spread to divide by


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint64", "int32", "float32", "float64"])
def test_labels_may_have_any_dtype(dtype):
    for y in (LABELS.astype(dtype), LABELS.astype(dtype)[:, None]):
        data = from_arrays((np.zeros((10, 2)), y, np.zeros((10, 2)), y), targets=False)
        assert data.y_train.dtype == np.int64 and data.y_train.tolist() == LABELS.tolist()
    assert from_arrays((np.zeros((2, 2)), np.array([True, False])), targets=False).classes == ("0", "1")


def test_targets_are_rows_of_float32():
    for y, expected in ((np.arange(10), (10, 1)), (RNG.random((10, 3)), (10, 3))):
        data = from_arrays((np.zeros((10, 2)), y, np.zeros((10, 2)), y), targets=True)
        assert data.classes is None and data.y_train.dtype == np.float32 and data.y_train.shape == expected
        np.testing.assert_allclose(data.y_train, np.reshape(y, expected), rtol=1e-6)


def test_without_a_word_the_dtype_decides():
    x = np.zeros((10, 2))
    assert from_arrays((x, LABELS)).classes == ("0", "1", "2")
    assert from_arrays((x, LABELS.astype(float))).classes is None


def test_lists_and_tensors_are_arrays_too():
    data = from_arrays(([[1, 2], [3, 4], [5, 6]], Tensor([0.5, 1.5, 2.5])))
    assert data.x_train.shape == (2, 2) and data.y_test.shape == (1, 1)


X = np.zeros((10, 2))
REFUSED = {
    "labels from 1": (
        (X, LABELS + 1),
        r"labels must be 0 to 2 for 3 classes, but y hold 1 to 3 without 0; write numpy",
    ),
    "a class is skipped": ((X, LABELS * 2), r"labels must be 0 to 2 .* y hold 0 to 4 without 1"),
    "negative": ((X, LABELS - 1), "y hold -1 to 1 without 2"),
    "in the test part": ((X, LABELS, X, LABELS * 4), r"y_train and y_test hold 0 to 8 without 3"),
    "floats": (
        (X, LABELS + 0.5),
        "y must be labels, whole numbers, .* holds 0.5; to predict numbers take the loss mse",
    ),
    "one-hot": ((X, np.eye(3)[LABELS]), r"y must be labels \(n,\).* \(10, 3\); .* write y.argmax\(axis=1\)"),
    "names": (
        (X, np.array(["cat", "dog"] * 5)),
        "y must hold numbers, got the dtype <U3; for names write numpy.unique",
    ),
    "objects": ((np.array([None] * 10), LABELS), "x must hold numbers, got the dtype object$"),
    "lengths": ((X, LABELS[:9]), "x has 10 samples, but y has 9"),
    "lengths of a part": ((X, LABELS, X[:3], LABELS), "x_test has 3 samples, but y_test has 10"),
    "axes": ((np.zeros((10, 2, 2, 2, 2)), LABELS), r"x must be images .* got the shape \(10, 2, 2, 2, 2\)"),
    "nan": ((np.where(np.eye(10), np.nan, 0), LABELS), r"x must be finite, but x\[0, 0\] is nan"),
    "too large": ((np.where(np.eye(10), -1e39, 0), LABELS), "x must have numbers that float32 can hold, .* is 1e.39"),
    "one sample": ((X[:1], LABELS[:1]), "x must have at least 2 samples"),
    "ragged": (([[1.0], [2.0, 3.0]], [0, 1]), "x must be an array, or lists of the same length in lists"),
    "three arrays": (
        (X, LABELS, X),
        "arrays must have x_train, y_train, x_test and y_test, or x and y, got the type tuple",
    ),
    "other names": ({"images": X, "labels": LABELS}, "arrays must have .* or x and y, got the names images, labels"),
    "half a test part": ({"x_train": X, "y_train": LABELS, "x_test": X}, "got the names x_train, y_train, x_test"),
    "an array": (X, "got the type ndarray"),
}


@pytest.mark.parametrize(("arrays", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_data_is_refused_with_what_to_write(arrays, sentence):
    with pytest.raises(ValueError, match=sentence):
        from_arrays(arrays, targets=False)


def test_targets_with_more_axes_are_refused():
    with pytest.raises(ValueError, match=r"y must be targets \(n, outputs\) or \(n,\), got the shape \(10, 2, 2\)"):
        from_arrays((X, np.zeros((10, 2, 2))))
