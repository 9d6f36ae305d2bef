"""minimix/data/dataset.py: what a data set refuses, and what the drawn ones promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minimix.data.dataset import BLOCK, Dataset, drawn, normalize

CLASSES = ("cat", "dog", "owl")


def parts(**changes):
    rng = np.random.default_rng(0)
    return {
        "name": "pets",
        "x_train": rng.standard_normal((6, 4, 5, 2), dtype=np.float32),
        "y_train": np.array([0, 1, 2, 0, 1, 2]),
        "x_test": rng.standard_normal((3, 4, 5, 2), dtype=np.float32),
        "y_test": np.array([2, 1, 0]),
        "classes": CLASSES,
        **changes,
    }


def changed(name, index, value):
    array = parts()[name].copy()
    array[index] = value
    return parts(**{name: array})


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("label", [-1, 3, 2**40])
def test_a_label_that_is_no_class_is_named_with_its_place(split, label):
    with pytest.raises(ValueError, match=rf"y_{split}\[1\] is {label}$"):
        Dataset(**changed(f"y_{split}", 1, label))


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_pixel_that_is_not_finite_is_named_with_its_place(split, value):
    with pytest.raises(ValueError, match=rf"x_{split}\[2, 3, 4, 1\] is {value}$"):
        Dataset(**changed(f"x_{split}", (2, 3, 4, 1), value))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"x_train": np.zeros((6, 4, 5, 2))}, "x_train must be a float32 .* not float64 of shape"),
        ({"x_test": np.zeros((3, 5, 8), np.float32)}, r"x_test must be .* not float32 of shape \(3, 5, 8\)"),
        ({"x_test": np.zeros((3, 40), np.float32)}, r"x_test .*\(40,\).* x_train .*\(4, 5, 2\)"),
        ({"x_test": np.zeros((0, 4, 5, 2), np.float32)}, "x_test must be .* none of them 0"),
        ({"x_train": [1.0]}, "x_train must be .* not a list"),
        (
            {"y_train": np.zeros(5, np.int64)},
            r"y_train must be an int64 .*\(6,\).* not int64 of shape \(5,\)",
        ),
        ({"y_test": np.zeros(3, np.uint8)}, "y_test must be an int64 .* not uint8"),
        ({"x_test": np.zeros((3, 5, 4, 2), np.float32)}, r"x_test .*\(5, 4, 2\).* x_train .*\(4, 5, 2\)"),
    ],
)
def test_arrays_of_the_wrong_kind_are_refused(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        Dataset(**parts(**changes))


@given(st.integers(1, 6), st.integers(1, 3))
def test_a_subset_is_the_first_of_each(train, test):
    whole = Dataset(**parts())
    some = whole.subset(train, test)
    assert np.array_equal(some.x_train, whole.x_train[:train])
    assert np.array_equal(some.y_train, whole.y_train[:train])
    assert np.array_equal(some.x_test, whole.x_test[:test])
    assert np.array_equal(some.y_test, whole.y_test[:test])


def test_a_subset_of_one_split_leaves_the_other_whole():
    assert len(Dataset(**parts()).subset(train=2).x_test) == 3
    assert len(Dataset(**parts()).subset(test=2).x_train) == 6


@pytest.mark.parametrize("size", [0, -1, 2.5, "3", True])
def test_a_subset_of_no_whole_size_is_refused(size):
    with pytest.raises(ValueError, match="train must be a whole number of at least 1"):
        Dataset(**parts()).subset(train=size)


def test_a_subset_larger_than_the_set_is_refused():
    with pytest.raises(ValueError, match="test must be at most 3, the number of samples there are, not 4"):
        Dataset(**parts()).subset(test=4)


def test_repr_is_one_short_line():
    expected = "Dataset('pets', 6 training and 3 test images of 4x5x2, 3 classes)"
    assert repr(Dataset(**parts())) == expected
    rows = regression(note="drawn on a Monday")
    expected = "Dataset('pets', 6 training and 3 test rows of 5, targets of 2; drawn on a Monday)"
    assert repr(Dataset(**rows)) == expected


def regression(**changes):
    rng = np.random.default_rng(0)
    shapes = {"x_train": (6, 5), "y_train": (6, 2), "x_test": (3, 5), "y_test": (3, 2)}
    arrays = {name: rng.standard_normal(shape, dtype=np.float32) for name, shape in shapes.items()}
    return {"name": "pets", **arrays, **changes}


def test_a_subset_keeps_what_kind_of_set_it_is():
    some = Dataset(**regression(note="why not")).subset(2, 1)
    assert (some.classes, some.note, some.y_train.shape, some.y_test.shape) == (None, "why not", (2, 2), (1, 2))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"y_train": np.zeros(6, np.float32)},
            r"y_train must be a float32 .*\(6, outputs\).* not float32 of shape \(6,\)",
        ),
        ({"y_test": np.zeros((3, 2))}, "y_test must be a float32 .* not float64"),
        ({"y_test": np.zeros((2, 2), np.float32)}, r"y_test must be .*\(3, outputs\)"),
        ({"y_test": np.zeros((3, 1), np.float32)}, r"y_test .*\(1,\).* y_train .*\(2,\)"),
        ({"y_test": np.full((3, 2), np.nan, np.float32)}, r"y_test\[0, 0\] is nan"),
    ],
)
def test_targets_of_the_wrong_kind_are_refused(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        Dataset(**regression(**changes))


@given(st.integers(0, 255))
def test_normalize_is_the_formula(pixel):
    x = normalize(np.array([pixel], np.uint8), 0.1307, 0.3081)
    assert x.dtype == np.float32
    assert x[0] == pytest.approx((pixel / 255 - 0.1307) / 0.3081, abs=1e-6)


def noise(rng, labels):
    return rng.standard_normal((len(labels), 2, 2, 1), dtype=np.float32)


@given(st.integers(1, 3 * BLOCK), st.integers(1, 3 * BLOCK), st.integers(0, 2**32))
def test_a_smaller_drawn_set_is_the_beginning_of_a_larger(train, test, seed):
    whole = drawn("noise", noise, CLASSES, 3 * BLOCK, 3 * BLOCK, seed)
    some = drawn("noise", noise, CLASSES, train, test, seed)
    assert np.array_equal(some.x_train, whole.x_train[:train])
    assert np.array_equal(some.y_test, whole.y_test[:test])
    assert len(some.x_train) == train
    assert len(some.x_test) == test


def test_no_drawn_image_occurs_twice():
    one, other = (drawn("noise", noise, CLASSES, 3 * BLOCK, 2 * BLOCK, seed) for seed in (0, 1))
    images = np.concatenate([one.x_train, one.x_test, other.x_train, other.x_test])
    assert len(np.unique(images.reshape(len(images), -1), axis=0)) == 10 * BLOCK


@pytest.mark.parametrize(
    ("train", "test", "seed", "wrong"), [(0, 1, 0, "train"), (1, -2, 0, "test"), (1, 1, -1, "seed")]
)
def test_drawing_refuses_sizes_and_seeds_that_make_no_sense(train, test, seed, wrong):
    with pytest.raises(ValueError, match=f"{wrong} must be a whole number"):
        drawn("noise", noise, CLASSES, train, test, seed)


def test_data_are_known_again_by_the_sums_of_their_arrays():
    about = Dataset(**parts(note="on Monday")).about()
    assert about == Dataset(**parts(note="on Monday")).about()
    assert (about["name"], about["note"], list(about["sha256"])) == ("pets", "on Monday", list(parts())[1:5])
    x = parts()["x_train"]
    for changed_x in (x + np.float32(1), x.reshape(6, 5, 4, 2), x[::-1]):
        other = Dataset(**parts(x_train=changed_x, x_test=parts()["x_test"].reshape(3, *changed_x.shape[1:]))).about()
        assert other["sha256"]["x_train"] != about["sha256"]["x_train"]
        assert other["sha256"]["y_train"] == about["sha256"]["y_train"]
    strided = Dataset(**parts(x_train=np.asfortranarray(x))).about()
    assert strided["sha256"] == about["sha256"]  # the numbers count, not how they lie in memory
