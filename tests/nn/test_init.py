"""Initial values."""

import numpy as np

from minimix.nn.init import uniform_fan_in


def test_values_fill_the_interval_of_one_over_root_fan_in():
    w = uniform_fan_in(np.random.default_rng(0), (200, 50), fan_in=50).numpy()
    bound = 1 / np.sqrt(50)
    assert w.dtype == np.float32
    assert np.abs(w).max() <= bound
    assert np.abs(w).max() > 0.999 * bound
    assert abs(w.mean()) < 0.02 * bound
    assert abs(w.std() - bound / np.sqrt(3)) < 0.02 * bound  # of a uniform distribution


def test_parameters_come_from_the_generator_on_the_host(backend):
    w = uniform_fan_in(np.random.default_rng(3), (2, 3), fan_in=3, dtype="float64")
    assert w.requires_grad
    expected = np.random.default_rng(3).uniform(-1 / np.sqrt(3), 1 / np.sqrt(3), (2, 3))
    np.testing.assert_array_equal(w.numpy(), expected)
