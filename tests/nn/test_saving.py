"""minimix/nn/saving.py: a model's file holds all of it, and another's is refused before it is read."""

import zipfile

import numpy as np
import pytest

from minimix import nn
from tests import small


def test_a_model_reads_back_what_it_wrote_into_the_file_of_just_this_name(tmp_path):
    model, other = small.network(0), small.network(1)
    nn.save(model, tmp_path / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert nn.load(other, tmp_path / "model") is other
    for ours, theirs in zip(model.parameters(), other.parameters(), strict=True):
        assert (ours.data == theirs.data).all()
    with np.load(tmp_path / "model", allow_pickle=False) as saved:
        assert {name: saved[name].tolist() for name in saved} == {
            name: array.tolist() for name, array in model.state_dict().items()
        }


class Odd(nn.Module):
    def __init__(self):
        self.file = nn.Dense(2, 2, np.random.default_rng(0)).weight


def test_any_name_of_a_parameter_will_do(tmp_path):
    nn.save(Odd(), tmp_path / "m")
    assert (nn.load(Odd(), tmp_path / "m").file.data == Odd().file.data).all()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"dense1.weight": np.zeros((9, 9))}, r"dense1\.weight\.npy has the shape \(9, 9\), but \(.*\) is needed"),
        ({"more": np.zeros(2)}, "m has 'more'; it must hold dense1.weight, .* and no more"),
        ({"dense1.weight": None}, "m lacks 'dense1.weight'"),
    ],
)
def test_another_model_s_file_is_refused_and_nothing_set(tmp_path, change, sentence):
    model = small.network(0)
    state = {name: array for name, array in {**model.state_dict(), **change}.items() if array is not None}
    np.savez(tmp_path / "m.npz", **state)
    (tmp_path / "m.npz").rename(tmp_path / "m")
    before = model.state_dict()
    with pytest.raises(ValueError, match=sentence):
        nn.load(model, tmp_path / "m")
    assert all((before[name] == array).all() for name, array in model.state_dict().items())


def test_a_small_file_that_says_it_is_huge_is_refused_before_memory_is_taken(tmp_path):
    with zipfile.ZipFile(tmp_path / "m", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in small.network(0).state_dict().items():
            with archive.open(f"{name}.npy", "w") as file:
                np.lib.format.write_array(file, np.zeros((1 << 18, 8)) if name == "dense1.weight" else array)
    assert (tmp_path / "m").stat().st_size < 1 << 17
    with pytest.raises(ValueError, match=r"has the shape \(262144, 8\), but"):
        nn.load(small.network(0), tmp_path / "m")


def test_what_is_no_model_is_not_saved(tmp_path):
    with pytest.raises(TypeError, match=r"save takes a model and then a path, got .m\.npz."):
        nn.save("m.npz", small.network(0))
