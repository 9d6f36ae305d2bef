"""minimix/data/shapes.py: coloured shapes that are the same for a seed and beyond a linear model."""

import hashlib

import numpy as np
import pytest

from minimix.data import shapes
from minimix.data.drawn_shapes import OUTLINES


@pytest.fixture(scope="module")
def pictures():
    return shapes(1000, 200)


def area(name, radius=1.3, side=400):
    """The part of the square [-radius, radius]^2 inside the shape, times the square's area."""
    x, y = np.meshgrid(np.linspace(-radius, radius, side), np.linspace(-radius, radius, side))
    inside = OUTLINES[name](np.random.default_rng(0), x[None], y[None]) < 0
    return inside.mean() * (2 * radius) ** 2


def test_layout(pictures):
    assert pictures.x_train.shape == (1000, 32, 32, 3)
    assert pictures.x_test.shape == (200, 32, 32, 3)
    assert pictures.classes == tuple(OUTLINES)
    assert len(set(pictures.classes)) == 10


def test_the_same_seed_gives_the_same_bytes_and_another_does_not():
    first, again, other = (hashlib.sha256(shapes(150, 50, seed).x_train.tobytes()).digest() for seed in (3, 3, 4))
    assert first == again != other


def test_pixels_span_minus_one_to_one(pictures):
    assert pictures.x_train.min() == -1
    assert pictures.x_train.max() == 1
    assert abs(pictures.x_train.mean()) < 0.05


def test_classes_are_balanced(pictures):
    assert np.bincount(pictures.y_train).tolist() == [100] * 10


def test_training_and_test_images_differ(pictures):
    images = np.concatenate([pictures.x_train, pictures.x_test]).reshape(1200, -1)
    assert len(np.unique(images, axis=0)) == 1200


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("circle", np.pi * 0.85**2),
        ("ring", np.pi * (0.88**2 - 0.52**2)),
        ("square", 1.6**2),
        ("triangle", 3 * np.sqrt(3) * 0.5**2),  # of inradius 1/2
        ("star", 5 * 0.42 * np.sin(np.pi / 5)),  # ten triangles between the centre, a tip and a notch
        ("cross", 4 * 0.95 * 0.5 - 0.5**2),
    ],
)
def test_shapes_have_their_area(name, expected):
    assert area(name) == pytest.approx(expected, rel=0.02)


def test_the_star_has_five_tips():
    turn = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    inside = OUTLINES["star"](None, 0.8 * np.sin(turn), 0.8 * np.cos(turn)) < 0
    assert (inside & ~np.roll(inside, 1)).sum() == 5


def test_a_linear_model_does_not_learn_them(pictures):
    x, z = (a.reshape(len(a), -1).astype(np.float64) for a in (pictures.x_train, pictures.x_test))
    dual = np.linalg.solve(x @ x.T + 300 * np.eye(len(x)), np.eye(10)[pictures.y_train])
    assert np.mean((z @ x.T @ dual).argmax(axis=1) == pictures.y_test) < 0.3
