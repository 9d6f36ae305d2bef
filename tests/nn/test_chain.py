"""Chains of layers: names, parts, functions, and whose fault it is."""

import numpy as np
import pytest

import minimix as mm
from minimix import Tensor, nn


def rng():
    return np.random.default_rng(0)


def inputs(*shape):
    return Tensor(np.random.default_rng(1).standard_normal(shape).astype("float32"))


def test_sequential_names_its_layers_by_kind_and_number():
    model = nn.Sequential(nn.Dense(2, 3, rng()), nn.ReLU(), nn.Sequential(nn.Dense(3, 3, rng())), nn.Dense(3, 1, rng()))
    assert [name for name, _ in model.children()] == ["dense1", "relu1", "sequential1", "dense2"]
    assert [name for name, _ in model.named_parameters()] == [
        *("dense1.weight", "dense1.bias"),
        *("sequential1.dense1.weight", "sequential1.dense1.bias"),
        *("dense2.weight", "dense2.bias"),
    ]


def test_sequential_takes_any_module_and_may_use_a_layer_again():
    class Twice(nn.Module):
        def forward(self, x):
            return x * 2

    dense = nn.Dense(2, 2, rng())
    nn.Sequential(dense)
    model = nn.Sequential(Twice(), dense)
    assert [name for name, _ in model.children()] == ["twice1", "dense1"]
    np.testing.assert_array_equal(model(inputs(3, 2)).numpy(), dense(inputs(3, 2) * 2).numpy())


def test_summary_has_a_row_a_layer_and_leaves_the_mode_alone():
    model = nn.Sequential(nn.Conv2D(3, 8, 5, rng()), nn.MaxPool2D(), nn.Flatten(), nn.Dense(1568, 10, rng()))
    rows = [line.split() for line in model.summary(32, 32, 3).splitlines()]
    assert rows == [
        ["layer", "output", "shape", "parameters"],
        ["input", "(32,", "32,", "3)"],
        ["conv1", "(28,", "28,", "8)", "608"],
        ["pool1", "(14,", "14,", "8)"],
        ["flatten1", "(1568,)"],
        ["dense1", "(10,)", "15,690"],
        ["total", "16,298"],
    ]
    assert model.training


def test_summary_takes_a_shape_in_one_piece_too():
    net = nn.Sequential(nn.Flatten(), nn.Dense(6, 2, 0))
    assert net.summary((2, 3)) == net.summary([2, 3]) == net.summary(2, 3)


def test_a_part_of_a_chain_renames_nothing():
    old = nn.Sequential(nn.Dense(2, 3, 0), nn.ReLU(), nn.Dense(3, 3, 0), nn.Dense(3, 1, 0))
    before = list(old.state_dict())
    new = nn.Sequential(*old.layers[2:])
    assert list(new.state_dict()) == ["dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias"]
    assert list(old.state_dict()) == before
    assert old.state_dict()["dense3.bias"] == new.state_dict()["dense2.bias"]
    old.layers.insert(0, nn.Dense(2, 2, 0))
    assert [name for name, _ in old.named()] == ["dense1", "dense2", "relu1", "dense3", "dense4"]


def test_layers_are_had_by_number_by_slice_and_by_name():
    layers = [nn.Dense(2, 3, 0), nn.ReLU(), nn.Dense(3, 1, 0)]
    model = nn.Sequential(*layers)
    assert model[0] is layers[0] and model[-1] is model["dense2"] is layers[2]
    assert len(model) == 3 and list(model) == layers and bool(nn.Sequential())
    part = model[1:]
    assert isinstance(part, nn.Sequential) and part.layers == layers[1:]
    with pytest.raises(KeyError, match=r"no layer 'desne2' among dense1, relu1, dense2; did you mean 'dense2'?"):
        model["desne2"]
    with pytest.raises(IndexError):
        model[3]


def test_plain_functions_are_layers_too(backend):
    model = nn.Sequential(nn.Dense(2, 3, 0), mm.relu, lambda x: x * 2, nn.Dense(3, 1, 0))
    x = inputs(4, 2)
    expected = np.maximum(model[0](x).numpy(), 0) * 2 @ model[3].weight.numpy().T + model[3].bias.numpy()
    np.testing.assert_allclose(model(x).numpy(), expected, rtol=1e-5)
    assert [name for name, _ in model.named()] == ["dense1", "relu1", "function1", "dense2"]
    assert list(model.state_dict()) == ["dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias"]
    rows = [line.split()[0] for line in model.summary(2).splitlines()]
    assert rows == ["layer", "input", "dense1", "relu1", "function1", "dense2", "total"]


def test_a_chain_with_more_attributes_of_its_own_has_them_all():
    class Net(nn.Sequential):
        def __init__(self):
            super().__init__(nn.Dense(2, 2, 0))
            self.head, self.scale = nn.Dense(2, 1, 0), Tensor([1.0], requires_grad=True)

    assert list(Net().state_dict()) == ["scale", "dense1.weight", "dense1.bias", "head.weight", "head.bias"]


def test_a_chain_s_names_and_attributes_of_the_same_name_hide_nothing():
    class Net(nn.Sequential):
        def __init__(self, other=None):
            self.dense1 = nn.Dense(2, 2, 0)
            super().__init__(nn.Dense(2, 2, 1), self.dense1)
            self.dense1 = other or self.dense1

    assert list(Net().state_dict()) == ["dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias"]
    with pytest.raises(ValueError, match=r"Net has two parameters of the name 'dense1.weight': rename one"):
        Net(nn.Dense(2, 2, 2)).state_dict()


@pytest.mark.parametrize(
    ("layers", "sentence"),
    [
        (([nn.ReLU()],), r"Sequential takes layers, not a list of them: write Sequential\(\*layers\)"),
        ((nn.ReLU,), r"got the class ReLU: write ReLU\(…\)"),
        ((nn.ReLU(), None), "Sequential takes layers and functions of one Tensor, got None"),
    ],
)
def test_what_is_no_layer_is_refused(layers, sentence):
    with pytest.raises(TypeError, match=sentence):
        nn.Sequential(*layers)


def test_an_error_names_the_layer_and_stays_what_it_was():
    def fails(x):
        raise ValueError("as it was told to")

    chain = nn.Sequential(nn.ReLU(), nn.Sequential(mm.relu, nn.Dense(2, 2, 0), fails))
    with pytest.raises(ValueError, match=r"^sequential1: fails1: as it was told to$") as caught:
        chain(inputs(1, 2))
    assert caught.traceback[-1].name == "fails"
    with pytest.raises(ValueError, match=r"^sequential1: dense1 takes inputs of shape \(n, 2\), got \(1, 3\)$"):
        chain(inputs(1, 3))
    with pytest.raises(ZeroDivisionError, match=r"^division by zero$"):
        nn.Sequential(lambda x: 1 / 0)(inputs(1, 1))


def test_summary_leaves_every_mode_as_it_was():
    inner = nn.Dropout(0.5, 0)
    model = nn.Sequential(nn.Dense(2, 2, 0), inner).eval()
    inner.train()
    model.summary(2)
    assert inner.training and not model.training
    with pytest.raises(ValueError, match="dense1 takes"):
        model.summary(3)
    assert inner.training and not model.training
