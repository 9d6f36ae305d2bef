"""The landscapes' heights and gradients, and the noise."""

import numpy as np
import pytest

from minimix import Tensor, gradcheck
from minimix.stepping import LANDSCAPES, stepper
from tests.stepping.oracle import HEIGHT_AND_GRADIENT


@pytest.mark.parametrize("name", LANDSCAPES)
def test_height_and_gradient_are_those_of_the_formula(name):
    rng, landscape = np.random.default_rng(0), LANDSCAPES[name]
    left, right, bottom, top = landscape.window
    for point in rng.uniform((left, bottom), (right, top), (20, 2)):
        w = Tensor(point, requires_grad=True)
        y = landscape.function(w)
        y.backward()
        height, gradient = HEIGHT_AND_GRADIENT[name](*point)
        np.testing.assert_allclose(float(y), height, rtol=1e-12)
        np.testing.assert_allclose(w.grad, gradient, rtol=1e-11, atol=1e-11)
    assert gradcheck(landscape.function, [np.array(landscape.start)])


@pytest.mark.parametrize("name", LANDSCAPES)
def test_the_start_lies_inside_and_the_grid_is_the_function_point_by_point(name):
    landscape = LANDSCAPES[name]
    left, right, bottom, top = landscape.window
    assert left <= landscape.start[0] <= right and bottom <= landscape.start[1] <= top
    x, y = np.array([left, 0.5]), np.array([bottom, 0.25, top])
    expected = [[HEIGHT_AND_GRADIENT[name](a, b)[0] for a in x] for b in y]
    np.testing.assert_allclose(landscape.heights(x, y), expected, rtol=1e-12)


def test_noise_is_shared_by_all_rules_and_drawn_by_the_seed():
    one = stepper(["sgd:lr=0.1", "sgd:lr=0.2"], on="noisy", steps=3, seed=5)
    other = stepper("sgd:lr=0.1", on="noisy", steps=3, seed=6)

    def noise(step):
        return step["g"] - HEIGHT_AND_GRADIENT["noisy"](*step["w"])[1]

    a, b, c = one.steps["sgd:lr=0.1"], one.steps["sgd:lr=0.2"], other.steps["sgd:lr=0.1"]
    for i in range(3):
        np.testing.assert_allclose(noise(a[i]), noise(b[i]), atol=1e-12)
        assert np.abs(noise(a[i])).max() > 1e-3
        assert np.abs(noise(a[i]) - noise(c[i])).max() > 1e-3
    assert a[1]["loss"] == pytest.approx(HEIGHT_AND_GRADIENT["noisy"](*a[1]["w"])[0])


@pytest.mark.parametrize("name", LANDSCAPES)
def test_its_minima_are_where_it_is_lowest_around(name):
    landscape = LANDSCAPES[name]
    left, right, bottom, top = landscape.window
    for point in landscape.minima:
        w = Tensor(np.array(point, float), requires_grad=True)
        landscape.function(w).backward()
        np.testing.assert_allclose(w.grad, 0, atol=1e-6)
        around = landscape.heights(point[0] + np.linspace(-0.1, 0.1, 5), point[1] + np.linspace(-0.1, 0.1, 5))
        assert around.min() == around[2, 2]
        assert left < point[0] < right and bottom < point[1] < top
    assert landscape.minima
