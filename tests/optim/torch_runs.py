"""Runs of PyTorch's optimizers on the tests' problem."""

import numpy as np
import pytest

from tests.optim import problem


def agrees(rule, kind, steps=100, **options):
    """The rule's parameters are those of torch.optim's `kind` after every step, relative error 1e-12."""
    torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")
    gs = problem.gradients(steps)
    tensors = {name: torch.tensor(x) for name, x in problem.values(problem.model()).items()}
    optimizer = getattr(torch.optim, kind)(tensors.values(), **options)
    for g, own in zip(gs, problem.run(rule, gs), strict=True):
        for name, tensor in tensors.items():
            tensor.grad = torch.tensor(g[name])
        optimizer.step()
        for name, tensor in tensors.items():
            right = tensor.numpy()
            assert np.abs(own[name] - right).max() < 1e-12 * np.abs(right).max()
