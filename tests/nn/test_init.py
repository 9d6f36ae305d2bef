"""Initial values."""

import numpy as np
import pytest

from minimix import nn
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


VARIANCES = {  # of weights with 90 numbers to each output and 450 from each input
    "uniform": 1 / 90 / 3, "he_uniform": 2 / 90, "he_normal": 2 / 90, "glorot_uniform": 2 / (90 + 450),
    "glorot_normal": 2 / (90 + 450), "standard_normal": 1.0,
}  # fmt: skip


@pytest.mark.parametrize("shape", [(450, 90), (50, 3, 3, 10)], ids=str)
@pytest.mark.parametrize("name", VARIANCES)
def test_an_initializer_has_its_variance_and_its_distribution(name, shape):
    w = getattr(nn.init, name)(np.random.default_rng(0), shape)
    deviation = VARIANCES[name] ** 0.5
    assert w.requires_grad and w.dtype == np.float32 and w.shape == shape
    assert abs(w.numpy().mean()) < 0.05 * deviation
    assert (w.numpy() ** 2).mean() == pytest.approx(VARIANCES[name], rel=0.05)
    most = np.abs(w.numpy()).max() / deviation
    assert most > 3 if "normal" in name else 0.99 * 3**0.5 < most < 3**0.5 * (1 + 1e-6)


def test_what_pytorch_calls_them_is_answered():
    with pytest.raises(AttributeError, match=r"nn.init has no kaiming_uniform_: write nn.init.he_uniform$"):
        _ = nn.init.kaiming_uniform_
    with pytest.raises(AttributeError, match=r"nn.init has no xavier_normal: write nn.init.glorot_normal$"):
        _ = nn.init.xavier_normal
    with pytest.raises(AttributeError, match=r"no attribute 'he_nromal'; did you mean 'he_normal'"):
        _ = nn.init.he_nromal


def test_an_initializer_takes_a_seed_too():
    for init in (nn.init.he_normal, nn.init.glorot_uniform):
        one, other = init(3, (2, 3)), init(np.random.default_rng(3), (2, 3))
        assert one.tolist() == other.tolist()
