"""Normalizing layers against their formulas, central differences and PyTorch."""

import numpy as np
import pytest

import minimix as mm
from minimix import Tensor, nn
from minimix.backend import asarray, to_host

SHAPES = [(6, 3), (4, 2, 5, 3)]


def drawn(shape, seed=0):
    return np.random.default_rng(seed).normal(2.0, 3.0, shape)


def scaled(layer, seed=1):
    """The layer in float64 with weights of no special value."""
    layer.astype("float64")
    for p in layer.parameters():
        p.data = asarray(drawn(p.shape, seed))
    return layer


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_batchnorm_takes_the_batch_s_moments_in_training_and_the_running_ones_in_evaluation(backend, shape):
    layer, mean, var = scaled(nn.BatchNorm(3, momentum=0.3)), np.zeros(3), np.ones(3)
    w, b = layer.weight.numpy(), layer.bias.numpy()
    for seed in range(3):
        x = drawn(shape, seed)
        axes, n = tuple(range(x.ndim - 1)), x.size // 3
        expected = (x - x.mean(axes)) / np.sqrt(x.var(axes) + 1e-5) * w + b
        np.testing.assert_allclose(layer(Tensor(asarray(x))).numpy(), expected, rtol=1e-9, atol=1e-9)
        mean, var = 0.7 * mean + 0.3 * x.mean(axes), 0.7 * var + 0.3 * x.var(axes) * n / (n - 1)
        np.testing.assert_allclose(to_host(layer.running_mean), mean, rtol=1e-12)
        np.testing.assert_allclose(to_host(layer.running_var), var, rtol=1e-12)
    layer.eval()
    expected = (x - mean) / np.sqrt(var + 1e-5) * w + b
    np.testing.assert_allclose(layer(Tensor(asarray(x))).numpy(), expected, rtol=1e-9, atol=1e-9)
    assert np.array_equal(to_host(layer.running_mean), layer.state_dict()["running_mean"])
    np.testing.assert_allclose(to_host(layer.running_mean), mean, rtol=1e-12)


@pytest.mark.parametrize("last", [1, 2])
def test_layernorm_takes_each_sample_s_own_moments(backend, last):
    x = drawn((4, 5, 3))
    layer = scaled(nn.LayerNorm(x.shape[-last:] if last > 1 else 3))
    axes = tuple(range(3 - last, 3))
    moments = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    expected = (x - moments[0]) / np.sqrt(moments[1] + 1e-5) * layer.weight.numpy() + layer.bias.numpy()
    np.testing.assert_allclose(layer(Tensor(asarray(x))).numpy(), expected, rtol=1e-9, atol=1e-9)


LAYERS = {
    "batch": lambda: nn.BatchNorm(3),
    "batch in evaluation": lambda: nn.BatchNorm(3).eval(),
    "layer": lambda: nn.LayerNorm(3),
    "layer of two axes": lambda: nn.LayerNorm((2, 3)),
}


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_gradients_of_all_inputs_agree_with_central_differences(backend, make, order):
    layer = make()

    def f(x, weight, bias):
        layer.weight, layer.bias = weight, bias
        return layer(x)

    shape = layer.weight.shape
    assert mm.gradcheck(f, [drawn((3, 2, 3)), drawn(shape, 1), drawn(shape, 2)], order=order)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_training_with_batchnorm_is_pytorchs(shape):
    torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")
    twin = (torch.nn.BatchNorm2d if len(shape) == 4 else torch.nn.BatchNorm1d)(3, dtype=torch.float64)
    layer = nn.BatchNorm(3, dtype="float64")
    optimizer, theirs = mm.optim.Optimizer(layer, mm.optim.SGD(0.1)), torch.optim.SGD(twin.parameters(), lr=0.1)
    for seed in range(4):
        x, c = drawn(shape, seed), drawn(shape, seed + 9)
        optimizer.zero_grad(), theirs.zero_grad()
        (layer(Tensor(x)) * c).sum().backward()
        theirs_x, theirs_c = (torch.from_numpy(np.moveaxis(a, -1, 1).copy()) for a in (x, c))
        (twin(theirs_x) * theirs_c).sum().backward()
        optimizer.step(), theirs.step()
    own = layer.state_dict()
    for name, array in twin.state_dict().items():
        if name != "num_batches_tracked":
            np.testing.assert_allclose(own[name], array.numpy(), rtol=1e-9, atol=1e-9)


def test_running_moments_are_saved_and_not_trained():
    net = nn.Sequential(nn.Dense(2, 3, 0), nn.BatchNorm(3))
    names = ["dense1.weight", "dense1.bias", "batchnorm1.weight", "batchnorm1.bias"]
    buffers = ["batchnorm1.running_mean", "batchnorm1.running_var"]
    optimizer = mm.optim.Optimizer(net, mm.optim.SGD(0.1))
    net(Tensor(drawn((5, 2)).astype("float32"))).sum().backward()
    optimizer.step()
    assert [layer.name for layer in optimizer.layers] == names and list(net.state_dict()) == names + buffers
    other = nn.Sequential(nn.Dense(2, 3, 1), nn.BatchNorm(3))
    other.load_state_dict(net.state_dict())
    x = Tensor(drawn((4, 2), 5).astype("float32"))
    np.testing.assert_array_equal(other.eval()(x).numpy(), net.eval()(x).numpy())
    before = net.state_dict()
    net.train()(x)
    assert (net.state_dict()["batchnorm1.running_var"] != before["batchnorm1.running_var"]).all()
    assert (before["batchnorm1.running_mean"] == other.state_dict()["batchnorm1.running_mean"]).all()


def test_a_module_of_one_s_own_may_keep_tensors_and_arrays_that_are_not_trained():
    class Shift(nn.Module):
        buffers = ("shift", "count")

        def __init__(self):
            self.shift, self.count = Tensor(np.ones(2, "float32")), np.zeros((), int)

        def forward(self, x):
            self.count += 1
            return x + self.shift

    net = nn.Sequential(Shift())
    net(Tensor([1.0, 2.0]))
    state = net.state_dict()
    assert net.parameters() == [] and list(state) == ["shift1.shift", "shift1.count"] and state["shift1.count"] == 1
    net.load_state_dict({"shift1.shift": [5.0, 6.0], "shift1.count": 7})
    assert net[0].shift.data.tolist() == [5, 6] and net[0].count == 7


def test_float32_stays_float32(backend):
    net = nn.Sequential(nn.Dense(2, 3, 0), nn.BatchNorm(3), nn.LayerNorm(3))
    y = net(Tensor(drawn((5, 2)).astype("float32")))
    y.sum().backward()
    assert {str(array.dtype) for array in net.state_dict().values()} == {str(y.dtype)} == {"float32"}


@pytest.mark.parametrize(
    ("layer", "shape", "sentence"),
    [
        (nn.BatchNorm(3), (1, 3), "BatchNorm: a batch needs 2 or more numbers of each feature, got 1"),
        (nn.BatchNorm(3), (4, 2), r"BatchNorm takes inputs of shape \(n, …, 3\), got \(4, 2\)"),
        (nn.BatchNorm(3), (3,), r"BatchNorm takes inputs of shape \(n, …, 3\), got \(3,\)"),
        (nn.LayerNorm((2, 3)), (4, 3, 2), r"LayerNorm takes inputs of shape \(…, 2, 3\), got \(4, 3, 2\)"),
    ],
)
def test_a_shape_that_does_not_fit_is_refused(layer, shape, sentence):
    before = layer.state_dict()
    with pytest.raises(ValueError, match=sentence):
        layer(Tensor(np.ones(shape, "float32")))
    assert all(np.array_equal(x, before[name]) for name, x in layer.state_dict().items())
