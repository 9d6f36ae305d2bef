"""minimix/data/glyphs.py: printed digits that are the same for a seed and just hard enough."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from minimix.data import drawn_glyphs, glyphs
from minimix.data.drawn_glyphs import _distance_fields
from tests.data import outlines


@pytest.fixture(scope="module")
def digits():
    return glyphs(2000, 500)


def ridge_accuracy(data):
    """Test accuracy of the linear least-squares classifier, in closed form."""
    x, z = (a.reshape(len(a), -1).astype(np.float64) for a in (data.x_train, data.x_test))
    x, z = (np.hstack([a, np.ones((len(a), 1))]) for a in (x, z))
    weights = np.linalg.solve(x.T @ x + 300 * np.eye(x.shape[1]), x.T @ np.eye(10)[data.y_train])
    return np.mean((z @ weights).argmax(axis=1) == data.y_test)


def test_layout(digits):
    assert digits.x_train.shape == (2000, 28, 28, 1)
    assert digits.x_test.shape == (500, 28, 28, 1)
    assert digits.classes == tuple("0123456789")


def test_the_same_seed_gives_the_same_bytes_and_another_does_not():
    first, again, other = (hashlib.sha256(glyphs(150, 50, seed).x_train.tobytes()).digest() for seed in (3, 3, 4))
    assert first == again != other


def test_pixels_are_normalized_by_their_documented_constants(digits):
    pixels = digits.x_train.astype(np.float64) * 0.26 + 0.14
    assert pixels.min() == pytest.approx(0, abs=1e-6)
    assert pixels.max() == pytest.approx(1, abs=1e-6)
    assert abs(digits.x_train.mean()) < 0.05
    assert abs(digits.x_train.std() - 1) < 0.05


def test_classes_are_balanced(digits):
    assert np.bincount(digits.y_train).tolist() == [200] * 10


def test_training_and_test_images_differ(digits):
    images = np.concatenate([digits.x_train, digits.x_test]).reshape(2500, -1)
    assert len(np.unique(images, axis=0)) == 2500


def test_a_linear_model_learns_them_but_not_well(digits):
    assert 0.6 < ridge_accuracy(digits) < 0.9


def test_the_outlines_are_the_fonts_own():
    with np.load(Path(drawn_glyphs.__file__).with_suffix(".npz")) as file:
        np.testing.assert_array_equal(file["inside"], outlines.packed())


def test_holes_are_open():
    """A 6 and a 9 have one, an 8 two, a 0 at least one (it may be dotted), the others but 4 none."""
    expected = {1: 0, 2: 0, 3: 0, 5: 0, 6: 1, 8: 2, 9: 1}
    for font in (_distance_fields().reshape(-1, 10, 64, 64) < 0)[::4]:
        assert {digit: count_holes(font[digit]) for digit in expected} == expected
        assert count_holes(font[0]) >= 1


def count_holes(inside):
    """The number of regions of background, but the one around; specks in a crotch do not count."""
    left = {tuple(point) for point in np.argwhere(~inside)}
    regions = 0
    while left:
        todo, size = [left.pop()], 0
        while todo:
            row, column = todo.pop()
            size += 1
            near = {(row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)} & left
            left -= near
            todo += near
        regions += size > 4
    return regions - 1


def test_distances_are_euclidean():
    """Against the definition, on one digit: to the nearest point of the other kind."""
    field = _distance_fields()[8]
    points = np.stack(np.meshgrid(*2 * [np.linspace(-1, 1, 64)], indexing="ij"), axis=-1)
    for row, column in ((0, 0), (31, 20), (32, 32), (10, 50)):
        others = points[(field < 0) != (field[row, column] < 0)]
        nearest = np.sqrt(((others - points[row, column]) ** 2).sum(axis=-1)).min()
        assert abs(field[row, column]) == pytest.approx(nearest, rel=1e-4)
