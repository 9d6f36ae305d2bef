"""Training on a module like CuPy: the device is never waited for, and the numbers are NumPy's."""

import numpy as np
import pytest

import minimix as mm
from minimix import Tensor, backend, models
from minimix.optim import (
    MAS,
    SGD,
    SWATS,
    AdaGrad,
    Adam,
    Cosine,
    FrankWolfe,
    Freeze,
    LayerSplit,
    Lion,
    Lookahead,
    Muon,
    Optimizer,
    RMSprop,
)
from tests import strict

RULES = {
    "sgd": lambda: SGD(0.1),
    "momentum": lambda: SGD(0.1, momentum=0.9, dampening=0.1, weight_decay=0.01),
    "nesterov": lambda: SGD(0.1, momentum=0.9, nesterov=True),
    "adam": lambda: Adam(0.01, weight_decay=0.01),
    "adamw": lambda: Adam(0.01, weight_decay=0.01, decoupled=True),
    "long memory": lambda: Adam(0.01, b2=0.999999),
    "amsgrad": lambda: Adam(0.01, amsgrad=True),
    "schedule": lambda: Adam(Cosine(0.01, 10)),
    **{f"mas {c}": lambda c=c: MAS(0.01, combine=c) for c in mm.optim.mas.COMBINE},
    "mas branch step": lambda: MAS(0.01, combine="correction", branch_step=True),
    "split": lambda: LayerSplit(),
    "split by patterns": lambda: LayerSplit({"*.bias": SGD(0.1), "dense1.weight": Freeze(), "*": MAS(0.01)}),
    "swats": lambda: SWATS(0.01),
    "frank-wolfe": lambda: FrankWolfe(0.01),
    "adagrad": lambda: AdaGrad(0.01),
    "rmsprop": lambda: RMSprop(0.01, momentum=0.9),
    "lion": lambda: Lion(0.01, weight_decay=0.01),
    "muon": lambda: Muon(0.01),
    "lookahead of muon and lion": lambda: Lookahead(Muon(0.01, rest=Lion(0.01)), k=2),
    "mas of lookahead": lambda: MAS(0.01, s=Lookahead(k=2)),
}
NORMS = {"mas normalized", "frank-wolfe", "muon", "lookahead of muon and lion"}
MODELS = {
    "mlp": (models.mlp, (28, 28, 1)),
    "cnn": (models.cnn, (32, 32, 3)),
    "small": (
        lambda seed: mm.nn.Sequential(
            mm.nn.Conv2D(2, 3, 3, rng := np.random.default_rng(seed), stride=2, padding=1),
            mm.nn.Tanh(),
            mm.nn.MaxPool2D(2),
            mm.nn.Flatten(),
            mm.nn.Dense(12, 8, rng),
            mm.nn.Dropout(0.5, rng),
            mm.nn.Sigmoid(),
            mm.nn.Dense(8, 10, rng),
        ),
        (8, 8, 2),
    ),
}


def train(name, rule, steps, clip_norm=None):
    """Losses and weights after some steps; on the strict module also how often the device was read."""
    build, shape = MODELS[name]
    model = build(seed=0)
    optimizer = Optimizer(model, rule(), clip_norm=clip_norm)
    rng = np.random.default_rng(0)
    batches = [(rng.standard_normal((4, *shape)).astype("float32"), rng.integers(0, 10, 4)) for _ in range(steps)]
    batches = [(Tensor(images), backend.asarray(labels)) for images, labels in batches]
    losses = []
    strict.reset()
    for images, labels in batches:
        optimizer.zero_grad()
        loss = mm.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss)
    reads = strict.host_reads
    return reads, [loss.item() for loss in losses], model.state_dict()


def assert_the_same(device, *args, exact=False, weights=True, strays=0, **kwargs):
    """To rounding: a GPU sums in another order, takes norms in double precision and convolves in another way.

    exact: bit for bit on the strict module, which computes as NumPy does what is computed alike. weights: compare them
    too; rules that take little more than a gradient's sign make much of the rounding of one that is nearly 0.
    strays: the share of the weights that may do so.
    """
    _, losses, ours = train(*args, **kwargs)
    with mm.using(device):
        reads, device_losses, theirs = train(*args, **kwargs)
    assert reads == 0
    assert len(set(losses)) == len(losses)
    tolerance = 1e-3 if device == "cupy" else 0 if exact else 1e-5
    np.testing.assert_allclose(device_losses, losses, rtol=tolerance)
    for name in ours if weights else ():
        close = np.isclose(theirs[name], ours[name], rtol=tolerance, atol=tolerance)
        assert np.mean(~close) <= strays, f"{name}: {theirs[name][~close]}, not {ours[name][~close]}"


NORMALIZED = (
    lambda seed: mm.nn.Sequential(
        mm.nn.Conv2D(2, 4, 3, rng := np.random.default_rng(seed), padding=1),
        mm.nn.BatchNorm(4),
        mm.nn.ReLU(),
        mm.nn.AveragePool2D(2),
        mm.nn.Flatten(),
        mm.nn.LayerNorm(64),
        mm.nn.Dense(64, 10, rng),
    ),
    (8, 8, 2),
)


def test_normalizing_layers_and_their_buffers_stay_on_the_device(device, monkeypatch):
    monkeypatch.setitem(MODELS, "normalized", NORMALIZED)
    assert_the_same(device, "normalized", lambda: SGD(0.1, momentum=0.9), steps=3)


def test_a_network_is_evaluated_saved_and_read_on_the_device(device):
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((7, 8, 8, 2)).astype("float32"), rng.integers(0, 10, 7)
    build, _ = NORMALIZED
    found, saved = {}, build(seed=3).state_dict()
    for name in ("numpy", device):
        with mm.using(name):
            model = build(seed=0)
            model.load_state_dict(saved)
            found[name] = mm.evaluate(model, x, y)
        assert all(type(array) is np.ndarray for array in model.state_dict().values())
        assert {backend.backend_of(array).name for _, array in model.named_buffers()} == {name}
    assert found[device] == pytest.approx(found["numpy"], rel=1e-5)


def test_words_from_the_host_are_looked_up_on_the_device(device):
    words, found = np.array([[3, 1], [1, 1]]), {}
    for name in ("numpy", device):
        with mm.using(name):
            table = mm.nn.Embedding(4, 2, np.random.default_rng(0))
            (table(words) ** 2).sum().backward()
            with pytest.raises(ValueError, match="from 0 to 3, got some from -1 to 4"):
                table(np.array([-1, 4]))
        found[name] = backend.to_host(table.weight.grad)
    np.testing.assert_allclose(found[device], found["numpy"], rtol=1e-6)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("rule", RULES)
def test_every_rule_trains_every_network_without_a_host_read_and_gives_numpys_numbers(device, rule, name):
    dense = name == "mlp"
    strays = 1e-3 if (device, rule) == ("cupy", "rmsprop") else 0  # whose first step is ten times its rate, everywhere
    exact = dense and rule not in NORMS
    assert_the_same(device, name, RULES[rule], steps=3, exact=exact, weights=name != "cnn", strays=strays)


def test_clipping_reads_nothing(device):
    assert_the_same(device, "small", lambda: SGD(0.1), steps=3, clip_norm=0.1)


def test_every_rule_is_tried():
    tried = {type(rule()) for rule in RULES.values()} | {Freeze}
    offered = {x for x in vars(mm.optim).values() if isinstance(x, type) and issubclass(x, mm.optim.Rule)}
    assert offered - tried == {mm.optim.Rule}


def test_a_step_of_the_cnn_asks_a_gpu_for_little():
    with mm.using("strict"):
        train("cnn", lambda: SGD(0.01), steps=1)
    assert 0 < strict.launches <= 110
