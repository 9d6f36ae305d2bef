"""Convolution and pooling: ties, what is left out, and what is refused."""

import dataclasses

import numpy as np
import pytest

import minimix as mm
from minimix import Tensor, backend


def images(*shape):
    return np.random.default_rng(0).standard_normal(shape)


def test_conv2d_is_a_cross_correlation_not_flipped():
    x, w = np.zeros((1, 3, 3, 1)), np.arange(9.0).reshape(1, 3, 3, 1)
    x[0, 1, 1, 0] = 1
    y = mm.conv2d(Tensor(x), Tensor(w), padding=1)
    np.testing.assert_array_equal(y.numpy()[0, :, :, 0], np.arange(9.0).reshape(3, 3)[::-1, ::-1])


def test_results_survive_the_next_convolution():
    """Temporaries are reused; outputs and gradients are not among them."""
    x, w = (Tensor(images(*shape), requires_grad=True) for shape in ((2, 6, 6, 3), (4, 3, 3, 3)))
    y = mm.conv2d(x, w)
    y.sum().backward(retain_graph=True)
    kept = [a.copy() for a in (y.data, x.grad, w.grad)]
    other, kernels = (
        Tensor(9 * images(2, 6, 6, 3), requires_grad=True),
        Tensor(w.data + 1, requires_grad=True),
    )
    mm.conv2d(other, kernels).sum().backward()
    for a, b in zip((y.data, x.grad, w.grad), kept, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("algorithm", ["im2col", "toom-cook"])
def test_a_kept_graph_gives_each_sweep_its_own_gradients(algorithm):
    a, b = images(2, 6, 6, 3), images(4, 3, 3, 3)
    g, h = images(2, 4, 4, 4), np.cos(images(2, 4, 4, 4))

    def gradients(*sweeps):
        x, w = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)
        y = mm.conv2d(x, w, algorithm=algorithm)
        for gradient in sweeps:
            x.grad = w.grad = None
            y.backward(gradient, retain_graph=True)
        return x.grad, w.grad

    for one, other in zip(gradients(g, h), gradients(h), strict=True):
        np.testing.assert_array_equal(one, other)


def test_no_gradient_is_computed_for_images_without_one():
    w = Tensor(images(4, 3, 3, 3), requires_grad=True)
    x = Tensor(images(2, 6, 6, 3))
    mm.conv2d(x, w).sum().backward()
    assert x.grad is None
    assert w.grad.shape == w.shape


@pytest.mark.parametrize("ties", [[(0, 0), (1, 1)], [(0, 1), (1, 0)], [(0, 0), (0, 1), (1, 0), (1, 1)]])
def test_the_first_of_tied_elements_gets_the_whole_gradient(ties):
    x = np.zeros((1, 2, 2, 1))
    for i, j in ties:
        x[0, i, j] = 1
    gradient = mm.grad(lambda x: mm.max_pool2d(x).sum())(x)
    assert gradient.sum() == 1
    assert gradient[(0, *ties[0], 0)] == 1


def test_rows_that_fill_no_window_are_left_out():
    x = Tensor(images(1, 5, 7, 2), requires_grad=True)
    y = mm.max_pool2d(x, 2)
    assert y.shape == (1, 2, 3, 2)
    y.sum().backward()
    assert not x.grad[:, 4].any()
    assert not x.grad[:, :, 6].any()


REFUSED = {
    "channels": (
        lambda: mm.conv2d(images(1, 4, 4, 2), images(1, 3, 3, 3)),
        r"\(1, 4, 4, 2\) and \(1, 3, 3, 3\)",
    ),
    "axes": (lambda: mm.conv2d(images(4, 4, 2), images(1, 3, 3, 2)), r"got \(4, 4, 2\)"),
    "kernel of no rows": (
        lambda: mm.conv2d(images(1, 4, 4, 2), images(1, 0, 3, 2)),
        r"got \(1, 4, 4, 2\) and \(1, 0, 3, 2\)",
    ),
    "kernel too large": (
        lambda: mm.conv2d(images(1, 4, 4, 2), images(1, 5, 3, 2)),
        "5x3 is larger than .* 4x4",
    ),
    "stride 0": (
        lambda: mm.conv2d(images(1, 4, 4, 2), images(1, 3, 3, 2), stride=0),
        "stride must be .* 1 .* got 0",
    ),
    "padding": (
        lambda: mm.conv2d(images(1, 4, 4, 2), images(1, 3, 3, 2), padding=(0, 1, 2)),
        r"got \(0, 1, 2\)",
    ),
    "negative padding": (
        lambda: mm.conv2d(images(1, 4, 4, 2), images(1, 3, 3, 2), padding=-1),
        "padding must be an integer >= 0 .* got -1",
    ),
    "bias for one": (lambda: mm.conv2d(images(1, 4, 4, 2), images(3, 3, 3, 2), images(1)), r"a bias of shape \(3,\)"),
    "bias for more": (lambda: mm.conv2d(images(1, 4, 4, 2), images(3, 3, 3, 2), images(6)), r"each kernel, got \(6,\)"),
    "fraction": (lambda: mm.max_pool2d(images(1, 4, 4, 2), 1.5), "size must be an integer >= 1 .* got 1.5"),
    "window too large": (
        lambda: mm.max_pool2d(images(1, 2, 4, 2), 3),
        r"window \(3, 3\), got shape \(1, 2, 4, 2\)",
    ),
    "pooling axes": (lambda: mm.max_pool2d(images(4, 4)), r"got shape \(4, 4\)"),
}


@pytest.mark.parametrize(("attempt", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused_in_a_sentence(attempt, sentence):
    with pytest.raises(ValueError, match=sentence):
        attempt()


def loops(x, w):
    """conv2d by its definition, in float64."""
    n, oh, ow = len(x), x.shape[1] - w.shape[1] + 1, x.shape[2] - w.shape[2] + 1
    y = np.zeros((n, oh, ow, len(w)))
    for i, j in np.ndindex(w.shape[1:3]):
        y += x[:, i : i + oh, j : j + ow].astype(float) @ w[:, i, j].T.astype(float)
    return y


@pytest.mark.parametrize("algorithm", ["im2col", "toom-cook"])
@pytest.mark.parametrize(
    "dtypes",
    [("uint8", "float32"), ("bool", "float32"), ("float32", "float64"), ("float64", "float32"), ("uint8", "int8")],
    ids=str,
)
def test_images_and_kernels_of_two_dtypes_are_computed_in_one(backend, algorithm, dtypes):
    rng = np.random.default_rng(0)
    x, w = rng.integers(0, 200, (2, 6, 6, 3)).astype(dtypes[0]), rng.integers(-3, 3, (4, 3, 3, 3)).astype(dtypes[1])
    y = mm.conv2d(Tensor(x), Tensor(w), algorithm=algorithm)
    assert y.dtype == (np.float64 if "float64" in dtypes else np.float32)
    np.testing.assert_allclose(y.numpy(), loops(x, w), rtol=1e-3, atol=0.1)
    if dtypes[1].startswith("float"):
        w = Tensor(w, requires_grad=True)
        mm.conv2d(Tensor(x), w, algorithm=algorithm).sum().backward()
        assert w.grad.dtype == dtypes[1]


def test_float16_is_left_to_im2col_which_keeps_its_digits():
    x, w = images(2, 12, 12, 16).astype("float16"), images(16, 5, 5, 16).astype("float16")
    y = mm.conv2d(x, w)
    assert y.dtype == np.float16
    np.testing.assert_array_equal(y, mm.conv2d(x, w, algorithm="im2col"))


@pytest.mark.parametrize("image", [(0, 5, 5, 2), (2, 5, 5, 0)], ids=str)
@pytest.mark.parametrize("algorithm", ["auto", "toom-cook"])
def test_of_no_images_or_no_channels_there_is_nothing_but_the_bias(backend, image, algorithm):
    x, w, b = (Tensor(np.ones(shape), requires_grad=True) for shape in (image, (4, 3, 3, image[3]), (4,)))
    y = mm.conv2d(x, w, b, algorithm=algorithm)
    np.testing.assert_array_equal(y.numpy(), np.ones((image[0], 3, 3, 4)))
    y.sum().backward()
    assert (x.grad.shape, w.grad.shape) == (image, (4, 3, 3, image[3]))
    np.testing.assert_array_equal(mm.backend.to_host(w.grad), 0)
    np.testing.assert_array_equal(mm.backend.to_host(b.grad), 9 * image[0])


@pytest.mark.parametrize("pool", [mm.max_pool2d, mm.avg_pool2d])
@pytest.mark.parametrize("image", [(0, 4, 4, 2), (2, 4, 4, 0)], ids=str)
def test_of_no_images_or_no_channels_nothing_is_pooled(backend, pool, image):
    x = Tensor(np.ones(image), requires_grad=True)
    y = pool(x)
    y.sum().backward()
    assert y.shape == (image[0], 2, 2, image[3]) and x.grad.shape == image


def test_averages_of_bytes_do_not_wrap_around():
    x = np.array([[200, 250], [255, 255]], "uint8").reshape(1, 2, 2, 1)
    assert mm.avg_pool2d(x).item() == 240


def both(device, function, *arrays):
    """What a function of Tensors and its gradients are on NumPy and on another module."""
    for name in ("numpy", device):
        with mm.using(name):
            inputs = [Tensor(x, requires_grad=True) for x in arrays]
            y = function(*inputs)
            y.backward(backend.asarray(np.random.default_rng(1).standard_normal(y.shape)))
            yield [backend.to_host(x) for x in (y.data, *(x.grad for x in inputs))]


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "image"),
    [((5, 5), 1, 0, (14, 14)), ((3, 2), (2, 3), (1, 2), (9, 11)), ((1, 3), 1, 0, (4, 5)), ((2, 2), (3, 1), 1, (8, 7))],
)
@pytest.mark.parametrize("block", [1 << 28, 1 << 10], ids=["whole", "in blocks"])
def test_few_launches_convolve_as_many_do(device, kernel, stride, padding, image, block, monkeypatch):
    known = backend.load(device)
    monkeypatch.setitem(backend._by_type, known.xp.ndarray, dataclasses.replace(known, block=block))
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(shape) for shape in ((3, *image, 4), (5, *kernel, 4), (5,))]
    convolve = lambda x, w, b: mm.conv2d(x, w, b, stride=stride, padding=padding, algorithm="im2col")
    for ours, theirs in zip(*both(device, convolve, *arrays), strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("size", "stride"), [(2, None), ((3, 3), 2), ((2, 3), (1, 2)), (1, None), ((2, 1), (3, 1))])
@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("image", [(8, 6), (7, 9)])
def test_few_launches_pool_as_many_do(device, size, stride, ties, image):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, (3, *image, 2)).astype(float) if ties else rng.standard_normal((3, *image, 2))
    for ours, theirs in zip(*both(device, lambda x: mm.max_pool2d(x, size, stride=stride), x), strict=True):
        np.testing.assert_array_equal(theirs, ours)
