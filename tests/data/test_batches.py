import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minimix.backend import asarray, to_host
from minimix.data import Batches


@given(st.integers(1, 40), st.data())
def test_an_epoch_shows_every_example_once_with_its_label(n, data):
    size = data.draw(st.integers(1, n))
    x = np.arange(n, dtype="float32")[:, None]
    batches = Batches(x, np.arange(n), size, np.random.default_rng(0))
    seen = list(batches)
    assert len(seen) == len(batches) == -(-n // size)
    assert [len(y) for _, y in seen[:-1]] == [size] * (len(seen) - 1)
    assert all((images[:, 0] == labels).all() for images, labels in seen)
    assert sorted(np.concatenate([labels for _, labels in seen])) == list(range(n))


def epochs(shuffle):
    batches = Batches(np.zeros((50, 1)), np.arange(50), 8, np.random.default_rng(1), shuffle)
    return [np.concatenate([y for _, y in batches]).tolist() for _ in range(2)]


def test_once_reuses_the_batches_and_every_epoch_draws_them_anew():
    first, second = epochs("once")
    assert first == second != list(range(50))
    first, second = epochs("every-epoch")
    assert first != second


def test_every_array_module_sees_the_same_batches(backend):
    x = np.arange(30, dtype="float32")
    batches = Batches(asarray(x), asarray(np.arange(30)), 7, np.random.default_rng(3))
    order = np.random.default_rng(3).permutation(30)
    assert np.concatenate([to_host(images) for images, _ in batches]).tolist() == x[order].tolist()


def test_bad_settings_are_named():
    x, rng = np.zeros((5, 1)), np.random.default_rng(0)
    with pytest.raises(ValueError, match="batch_size must be 1 to 5, the number of training samples, got 6"):
        Batches(x, x, 6, rng)
    for y in (x[:4], np.zeros((8, 1))):
        with pytest.raises(ValueError, match=f"x has 5 samples, but y has {len(y)}"):
            Batches(x, y, 2, rng)
    with pytest.raises(ValueError, match="shuffle must be one of once, every-epoch, got 'onc'; did you mean 'once'"):
        Batches(x, x, 2, rng, "onc")


def test_a_seed_is_a_generator_and_nothing_else_is():
    x = np.arange(9)
    seen = [[y.tolist() for _, y in Batches(x, x, 4, rng)] for rng in (5, np.int64(5), np.random.default_rng(5))]
    assert seen[0] == seen[1] == seen[2]
    for rng in (None, "a", True, 1.5):
        with pytest.raises(TypeError, match=r"rng must be a numpy\.random\.Generator or an integer as its seed, got"):
            Batches(x, x, 4, rng)
