"""One training step (zero_grad, forward, cross-entropy, backward, step), float32, ours and our peers'.

A network is described once, as a list of layers: ("conv", in, out, kernel), "pool", "flatten", ("dense", in, out),
"relu", "dropout".
"""

import functools
import importlib.util
import itertools

import numpy as np

from .. import nn
from ..backend import asarray, current
from ..ops import cross_entropy
from ..optim import Optimizer
from ..spec import parse
from ..tensor import Tensor


def mlp(width=None, depth=2):
    """The study's MLP, or one with `depth` hidden layers of `width`."""
    sizes = [784, 128, 64, 10] if width is None else [784, *[width] * depth, 10]
    layers = ["flatten"]
    for fan_in, fan_out in itertools.pairwise(sizes[:-1]):
        layers += [("dense", fan_in, fan_out), "relu"]
    return [*layers, ("dense", *sizes[-2:])]


CNN = [
    *(("conv", 3, 32, 5), "pool", ("conv", 32, 64, 5), "pool", "flatten"),
    *(("dense", 1600, 312), "dropout", "relu", ("dense", 312, 84), "dropout", "relu", ("dense", 84, 10)),
]
CNN_FIG1 = [
    *(("conv", 3, 32, 5), "pool", ("conv", 32, 32, 5), "pool", "flatten"),
    *(("dense", 800, 84), "relu", "dropout", ("dense", 84, 312), "relu", "dropout"),
    *(("dense", 312, 64), "relu", "dropout", ("dense", 64, 10)),
]
NETWORKS = {"mlp": (mlp(), (28, 28, 1)), "cnn": (CNN, (32, 32, 3)), "cnn-fig1": (CNN_FIG1, (32, 32, 3))}


def batch(shape, n):
    """Random float32 images (n, *shape) and labels of one batch, on the host."""
    rng = np.random.default_rng(0)
    return rng.standard_normal((n, *shape), "float32"), rng.integers(0, 10, n)


def flops(layers, shape, n, training=True):
    """Floating-point operations of the matrix products and convolutions of a step, or of a forward pass; direct."""
    (h, w, _), total, first = shape, 0, True
    for layer in layers:
        if layer == "pool":
            h, w = h // 2, w // 2
        elif layer[0] in ("conv", "dense"):
            kind, a, b, *kernel = layer
            if kind == "conv":
                k = kernel[0]
                h, w = h - k + 1, w - k + 1
                macs = n * h * w * a * b * k * k
            else:
                macs = n * a * b
            passes = 3 - first if training else 1  # forward, weights, and the input but for the first layer
            total += 2 * macs * passes
            first = False
    return total


def minimix_step(layers, shape, n, rule):
    """Our step, with the public API."""
    rng = np.random.default_rng(0)
    make = {
        "conv": lambda a, b, k: nn.Conv2D(a, b, k, rng),
        "dense": lambda a, b: nn.Dense(a, b, rng),
        "pool": lambda: nn.MaxPool2D(2),
        "flatten": nn.Flatten,
        "relu": nn.ReLU,
        "dropout": lambda: nn.Dropout(0.5, rng),
    }
    network = nn.Sequential(*(make[kind](*sizes) for kind, sizes in map(_split, layers)))
    optimizer = Optimizer(network, parse(rule, lr=1e-3))
    x, labels = map(asarray, batch(shape, n))

    def step():
        optimizer.zero_grad()
        cross_entropy(network(Tensor(x)), labels).backward()
        optimizer.step()

    return step


def torch_network(layers):
    """PyTorch's network of these layers."""
    import torch

    make = {
        "conv": torch.nn.Conv2d,
        "dense": torch.nn.Linear,
        "pool": lambda: torch.nn.MaxPool2d(2),
        "flatten": torch.nn.Flatten,
        "relu": torch.nn.ReLU,
        "dropout": lambda: torch.nn.Dropout(0.5),
    }
    return torch.nn.Sequential(*(make[kind](*sizes) for kind, sizes in map(_split, layers)))


def torch_step(layers, shape, n, rule):
    """PyTorch's eager step with its own optimizer; MAS, which it lacks, stands beside its Adam."""
    import torch
    from torch.nn import functional

    device = "cuda" if current().device else "cpu"
    network = torch_network(layers).to(device)
    kind = torch.optim.SGD if rule.startswith("sgd") else torch.optim.Adam
    optimizer = kind(network.parameters(), lr=1e-3)
    images, labels = batch(shape, n)
    x = torch.tensor(images.transpose(0, 3, 1, 2).copy(), device=device)
    labels = torch.tensor(labels, device=device)

    def step():
        optimizer.zero_grad()
        functional.cross_entropy(network(x), labels).backward()
        optimizer.step()

    return step


def _dense_loss(xp, layers):
    """The loss of a network of dense layers as a function of [(w, b), …], for peers with a NumPy-like module."""
    relus = [k for k, layer in enumerate(layers) if layer == "relu"]

    def loss(parameters, x, labels):
        for k, (w, b) in enumerate(parameters):
            x = x @ w.T + b
            if k < len(relus):
                x = xp.maximum(x, 0)
        x = x - x.max(axis=1, keepdims=True)
        return xp.mean(xp.log(xp.sum(xp.exp(x), axis=1)) - x[xp.arange(len(labels)), labels])

    return loss


def _dense_parameters(layers):
    rng = np.random.default_rng(0)
    sizes = [layer[1:] for layer in layers if layer[0] == "dense"]
    return [(rng.uniform(-1, 1, (b, a)).astype("f") / a**0.5, np.zeros(b, "f")) for a, b in sizes]


def autograd_step(layers, shape, n, rule):
    """HIPS autograd's step with SGD, for dense networks."""
    import autograd
    import autograd.numpy as xp

    gradient, parameters = autograd.grad(_dense_loss(xp, layers)), _dense_parameters(layers)
    x, labels = batch(shape, n)
    x = x.reshape(n, -1)

    def step():
        for (w, b), (dw, db) in zip(parameters, gradient(parameters, x, labels), strict=True):
            w -= 1e-3 * dw
            b -= 1e-3 * db

    return step


def jax_step(layers, shape, n, rule):
    """JAX's compiled step with SGD, for dense networks."""
    import jax

    loss = _dense_loss(jax.numpy, layers)

    @jax.jit
    def update(parameters, x, labels):
        return jax.tree.map(lambda p, g: p - 1e-3 * g, parameters, jax.grad(loss)(parameters, x, labels))

    parameters = jax.tree.map(jax.numpy.asarray, _dense_parameters(layers))
    x, labels = batch(shape, n)
    x, labels = jax.numpy.asarray(x.reshape(n, -1)), jax.numpy.asarray(labels)

    def step():
        nonlocal parameters
        parameters = jax.block_until_ready(update(parameters, x, labels))

    return step


def tinygrad_step(layers, shape, n, rule):
    """tinygrad's compiled step with SGD, for dense networks."""
    from tinygrad import Device, Tensor, TinyJit

    parameters = [(Tensor(w), Tensor(b)) for w, b in _dense_parameters(layers)]
    flat = list(itertools.chain(*parameters))
    images, labels = batch(shape, n)
    images, labels = Tensor(images.reshape(n, -1)), Tensor(labels)

    @TinyJit
    def update():
        x = images
        for k, (w, b) in enumerate(parameters):
            x = x @ w.T + b
            if k < len(parameters) - 1:
                x = x.relu()
        loss = x.sparse_categorical_crossentropy(labels)
        for p, g in zip(flat, loss.gradient(*flat), strict=True):
            p.assign(p.detach() - 1e-3 * g)
        Tensor.realize(*flat)

    def step():
        update()
        Device[Device.DEFAULT].synchronize()

    return step


PEERS = {"torch": torch_step, "autograd": autograd_step, "jax": jax_step, "tinygrad": tinygrad_step}


def peers(layers, rule, names=PEERS):
    """The peers that are installed and have a step for this network and rule."""
    dense_sgd = rule.startswith("sgd") and not any(layer[0] == "conv" for layer in layers)
    return [name for name in names if (name == "torch" or dense_sgd) and _runs(name)]


@functools.cache
def _runs(name):
    if not importlib.util.find_spec(name):
        return False
    if name == "tinygrad":
        import tinygrad

        try:
            return bool(tinygrad.Device.DEFAULT)
        except RuntimeError:  # it needs a C compiler
            return False
    return True


def _split(layer):
    return (layer, ()) if isinstance(layer, str) else (layer[0], layer[1:])
