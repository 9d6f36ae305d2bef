"""Training that remembers itself, and rules whose hyperparameters are Tensors."""

import numpy as np
import pytest

from minimix import Tensor, cross_entropy, nn, optim
from minimix.backend import to_host
from minimix.training import train
from tests import small
from tests.optim.problem import gradients, run, same


def number(x):
    return Tensor(np.float64(x), requires_grad=True)


def network():
    rng = np.random.default_rng(0)
    return nn.Sequential(
        nn.Flatten(), nn.Dense(16, 6, rng, "float64"), nn.Tanh(), nn.Dropout(0.2, rng), nn.Dense(6, 3, rng, "float64")
    )


def through_train(rule, model=None):
    """The validation loss after two epochs of `train`, and what it recorded."""
    model, data = model or network(), small.dataset()
    with optim.Unrolled(model, rule) as optimizer:
        trial = train(model, optimizer, data, epochs=2, batch_size=16, rng=np.random.default_rng(1))
        return cross_entropy(model.eval()(Tensor(data.x_test)), data.y_test), trial


RULES = {
    "sgd": (optim.SGD, {"lr": 0.3, "momentum": 0.8, "weight_decay": 0.1}),
    "adam": (optim.Adam, {"lr": 0.02, "b1": 0.8, "b2": 0.95, "eps": 1e-2}),
    "mas": (optim.MAS, {"lr": 0.05, "gamma": 0.6}),
}


@pytest.mark.parametrize("kind", RULES)
def test_hypergradients_through_train_equal_central_differences(kind):
    make, settings = RULES[kind]
    tensors = {name: number(x) for name, x in settings.items()}
    loss, _ = through_train(make(**tensors))
    loss.backward()
    for name, x in settings.items():
        h = 1e-5 * max(x, 0.1)
        high, low = (through_train(make(**settings | {name: x + step}))[0].item() for step in (h, -h))
        assert tensors[name].grad == pytest.approx((high - low) / (2 * h), rel=1e-6, abs=1e-6)


def test_hypergradients_reach_the_start():
    model = network()
    start = model.layers[1].weight
    through_train(optim.Adam(0.02), model)[0].backward()
    k, h, found = (2, 5), 1e-5, []
    for step in (h, -h):
        other = network()
        other.layers[1].weight.data[k] += step
        found.append(through_train(optim.Adam(0.02), other)[0].item())
    assert start.grad[k] == pytest.approx((found[0] - found[1]) / (2 * h), rel=1e-6)


def test_it_trains_as_an_optimizer_does_and_gives_the_parameters_back():
    model, other, data = network(), network(), small.dataset()
    own, before = model.parameters(), model.state_dict()
    _, trial = through_train(optim.MAS(0.05), model)
    settings = {"epochs": 2, "batch_size": 16, "rng": np.random.default_rng(1)}
    expected = train(other, optim.Optimizer(other, optim.MAS(0.05)), data, **settings)
    assert trial.val_loss == pytest.approx(expected.val_loss, rel=1e-12)
    assert trial.train_loss == pytest.approx(expected.train_loss, rel=1e-12)
    assert all(p is q for p, q in zip(model.parameters(), own, strict=True))
    assert all((before[name] == x).all() for name, x in model.state_dict().items())


def test_a_failing_loop_gives_the_parameters_back_too():
    model = network()
    own = model.parameters()
    with pytest.raises(ZeroDivisionError), optim.Unrolled(model, optim.SGD()) as optimizer:
        optimizer.backward(cross_entropy(model(Tensor(small.dataset().x_train)), small.dataset().y_train))
        optimizer.step()
        raise ZeroDivisionError
    assert all(p is q for p, q in zip(model.parameters(), own, strict=True))


def test_gradients_add_up_until_they_are_forgotten():
    w = optim.Unrolled(np.array([1.0, 2.0]), optim.SGD(0.1))
    for _ in range(2):
        w.backward((w.model * w.model).sum())
    w.step()
    assert np.allclose(w.model.data, [0.6, 1.2])
    w.zero_grad()
    with pytest.raises(RuntimeError, match=r"call backward\(loss\) of this optimizer, not of the loss"):
        w.step()


def test_a_parameter_without_requires_grad_stays():
    model = network()
    model.layers[1].bias.requires_grad = False
    with optim.Unrolled(model, optim.SGD(0.5)) as optimizer:
        frozen, free = model.layers[1].bias, model.layers[4].bias
        optimizer.backward(cross_entropy(model(Tensor(small.dataset().x_train)), small.dataset().y_train))
        optimizer.step()
        assert model.layers[1].bias is frozen and model.layers[4].bias is not free
        assert [layer.name for layer in optimizer.layers] == ["dense1.weight", "dense2.weight", "dense2.bias"]


def tied():
    """A network with a layer that is used twice, and a bias that two layers share, in a list, a dict and a tuple."""
    dense = lambda n, m, seed: nn.Dense(n, m, np.random.default_rng(seed), "float64")

    class Tied(nn.Module):
        def __init__(self):
            self.first, self.twice = dense(16, 3, 0), [dense(3, 3, 1)]
            self.last = {"again": self.twice[0], "new": dense(3, 3, 2)}
            self.last["new"].bias = self.first.bias
            self.scales = (Tensor(np.ones(3), requires_grad=True), 7)

        def forward(self, x):
            x = self.first(x.reshape(x.shape[0], 16)) * self.scales[0]
            return self.last["new"](self.last["again"](self.twice[0](x)))

    return Tied()


def test_a_parameter_that_is_there_twice_trains_once_and_is_itself_again_afterwards():
    rate = number(0.1)
    model = tied()
    before = dict(model.named_parameters())
    loss, trial = through_train(optim.SGD(rate, momentum=0.9), model)
    assert [p is before[name] for name, p in model.named_parameters()] == [True] * 6
    assert model.scales == (before["scales.0"], 7) and model.last["again"] is model.twice[0]
    other = tied()
    plain = optim.Optimizer(other, optim.SGD(0.1, momentum=0.9))
    recorded = train(other, plain, small.dataset(), epochs=2, batch_size=16, rng=np.random.default_rng(1))
    assert trial.val_loss == pytest.approx(recorded.val_loss, rel=1e-12)
    loss.backward()
    high, low = (through_train(optim.SGD(0.1 + h, momentum=0.9), tied())[0].item() for h in (1e-6, -1e-6))
    assert rate.grad == pytest.approx((high - low) / 2e-6, rel=1e-6)


def test_a_parameter_that_is_given_twice_is_refused():
    p = number(1.0)
    with pytest.raises(ValueError, match="Unrolled got the parameter 'a' twice, again as 'b'"):
        optim.Unrolled({"a": p, "b": p}, optim.SGD())


TENSORS = {
    "adam": lambda n: optim.Adam(n(1e-3), b1=n(0.8), eps=n(1e-6), weight_decay=n(0.1)),
    "mas": lambda n: optim.MAS(n(1e-2), gamma=n(0.3), combine="sum"),
    "schedule": lambda n: optim.SGD(optim.WarmUp(optim.Cosine(n(1e-2), 9), 4), momentum=n(0.9)),
    "split": lambda n: optim.LayerSplit({"*weight": optim.Adam(n(1e-3)), "*": optim.SGD(n(1e-2))}),
    "swats": lambda n: optim.SWATS(n(1e-3), b1=n(0.8), tolerance=n(1e3)),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", TENSORS)
def test_hyperparameters_that_are_tensors_train_bit_for_bit_as_numbers(kind, dtype, backend):
    gs = gradients(20, dtype=dtype)
    given = []
    rule = TENSORS[kind](lambda x: given.append(number(x)) or given[-1])
    path = run(rule, gs)
    assert path[-1]["scale"].dtype == dtype
    assert same(path, run(TENSORS[kind](float), gs))
    assert all(x.grad is None for x in given) and rule == TENSORS[kind](float)


def test_a_tensor_that_changes_changes_the_steps():
    gs, lr = gradients(2), number(1e-2)
    w = Tensor(np.ones(1), requires_grad=True)
    optimizer = optim.Optimizer([("w", w)], optim.SGD(lr))
    for rate in (1e-2, 0.5):
        lr.data[...] = rate
        w.grad, before = np.array([gs[0]["scale"]]), to_host(w.data).copy()
        optimizer.step()
        assert before - w.data == pytest.approx(rate * gs[0]["scale"])


def test_train_takes_a_rule_of_tensors():
    trials, weights = [], []
    for n in (number, float):
        model = small.network()
        optimizer = optim.Optimizer(model, optim.MAS(n(0.05), gamma=n(0.3)))
        trials.append(train(model, optimizer, small.dataset(), epochs=2, batch_size=16, rng=np.random.default_rng(0)))
        weights.append(optimizer.w.copy())
    assert trials[0].val_loss == trials[1].val_loss and (weights[0] == weights[1]).all()
    assert optimizer.w.dtype == np.float32
