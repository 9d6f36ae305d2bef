"""Layers against their formulas, and what they refuse."""

import subprocess
import sys

import numpy as np
import pytest

import minimix as mm
from minimix import Tensor, nn


def rng():
    return np.random.default_rng(0)


def inputs(*shape):
    return Tensor(np.random.default_rng(1).standard_normal(shape).astype("float32"))


def test_dense_is_an_affine_map():
    layer, x = nn.Dense(5, 3, rng()), inputs(4, 5)
    assert (layer.weight.shape, layer.bias.shape) == ((3, 5), (3,))
    expected = x.data.astype(float) @ layer.weight.data.T.astype(float) + layer.bias.data
    np.testing.assert_allclose(layer(x).numpy(), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "out"),
    [(3, 1, 0, (4, 5)), ((3, 2), (2, 1), (1, 0), (3, 6)), (1, 3, 0, (2, 3)), (5, 1, 2, (6, 7))],
    ids=str,
)
def test_conv2d_sums_its_kernel_over_each_window(kernel, stride, padding, out):
    layer = nn.Conv2D(2, 4, kernel, rng(), stride=stride, padding=padding)
    x = inputs(3, 6, 7, 2)
    y = layer(x).numpy()
    assert y.shape == (3, *out, 4)
    (kh, kw), (sh, sw), (ph, pw) = (v if isinstance(v, tuple) else (v, v) for v in (kernel, stride, padding))
    assert layer.weight.shape == (4, kh, kw, 2)
    padded = np.pad(x.data, ((0, 0), (ph, ph), (pw, pw), (0, 0))).astype(float)
    for i, j in np.ndindex(*out):
        window = padded[:, i * sh : i * sh + kh, j * sw : j * sw + kw]
        expected = np.einsum("nijc,oijc->no", window, layer.weight.data) + layer.bias.data
        np.testing.assert_allclose(y[:, i, j], expected, rtol=1e-4, atol=1e-5)


def test_layers_without_parameters():
    x = inputs(2, 4, 4, 3)
    a = x.data
    np.testing.assert_array_equal(nn.ReLU()(x).numpy(), a * (a > 0))
    np.testing.assert_allclose(nn.Tanh()(x).numpy(), np.tanh(a), rtol=1e-6)
    np.testing.assert_allclose(nn.Sigmoid()(x).numpy(), 1 / (1 + np.exp(-a)), rtol=1e-5)
    np.testing.assert_array_equal(nn.Flatten()(x).numpy(), a.reshape(2, 48))
    assert nn.Flatten()(inputs(0, 4, 3)).shape == (0, 12)
    np.testing.assert_allclose(
        nn.AveragePool2D(2)(x).numpy(), a.reshape(2, 2, 2, 2, 2, 3).mean(axis=(2, 4)), rtol=1e-5, atol=1e-6
    )
    assert nn.AveragePool2D(3, stride=1)(x).shape == (2, 2, 2, 3)
    np.testing.assert_array_equal(nn.MaxPool2D(2)(x).numpy(), a.reshape(2, 2, 2, 2, 2, 3).max(axis=(2, 4)))
    assert nn.MaxPool2D(3, stride=1)(x).shape == (2, 2, 2, 3)
    assert not any(layer.parameters() for layer in (nn.ReLU(), nn.Flatten(), nn.MaxPool2D(), nn.Dropout(0.5, rng())))


def test_initial_weights_and_biases_stay_within_one_over_root_fan_in():
    for layer, fan_in in ((nn.Dense(100, 50, rng()), 100), (nn.Conv2D(4, 50, (3, 5), rng()), 60)):
        for parameter in layer.parameters():
            largest = np.abs(parameter.data).max()
            assert 0.9 / np.sqrt(fan_in) < largest <= 1 / np.sqrt(fan_in)


def test_dropout_draws_anew_in_training_and_lets_through_in_evaluation():
    x = Tensor(np.ones((50, 50), "float32"))
    layer = nn.Dropout(0.5, np.random.default_rng(7))
    first, second = layer(x).numpy(), layer(x).numpy()
    assert set(np.unique(first)) == {0, 2}
    assert (first != second).any()
    np.testing.assert_array_equal(nn.Dropout(0.5, np.random.default_rng(7))(x).numpy(), first)
    assert layer.eval()(x) is x


def test_evaluation_reaches_every_layer():
    dropout = nn.Dropout(0.5, rng())
    model = nn.Sequential(nn.Sequential(dropout))
    assert model.eval() is model
    assert not dropout.training
    assert model.train().training
    assert dropout.training


REFUSED = {
    "dense": (
        lambda: (nn.Dense(784, 10, rng()), (3, 700)),
        r"dense1 takes inputs of shape \(n, 784\), got \(3, 700\)",
    ),
    "images": (
        lambda: (nn.Dense(8, 2, rng()), (3, 2, 2, 2)),
        r"dense1 takes .* got \(3, 2, 2, 2\); put Flatten\(\)",
    ),
    "channels": (
        lambda: (nn.Conv2D(3, 4, 3, rng()), (2, 8, 8, 1)),
        r"conv1 takes .* \(n, height, width, 3\), got",
    ),
    "channels first": (
        lambda: (nn.Conv2D(3, 4, 3, rng()), (2, 3, 8, 8)),
        r"conv1 takes .*, got \(2, 3, 8, 8\); where channels come first: x.transpose\(0, 2, 3, 1\)",
    ),
    "kernel": (
        lambda: (nn.Conv2D(3, 4, 5, rng()), (2, 4, 8, 3)),
        "conv1: .* 5x5 is larger than the image of 4x8",
    ),
    "window": (lambda: (nn.MaxPool2D(3), (2, 2, 8, 3)), r"pool1: .* no smaller than its window \(3, 3\)"),
}


@pytest.mark.parametrize(("make", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_shape_is_refused_with_the_layers_name(make, sentence):
    layer, shape = make()
    with pytest.raises(ValueError, match=sentence):
        nn.Sequential(layer)(inputs(*shape))


@pytest.mark.parametrize(
    ("make", "error", "sentence"),
    [
        (lambda: nn.Dense(0, 3), ValueError, "Dense: fan_in must be an integer above 0, got 0"),
        (lambda: nn.Dense(3, 2.5), ValueError, "Dense: fan_out must be an integer above 0, got 2.5"),
        (lambda: nn.Dense(3, True), ValueError, "Dense: fan_out must be an integer above 0, got True"),
        (lambda: nn.Dense(3, 4, False), TypeError, "rng must be a .*Generator or an integer as its seed, got False"),
        (lambda: nn.Dense(3, 4, np.random), TypeError, "rng must be a numpy.random.Generator or an integer"),
        (lambda: nn.Dense(3, 4, -1), ValueError, "rng: a seed must be at least 0, got -1"),
        (lambda: nn.Conv2D("3", 4, 3), ValueError, "Conv2D: channels_in must be an integer above 0, got '3'"),
        (
            lambda: nn.Dense(3, 4, init="he"),
            TypeError,
            "init must be a function, as nn.init.he_normal is one, got 'he'",
        ),
        (lambda: nn.MaxPool2D(0), ValueError, "MaxPool2D's size must be an integer >= 1 or a pair of them, got 0"),
        (lambda: nn.AveragePool2D(2, "2"), ValueError, "AveragePool2D's stride must be an integer >= 1 .* got '2'"),
        (lambda: nn.BatchNorm(3, momentum=2), ValueError, "BatchNorm: momentum must be a number from 0 to 1, got 2"),
        (lambda: nn.BatchNorm(3, eps=-1), ValueError, "BatchNorm: eps must be a number from 0 to inf, got -1"),
        (lambda: nn.LayerNorm(3, eps="a"), ValueError, "LayerNorm: eps must be a number from 0 to inf, got 'a'"),
        (lambda: nn.Embedding(5, 0), ValueError, "Embedding: features must be an integer above 0, got 0"),
    ],
)
def test_a_layer_that_cannot_be_is_refused_when_it_is_made(make, error, sentence):
    with pytest.raises(error, match=sentence):
        make()


MAKERS = {
    "dense": lambda rng: nn.Dense(3, 2, rng),
    "conv": lambda rng: nn.Conv2D(2, 3, 2, rng),
    "embedding": lambda rng: nn.Embedding(4, 3, rng),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_layer_draws_from_a_generator_from_a_seed_or_from_the_one_that_all_share(make):
    states = lambda *layers: [layer.state_dict() for layer in layers]
    same = lambda a, b: all(np.array_equal(a[name], b[name]) for name in a)
    a, b, c = states(make(3), make(np.random.default_rng(3)), make(np.random.SeedSequence(3)))
    assert same(a, b) and same(a, c) and not same(a, *states(make(4)))
    nn.seed(3)
    first, second = states(make(None), make(None))
    assert same(first, a) and not same(first, second)
    nn.seed(3)
    assert same(*states(make(None)), first)


def test_every_process_starts_from_the_same_seed():
    code = "from minimix import nn; print(nn.Dense(2, 2).weight.numpy().tolist(), nn.Dropout(0.5).rng.random())"
    runs = {subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout for _ in range(2)}
    nn.seed(0)
    assert runs == {f"{nn.Dense(2, 2).weight.numpy().tolist()} {nn.Dropout(0.5).rng.random()}\n"}


def test_layers_may_be_without_a_bias(backend):
    dense, conv = nn.Dense(3, 2, 0, bias=False), nn.Conv2D(3, 4, 2, 0, bias=False)
    assert list(dense.state_dict()) == list(conv.state_dict()) == ["weight"]
    x, images = inputs(5, 3), inputs(2, 4, 4, 3)
    full, whole = nn.Dense(3, 2, 0), nn.Conv2D(3, 4, 2, 0)
    full.bias.data[...] = whole.bias.data[...] = 0
    np.testing.assert_allclose(dense(x).numpy(), full(x).numpy(), rtol=1e-6)
    np.testing.assert_array_equal(conv(images).numpy(), whole(images).numpy())


def test_an_initializer_draws_weights_and_leaves_biases_at_0():
    for layer in (nn.Dense(6, 4, 0, init=nn.init.he_normal), nn.Conv2D(3, 4, 3, 0, init=nn.init.he_normal)):
        expected = nn.init.he_normal(np.random.default_rng(0), layer.weight.shape)
        np.testing.assert_array_equal(layer.weight.data, expected.data)
        assert layer.bias.requires_grad and not layer.bias.data.any()


def test_an_embedding_picks_rows_and_adds_up_the_gradients_of_repeated_ones(backend):
    layer = nn.Embedding(5, 3, 0)
    indices = mm.backend.asarray(np.array([[4, 0], [4, 4]]))
    y = layer(indices)
    np.testing.assert_array_equal(y.numpy(), layer.weight.numpy()[[[4, 0], [4, 4]]])
    y.sum().backward()
    assert mm.backend.to_host(layer.weight.grad).sum(axis=1).tolist() == [3, 0, 0, 0, 9]
    assert mm.gradcheck(lambda w: w[indices], [np.random.default_rng(0).normal(size=(5, 3))], order=2)


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        (np.array([0, 5]), ValueError, "embedding takes integers from 0 to 4, got some from 0 to 5"),
        (np.array([-1, 2]), ValueError, "embedding takes integers from 0 to 4, got some from -1 to 2"),
        (Tensor([1.0]), TypeError, "embedding takes an array of integers from 0 to 4, got"),
        (np.array([True]), TypeError, "embedding takes an array of integers from 0 to 4, got"),
        ([1, 2], TypeError, r"embedding takes an array of integers from 0 to 4, got \[1, 2\]"),
    ],
)
def test_what_an_embedding_refuses(given, error, sentence):
    with pytest.raises(error, match=sentence):
        nn.Embedding(5, 2, 0)(given)
    assert nn.Embedding(5, 2, 0)(np.zeros((0, 3), int)).shape == (0, 3, 2)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"kernel": 0}, "Conv2D's kernel must be an integer >= 1 or a pair of them, got 0"),
        ({"kernel": 3, "stride": (1, 0)}, r"Conv2D's stride .* got \(1, 0\)"),
        ({"kernel": 3, "padding": -1}, "Conv2D's padding must be an integer >= 0 .* got -1"),
    ],
    ids=["kernel", "stride", "padding"],
)
def test_a_convolution_that_cannot_be_is_refused_when_it_is_made(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        nn.Conv2D(3, 4, rng=rng(), **options)


def test_layers_compute_on_the_module_of_their_arrays(backend):
    model = nn.Sequential(nn.Conv2D(3, 4, 3, rng()), nn.MaxPool2D(), nn.Flatten(), nn.Tanh(), nn.Dense(36, 2, rng()))
    y = model(Tensor(inputs(2, 8, 8, 3).numpy()))
    assert type(y.data) is mm.backend.current().xp.ndarray
    assert y.shape == (2, 2)
    assert model.summary(8, 8, 3).endswith("186")
