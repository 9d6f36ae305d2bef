"""That Muon is its algorithm and PyTorch's, for matrices of any shape; what is no matrix goes by another rule."""

import numpy as np
import pytest

from minimix import Tensor
from minimix.optim import MAS, SGD, Adam, LayerSplit, Lion, Muon
from tests.optim import oracles, problem
from tests.optim.problem import SHAPES, check, gradients, values

MATRICES = [name for name, shape in SHAPES.items() if len(shape) == 2]
REST = [name for name in SHAPES if name not in MATRICES]
VARIANTS = [
    {},
    {"nesterov": False},
    {"momentum": 0.5, "weight_decay": 0.0},
    {"momentum": 0.0, "turns": 2},
    {"turns": 6},
]
SHORT = {"momentum": "mu", "weight_decay": "wd"}


def oracle(eta, **options):
    return oracles.Muon(eta, **{SHORT.get(key, key): x for key, x in options.items()})


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_matrices_go_by_muons_algorithm_and_the_rest_by_adam(backend, options):
    split = oracles.Split((oracle(1e-2, **options), MATRICES), (oracles.Adam(1e-3), REST))
    check(Muon(1e-2, **options), split, tolerance=1e-11)


@pytest.mark.parametrize(
    ("rest", "theirs"),
    [
        (lambda: SGD(1e-2, momentum=0.9), lambda: oracles.Sgd(1e-2, mu=0.9)),
        (lambda: Lion(1e-3), lambda: oracles.Lion(1e-3)),
        (
            lambda: LayerSplit({"conv1": SGD(), "*": Adam()}),
            lambda: oracles.Split((oracles.Sgd(1e-2), REST[:2]), (oracles.Adam(1e-3), REST[2:])),
        ),
    ],
    ids=["momentum", "lion", "split"],
)
def test_the_rest_may_have_a_rule_of_its_own(rest, theirs):
    check(Muon(1e-2, rest=rest()), oracles.Split((oracle(1e-2), MATRICES), (theirs(), REST)), tolerance=1e-11)


def test_a_mixture_may_have_muon_on_one_side(backend):
    muon = oracles.Split((oracle(1e-2), MATRICES), (oracles.Adam(1e-3), REST))
    mas = oracles.Mas("linear", 1 - 0.6, 0.6, oracles.Sgd(1e-2), muon)
    check(MAS(s=SGD(1e-2), a=Muon(1e-2)), mas, tolerance=1e-11)


SIDES = {"tall": (9, 4), "wide": (4, 9), "square": (6, 6), "row": (1, 5), "column": (5, 1)}


def beside_torch(steps, **options):
    """[(name, our matrix, PyTorch's, how far PyTorch's has come from its start)] after each step from one start."""
    torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")
    rng = np.random.default_rng(2)
    start = {name: rng.standard_normal(shape) for name, shape in SIDES.items()}
    gs = [{name: rng.standard_normal(shape) for name, shape in SIDES.items()} for _ in range(steps)]
    ours = problem.run(Muon(0.1, **options), gs, [(n, Tensor(x, requires_grad=True)) for n, x in start.items()])
    tensors = {name: torch.tensor(x) for name, x in start.items()}
    theirs = {"ns_steps" if key == "turns" else key: x for key, x in options.items()}
    optimizer = torch.optim.Muon(tensors.values(), lr=0.1, **theirs)
    for g, own in zip(gs, ours, strict=True):
        for name, tensor in tensors.items():
            tensor.grad = torch.tensor(g[name])
        optimizer.step()
        for name, tensor in tensors.items():
            yield name, own[name], tensor.numpy(), np.linalg.norm(tensor.numpy() - start[name])


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_muon_is_pytorchs_within_the_tolerance_of_its_bfloat16(options):
    """It rounds to 2^-8 and does that ten times in a row and more."""
    for name, own, right, way in beside_torch(20, **options):
        assert np.linalg.norm(own - right) < 10 * 2**-8 * way, name


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_muon_is_pytorchs_to_the_last_digits_where_that_computes_in_float64(monkeypatch, options):
    torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")
    monkeypatch.setattr(torch.Tensor, "bfloat16", lambda self: self.double().clone())
    for name, own, right, _ in beside_torch(20, **options):
        assert np.linalg.norm(own - right) < 1e-12 * np.linalg.norm(right), name


def test_a_matrix_without_gradient_only_decays(backend):
    gs = gradients(3)
    for g in gs:
        g["dense1.weight"] = np.zeros(SHAPES["dense1.weight"])
    before, after = values(problem.model()), problem.run(Muon(0.1, weight_decay=0.5), gs)[-1]
    np.testing.assert_allclose(after["dense1.weight"], before["dense1.weight"] * 0.95**3, rtol=1e-13)


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"lr": 0}, ValueError, "muon: lr must be a number above 0, got 0"),
        ({"momentum": 1}, ValueError, "muon: momentum must be a number at least 0 and below 1, got 1"),
        ({"weight_decay": -1}, ValueError, "muon: weight_decay must be a number at least 0, got -1"),
        ({"turns": 0}, ValueError, "muon: turns must be an integer above 0, got 0"),
        ({"turns": 2.0}, ValueError, "muon: turns must be an integer above 0, got 2.0"),
        ({"rest": "adam"}, TypeError, "muon: rest must be an update rule, got 'adam'"),
    ],
)
def test_what_muon_refuses(options, error, sentence):
    with pytest.raises(error) as caught:
        Muon(**options)
    assert str(caught.value) == sentence
