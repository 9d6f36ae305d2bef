"""minimix/data/__init__.py: data sets by name."""

import numpy as np
import pytest

from minimix import data


def test_load_passes_the_sizes_on():
    digits = data.load("glyphs", train=30, test=20, seed=5)
    assert np.array_equal(digits.x_train, data.glyphs(30, 20, 5).x_train)
    assert len(digits.x_test) == 20
    assert data.load("shapes", train=3, test=2).name == "shapes"


@pytest.mark.parametrize(("name", "meant"), [("glyph", "glyphs"), ("minst", "mnist"), ("cifar-10", "cifar10")])
def test_a_near_miss_is_answered_with_what_was_meant(name, meant):
    with pytest.raises(ValueError, match=rf"name must be one of .*{name}.*did you mean '{meant}'\?$"):
        data.load(name)


def test_a_name_like_no_other_is_answered_with_the_names_alone():
    with pytest.raises(ValueError, match="glyphs, shapes, mnist, cifar10") as error:
        data.load("imagenet")
    assert "mean" not in str(error.value)
