"""One training step, timed beside its peers."""

import itertools
import statistics
import time

import numpy as np

from .backend import asarray, current
from .nn.models import MODELS
from .ops import cross_entropy
from .optim import Optimizer
from .spec import parse
from .tensor import Tensor

SHAPES = {"mlp": (784,), "cnn": (32, 32, 3), "cnn-fig1": (32, 32, 3)}
CASES = [(model, batch, rule) for model, batch in (("mlp", 256), ("cnn", 20)) for rule in ("sgd", "adam", "mas")]


def batch(model, size, seed=0):
    """Random float32 inputs and labels of one batch, on the host."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((size, *SHAPES[model]), "float32"), rng.integers(0, 10, size)


def step(model, size, rule):
    """A function that does one training step: zero_grad, forward, cross-entropy, backward, step."""
    x, labels = (asarray(array) for array in batch(model, size))
    network = MODELS[model](0)
    optimizer = Optimizer(network, parse(rule, lr=1e-3))

    def run():
        optimizer.zero_grad()
        cross_entropy(network(Tensor(x)), labels).backward()
        optimizer.step()

    return run


def torch_step(model, size, rule):
    """The same step in PyTorch with its own optimizer, or None: without PyTorch. MAS stands beside its Adam."""
    try:
        import torch
    except ImportError:
        return None
    from torch import nn
    from torch.nn.functional import cross_entropy as torch_cross_entropy

    x, labels = batch(model, size)
    dense = []
    if model == "mlp":
        layers = [nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)]
    else:
        out, widths = (64, (1600, 312, 84)) if model == "cnn" else (32, (800, 84, 312, 64))
        for a, b in itertools.pairwise(widths):
            dense += [nn.Linear(a, b), nn.Dropout(0.5), nn.ReLU()]
        convolutions = [nn.Conv2d(3, 32, 5), nn.MaxPool2d(2), nn.Conv2d(32, out, 5), nn.MaxPool2d(2), nn.Flatten()]
        layers = [*convolutions, *dense, nn.Linear(widths[-1], 10)]
        x = x.transpose(0, 3, 1, 2).copy()
    device = "cuda" if current().name == "cupy" else "cpu"
    network = nn.Sequential(*layers).to(device)
    x, labels = torch.tensor(x, device=device), torch.tensor(labels, device=device)
    kind = torch.optim.SGD if rule == "sgd" else torch.optim.Adam
    optimizer = kind(network.parameters(), lr=1e-3)

    def run():
        optimizer.zero_grad()
        torch_cross_entropy(network(x), labels).backward()
        optimizer.step()

    return run


def interleaved(runs, rounds, seconds=0.2):
    """Milliseconds a call of each function in `runs`, a list per round; the rounds alternate between them.

    Alternating blocks make drifts of the machine's speed meet all alike.
    """
    counts = []
    for run in runs:
        run()
        start = time.perf_counter()
        for _ in range(3):
            run()
        current().synchronize()
        counts.append(max(3, int(seconds * 3 / (time.perf_counter() - start))))
    times = [[] for _ in runs]
    for _ in range(rounds):
        for run, count, own in zip(runs, counts, times, strict=True):
            start = time.perf_counter()
            for _ in range(count):
                run()
            current().synchronize()
            own.append(1000 * (time.perf_counter() - start) / count)
    return times


def measure(model, size, rule, rounds=7):
    """{"model", "optimizer", "ms", "torch_ms", "ratio"}: medians over the rounds; None where PyTorch is missing."""
    peer = torch_step(model, size, rule)
    ours, *theirs = interleaved([step(model, size, rule), *([peer] if peer else [])], rounds)
    ms, torch_ms = statistics.median(ours), statistics.median(theirs[0]) if theirs else None
    return {
        "model": model,
        "batch": size,
        "optimizer": rule,
        "ms": ms,
        "range": [min(ours), max(ours)],
        "torch_ms": torch_ms,
        "torch_range": [min(theirs[0]), max(theirs[0])] if theirs else None,
        "ratio": ms / torch_ms if theirs else None,
    }
