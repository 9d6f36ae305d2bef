"""Layers against their formulas, and what they refuse."""

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


def test_evaluation_reaches_every_layer():
    dropout = nn.Dropout(0.5, rng())
    model = nn.Sequential(nn.Sequential(dropout))
    assert model.eval() is model
    assert not dropout.training
    assert model.train().training
    assert dropout.training


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
