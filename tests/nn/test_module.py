"""State that is saved and loaded."""

import numpy as np
import pytest

import minimix as mm
from minimix import nn


def model(seed=0):
    rng = np.random.default_rng(seed)
    return nn.Sequential(nn.Dense(4, 3, rng), nn.ReLU(), nn.Dense(3, 2, rng))


def test_parameters_and_modules_are_found_among_the_attributes():
    class Residual(nn.Module):
        def __init__(self):
            self.scale = mm.Tensor([1.0], requires_grad=True)
            self.inner = nn.Dense(2, 2, np.random.default_rng(0))
            self.width = 2

        def forward(self, x):
            return x + self.scale * self.inner(x)

    residual = Residual()
    assert [name for name, _ in residual.named_parameters()] == ["scale", "inner.weight", "inner.bias"]
    assert residual.parameters() == [residual.scale, residual.inner.weight, residual.inner.bias]
    assert residual(np.ones((3, 2), "float32")).shape == (3, 2)


def test_state_goes_round(backend):
    one, other = model(0), model(1)
    state = one.state_dict()
    assert list(state) == ["dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias"]
    assert all(type(array) is np.ndarray for array in state.values())
    other.load_state_dict(state)
    for name, array in other.state_dict().items():
        np.testing.assert_array_equal(array, state[name], strict=True)


def test_state_is_a_copy_both_ways():
    one = model()
    state = one.state_dict()
    kept = {name: array.copy() for name, array in state.items()}
    other = model(1)
    other.load_state_dict(state)
    for p in one.parameters() + other.parameters():
        p.data += 1
    for name, array in state.items():
        np.testing.assert_array_equal(array, kept[name])


def test_state_loads_into_a_model_on_another_module():
    state = model().state_dict()
    with mm.using("strict"):
        there = model(1)
    there.load_state_dict(state)  # numpy is current
    np.testing.assert_array_equal(there.state_dict()["dense1.weight"], state["dense1.weight"])


def test_loading_keeps_the_optimizers_views():
    net = model()
    optimizer = mm.optim.Optimizer(net, mm.optim.SGD(0.1))
    net.load_state_dict(model(1).state_dict())
    np.testing.assert_array_equal(optimizer.w[:12], model(1).state_dict()["dense1.weight"].ravel())


def wrong(change):
    state = model(1).state_dict()
    change(state)
    return state


MISMATCHES = {
    "missing": (lambda s: s.pop("dense2.bias"), "only the model has 'dense2.bias'$"),
    "unknown": (lambda s: s.update(conv1=s["dense1.bias"]), "only the state has 'conv1'$"),
    "misspelt": (
        lambda s: s.update({"dense1.wieght": s.pop("dense1.weight")}),
        "only the (model|state) has 'dense1.w(ei|ie)ght'; did you mean 'dense1.w(ei|ie)ght'",
    ),
    "shape": (
        lambda s: s.update({"dense2.bias": np.zeros(3)}),
        r"'dense2.bias' has shape \(3,\), in the model it is \(2,\)",
    ),
}


@pytest.mark.parametrize(("change", "sentence"), MISMATCHES.values(), ids=MISMATCHES)
def test_a_state_that_does_not_fit_is_refused_and_nothing_is_set(change, sentence):
    net = model()
    before = net.state_dict()
    with pytest.raises(ValueError, match=sentence):
        net.load_state_dict(wrong(change))
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[name])
