"""Data that change between forward and backward: the gradient of what was computed, or a sentence."""

import numpy as np
import pytest

import minimix as mm
from minimix import Tensor, no_grad
from minimix.tensor import value


class Parameter(Tensor):
    """With its optimizer, in whose memory it lives."""


def step(p):
    p.grad = np.ones(p.shape)
    p.optimizer.step()


def load(p):
    model = mm.nn.Sequential(mm.nn.Dense(2, 2, np.random.default_rng(0), dtype="float64"))
    model.layers[0].weight = p
    model.load_state_dict({name: np.ones_like(a) for name, a in model.state_dict().items()})


def in_place(p):
    with no_grad():
        p -= 1.0


def element(p):
    with no_grad():
        p[0] = 9.0


CHANGES = {
    "step": step, "load_state_dict": load, "p -=": in_place, "p[0] =": element,
    "p.data =": lambda p: setattr(p, "data", p.data + 1), "p.data -=": lambda p: setattr(p, "data", p.data.__isub__(1)),
}  # fmt: skip
USES = {
    "product": lambda p, x: (p * x * p).sum(), "matrix product with a view": lambda p, x: (x @ p.T).sum(),
    "power": lambda p, x: (p**3).sum(), "exp of a view": lambda p, x: (p.reshape(-1)[1:] ** 2).sum(),
    "view of a view": lambda p, x: (p.T[0].reshape(2, 1) * x).sum(), "relu": lambda p, x: (mm.relu(p @ x) @ p).sum(),
    "where": lambda p, x: mm.where(p > 0, p * p, x).sum(), "conv": lambda p, x: mm.conv2d(
        x.reshape(1, 2, 2, 1), p.reshape(1, 2, 2, 1)).sum() * (p * p).sum(),
}  # fmt: skip
UNHARMED = {
    "sum": lambda p, x: p.sum() + (x * 2).sum(), "plus": lambda p, x: ((p + x) * x).sum(),
    "concatenate": lambda p, x: (mm.concatenate([p, x]) * 3).sum(), "exp": lambda p, x: mm.exp(p).sum(),
    "reshape": lambda p, x: (p.reshape(4) * 2).sum(), "constant": lambda p, x: (mm.softmax(p)).sum(),
}  # fmt: skip


def leaves():
    rng = np.random.default_rng(0)
    p, x = Parameter(rng.standard_normal((2, 2)), True, "p"), Tensor(rng.standard_normal((2, 2)), True)
    p.optimizer = mm.optim.Optimizer([("p", p)], mm.optim.SGD(0.5))
    return p, x


def gradients(y, *leaves, **options):
    for z in leaves:
        z.grad = None
    y.backward(**options)
    return [np.array(value(z.grad)) for z in leaves if z.grad is not None]


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("use", USES)
def test_a_derivative_that_needs_the_old_values_is_refused_and_leaves_no_gradient(use, change, create_graph):
    p, x = leaves()
    right = gradients(USES[use](p, x), p, x)
    y = USES[use](p, x)
    CHANGES[change](p)
    if change == "p.data =" and "view" in use:  # the view has kept the old memory
        for got, expected in zip(gradients(y, p, x, create_graph=create_graph), right, strict=True):
            np.testing.assert_allclose(got, expected)
        return
    x.grad, p.grad = None, None
    with pytest.raises(RuntimeError, match=r"of .* with which \w+ computed, but they were changed since"):
        y.backward(create_graph=create_graph)
    assert x.grad is None and p.grad is None


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("use", UNHARMED.values(), ids=UNHARMED)
def test_a_derivative_that_needs_no_old_value_is_right(use, change):
    p, x = leaves()
    use(p, x).backward()
    expected = [np.array(z.grad) for z in (p, x) if z.grad is not None]
    p, x = leaves()
    y = use(p, x)
    change(p)
    p.grad = None
    y.backward()
    for got, right in zip([z.grad for z in (p, x) if z.grad is not None], expected, strict=True):
        np.testing.assert_array_equal(got, right)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_computed_after_the_change_is_differentiated_beside_what_was_before(change):
    p, x = leaves()
    early = (p + x).sum()
    change(p)
    p.grad = None
    (early + (p * p).sum()).backward()
    np.testing.assert_allclose(p.grad, 1 + 2 * p.data)


def test_two_losses_before_one_step():
    rng = np.random.default_rng(0)
    model = mm.nn.Sequential(mm.nn.Dense(3, 4, rng), mm.nn.Tanh(), mm.nn.Dense(4, 2, rng))
    optimizer = mm.optim.Optimizer(model, mm.optim.SGD(0.5))
    x, y = rng.standard_normal((5, 3)).astype("float32"), np.arange(5) % 2
    first, second = (mm.cross_entropy(model(Tensor(x)), y) for _ in range(2))
    first.backward()
    second.backward()
    optimizer.step()
    third = mm.cross_entropy(model(Tensor(x)), y)
    optimizer.step()
    with pytest.raises(RuntimeError, match="affine"):
        third.backward()
    optimizer.zero_grad()
    mm.cross_entropy(model(Tensor(x)), y).backward()
    optimizer.step()


def test_a_frozen_layer_or_an_input_that_changes_counts_too():
    p, x = leaves()
    x.requires_grad = False
    y = (p * x).sum()
    x.data = x.data + 1
    with pytest.raises(RuntimeError, match="changed since then"):
        y.backward()
