"""Both sides of the README's table for those who come from PyTorch run, line by line, and come to the same."""

import re
from pathlib import Path

import numpy as np
import pytest

from minimix import nn
from minimix.backend import to_host

README = Path(__file__).parents[1] / "README.md"


def rows():
    """(PyTorch's line, ours) for each row."""
    page = README.read_text("utf-8").partition("## Coming from PyTorch")[2].partition("\n## ")[0]
    return re.findall(r"^\| `(.+)` \| `(.+)` \|$", page, re.M)


def batch():
    rng = np.random.default_rng(0)
    return rng.standard_normal((6, 28, 28, 1)).astype("float32"), rng.integers(0, 10, 6)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    nn.seed(0)


def test_the_table_has_the_twenty_commonest_lines():
    assert len(rows()) >= 20


def test_every_line_of_ours_runs(backend, folder):
    scope = dict(zip(("images", "labels"), batch(), strict=True))
    for _, ours in rows():
        exec(ours, scope)
    assert scope["conv"](scope["mx"].Tensor(np.ones((2, 8, 8, 3), "float32"))).shape == (2, 4, 4, 8)
    assert {str(p.dtype) for p in scope["model"].parameters()} == {"float64"}
    assert [layer.name for layer in scope["adamw"].layers] == ["dense2.weight", "dense2.bias"]


def test_both_sides_come_to_the_same(folder):
    torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")
    images, labels = batch()
    ours = {"images": images, "labels": labels}
    theirs = {"images": torch.from_numpy(images), "labels": torch.from_numpy(labels)}
    for their_line, our_line in rows():
        exec(their_line, theirs)
        exec(our_line, ours)
        if our_line.startswith("model.layers[3]"):  # drawn: both start from the same
            state = zip(ours["model"].state_dict(), theirs["model"].state_dict().values(), strict=True)
            ours["model"].load_state_dict({name: x.numpy() for name, x in state})
    for name in ("slope", "a", "accuracy", "y", "loss"):
        found, expected = (getattr(scope[name], "data", scope[name]) for scope in (ours, theirs))
        np.testing.assert_allclose(to_host(found), np.asarray(expected), rtol=1e-5)
    for found, expected in zip(ours["model"].parameters(), theirs["model"].parameters(), strict=True):
        np.testing.assert_allclose(found.data, expected.detach().numpy(), rtol=1e-4, atol=1e-6)
        assert found.requires_grad == expected.requires_grad
