"""Training as a function: its derivatives are those of runs of the Optimizer beside each other."""

import numpy as np
import pytest

from minimix import Tensor, nn, tanh, using
from minimix.backend import to_host
from minimix.optim import MAS, SGD, SWATS, Adam, Lion, Optimizer, unroll
from minimix.stepping import LANDSCAPES
from tests.optim.problem import RULES, give, has_a_part, numbers, refused
from tests.stepping.oracle import HEIGHT_AND_GRADIENT

DRAWN = {
    "lr": (3e-3, 2e-2), "eps": (5e-3, 2e-2), "b1": (0.5, 0.9), "b2": (0.8, 0.95), "momentum": (0.5, 0.9),
    "dampening": (0.1, 0.6), "weight_decay": (0.05, 0.2), "gamma": (0.3, 0.7), "alpha": (0.3, 0.8), "ls": (0.3, 0.9),
    "la": (0.3, 0.9), "radius": (0.5, 2.0), "factor": (0.3, 0.8), "floor": (1e-3, 5e-3),
}  # fmt: skip
HORIZONS = (1, 2, 3, 5, 8, 13, 21, 34, 50)


class OnLandscape:
    """Two points on a landscape and a number that draws them together: three layers."""

    def __init__(self, name):
        self.function, self.oracle = LANDSCAPES[name].function, HEIGHT_AND_GRADIENT[name]

    def start(self, rng):
        return {"conv1.weight": rng.normal(size=2), "dense1.bias": rng.normal(size=2), "scale": rng.normal(size=())}

    def given(self, start):
        return {name: Tensor(x, requires_grad=True) for name, x in start.items()}

    def loss(self, p):
        a, b, s = p.values()
        return self.function(a) + self.function(b) + 0.5 * s**2 + 0.1 * s * (a * b).sum()

    def height_and_gradient(self, p, t):
        a, b, s = p.values()
        (y, g), (z, h) = self.oracle(*a), self.oracle(*b)
        y += z + 0.5 * s**2 + 0.1 * s * (a * b).sum()
        return y, dict(zip(p, (np.array(g) + 0.1 * s * b, np.array(h) + 0.1 * s * a, s + 0.1 * (a @ b)), strict=True))


class Net(nn.Module):
    """Two layers and a number, under names that the patterns of the tests' rules know."""

    def __init__(self, start):
        rng = np.random.default_rng(0)
        self.conv1, self.dense1 = nn.Dense(3, 4, rng), nn.Dense(4, 2, rng)
        self.scale = Tensor(start["scale"], requires_grad=True)
        for name, p in self.named_parameters():
            p.data = start[name].copy()

    def forward(self, x):
        return self.scale * self.dense1(tanh(self.conv1(x)))


class SmallNet:
    """A network of 25 parameters; each step has a batch of its own, and an input is always 0."""

    def __init__(self):
        rng = np.random.default_rng(3)
        self.x, self.y = rng.normal(size=(51, 5, 3)), rng.normal(size=(51, 5, 2))
        self.x[:, :, 1] = 0

    def start(self, rng):
        shapes = {"scale": (), "conv1.weight": (4, 3), "conv1.bias": (4,), "dense1.weight": (2, 4), "dense1.bias": (2,)}
        return {name: rng.normal(size=shape) for name, shape in shapes.items()}

    def given(self, start):
        return Net(start)

    def loss(self, net, t):
        return ((net(self.x[t - 1]) - self.y[t - 1]) ** 2).mean()

    def height_and_gradient(self, p, t):
        x, y = self.x[t - 1], self.y[t - 1]
        hidden = np.tanh(x @ p["conv1.weight"].T + p["conv1.bias"])
        out = hidden @ p["dense1.weight"].T + p["dense1.bias"]
        error = p["scale"] * out - y
        g_out = p["scale"] * error / 5
        g_hidden = (g_out @ p["dense1.weight"]) * (1 - hidden**2)
        parts = (error * out).sum() / 5, g_hidden.T @ x, g_hidden.sum(0), g_out.T @ hidden, g_out.sum(0)
        return (error**2).mean(), dict(zip(p, parts, strict=True))


PROBLEMS = {"rotated": OnLandscape("rotated"), "staircase": OnLandscape("staircase"), "network": SmallNet()}


def trained(problem, start, rule, steps):
    """The loss after some steps of an Optimizer, on arrays."""
    parameters = [(name, Tensor(x.copy(), requires_grad=True)) for name, x in start.items()]
    optimizer = Optimizer(parameters, rule)
    for t in range(1, steps + 2):
        y, g = problem.height_and_gradient({name: p.data for name, p in parameters}, t)
        if t <= steps:
            give(parameters, g)
            optimizer.step()
    return float(y)


def slope(f, x, h):
    """(f'(x), whether it can be told): by differences of two widths, extrapolated; from the right where x is 0.

    Where a sign, a branch or a switch differs between the points, the two widths disagree.
    """

    def difference(h):
        if x == 0:
            return (4 * f(h) - f(2 * h) - 3 * f(0.0)) / (2 * h)
        return (f(x + h) - f(x - h)) / (2 * h)

    wide, narrow = difference(h), difference(h / 2)
    return (4 * narrow - wide) / 3, abs(wide - narrow) < 3e-7 * max(1, abs(narrow))


def drawn(kind, rng):
    """A rule of a kind with hyperparameters drawn, and which of them the loss depends on: [(owner, name)]."""
    rule, chosen = RULES[kind](), []
    for owner, name in numbers(rule):
        x = vars(owner)[name]
        if isinstance(x, float):
            vars(owner)[name] = float(rng.uniform(*DRAWN[name])) if x and name in DRAWN else x
            chosen.append((owner, name))
    return rule, [(owner, name) for owner, name in chosen if has_a_part(owner, name) and not refused(owner, name)]


def hypergradients(problem, start, rule, chosen, steps):
    """(loss, [its derivatives in the chosen hyperparameters], {parameter: gradient}), by unroll."""
    before, given = [vars(owner)[name] for owner, name in chosen], problem.given(start)
    tensors = [Tensor(np.float64(x), requires_grad=True) for x in before]
    for (owner, name), x in zip(chosen, tensors, strict=True):
        vars(owner)[name] = x
    y = unroll(problem.loss, given, rule, steps)
    y.backward()
    for (owner, name), x in zip(chosen, before, strict=True):
        vars(owner)[name] = x
    named = given if isinstance(given, dict) else dict(given.named_parameters())
    return y.item(), [0.0 if x.grad is None else x.grad.item() for x in tensors], {k: p.grad for k, p in named.items()}


def compare(problem, kind, rng):
    """[(what, derivative by unroll, by differences, whether these can be told)] of a run that is drawn."""
    rule, chosen = drawn(kind, rng)
    start, steps = problem.start(rng), int(rng.choice(HORIZONS))
    y, found, g = hypergradients(problem, start, rule, chosen, steps)
    assert y == pytest.approx(trained(problem, start, rule, steps), rel=1e-9), (kind, steps)
    rows = []
    for (owner, name), derivative in zip(chosen, found, strict=True):
        x = vars(owner)[name]

        def f(value, owner=owner, name=name):
            vars(owner)[name] = value
            return trained(problem, start, rule, steps)

        h = 3e-5 * (x if x > 1 else min(x, 1 - x) if x else 1)
        rows.append((f"{kind}: {name}, {steps} steps", derivative, *slope(f, x, h)))
        vars(owner)[name] = x
    towards = {name: rng.normal(size=np.shape(x)) for name, x in start.items()}

    def along(h):
        return trained(problem, {name: x + (h - 1) * towards[name] for name, x in start.items()}, rule, steps)

    derivative = sum(float(np.sum(g[name] * towards[name])) for name in start)
    return [*rows, (f"{kind}: start, {steps} steps", derivative, *slope(along, 1, 2e-6))]


ROUNDS = 2


@pytest.mark.parametrize("name", PROBLEMS)
def test_hypergradients_of_every_rule_are_central_differences(name):
    rng, redrawn, wrong = np.random.default_rng(5), [], []
    for kind in [*RULES] * ROUNDS:
        rows = compare(PROBLEMS[name], kind, rng)
        while not all(told for *_, told in rows):
            redrawn.append(kind)
            rows = compare(PROBLEMS[name], kind, rng)
        wrong += [row for row in rows if not abs(row[1] - row[2]) <= 1e-6 * max(1, abs(row[2]))]
    assert not wrong, wrong
    assert len(redrawn) <= 0.1 * ROUNDS * len(RULES), redrawn


def test_zero_is_among_the_values_that_are_compared():
    found = {
        name for kind in RULES for owner, name in drawn(kind, np.random.default_rng(0))[1] if not vars(owner)[name]
    }
    assert found == {"weight_decay", "momentum", "dampening", "floor"}


def test_hypergradients_of_sgd_on_a_parabola_are_those_of_its_closed_form():
    c, w, lr, steps = 3.0, 2.0, 0.1, 7
    start, rate = (Tensor(np.float64(x), requires_grad=True) for x in (w, lr))
    unroll(lambda w: 0.5 * c * w**2, start, SGD(rate), steps).backward()
    end = (1 - lr * c) ** steps * w
    assert start.grad == pytest.approx(c * end * (1 - lr * c) ** steps, rel=1e-12)
    assert rate.grad == pytest.approx(-c * end * steps * c * (1 - lr * c) ** (steps - 1) * w, rel=1e-12)


@pytest.mark.parametrize("steps", [1, 4, 12])
@pytest.mark.parametrize("momentum", [0.0, 0.8])
def test_hypergradients_of_sgd_can_be_differentiated_again(momentum, steps):
    problem = PROBLEMS["staircase"]
    start = problem.start(np.random.default_rng(1))

    def hypergradient(lr, create_graph=False):
        rate = Tensor(np.float64(lr), requires_grad=True)
        unroll(problem.loss, problem.given(start), SGD(rate, momentum), steps).backward(create_graph=create_graph)
        return rate, rate.grad

    rate, first = hypergradient(0.02, create_graph=True)
    rate.grad = None
    first.backward()
    expected, told = slope(lambda lr: float(hypergradient(lr)[1]), 0.02, 1e-6)
    assert told and abs(rate.grad - expected) <= 1e-6 * max(1, abs(expected))


def test_what_only_moves_a_switch_or_a_sign_has_no_derivative():
    problem = PROBLEMS["network"]
    start = problem.start(np.random.default_rng(1))
    for rule, owner in ((SWATS(0.01, tolerance=1.0), "tolerance"), (Lion(0.01), "b1"), (Lion(0.01), "b2")):
        _, (none, some), _ = hypergradients(problem, start, rule, [(rule, owner), (rule, "lr")], 9)
        assert none == 0 and some != 0


@pytest.mark.parametrize("kind", RULES)
def test_a_weight_that_never_has_a_gradient_makes_no_nan(kind):
    """The square root of its v has an infinite slope at 0."""
    rule, chosen = drawn(kind, rng := np.random.default_rng(2))
    _, found, g = hypergradients(PROBLEMS["network"], PROBLEMS["network"].start(rng), rule, chosen, 4)
    assert np.all(np.isfinite(found)) and all(np.all(np.isfinite(x)) for x in g.values())


@pytest.mark.parametrize("kind", RULES)
def test_hypergradients_are_the_same_on_the_device(device, kind):
    def found():
        rng = np.random.default_rng(2)
        rule, chosen = drawn(kind, rng)
        y, gradients, g = hypergradients(PROBLEMS["rotated"], PROBLEMS["rotated"].start(rng), rule, chosen[::2], 3)
        return [y, *gradients, *(to_host(x) for x in g.values())]

    expected = found()
    with using(device):
        for x, right in zip(found(), expected, strict=True):
            np.testing.assert_allclose(x, right, rtol=1e-10)


def test_a_start_may_be_a_module_a_dict_or_an_array():
    problem = PROBLEMS["network"]
    start = problem.start(np.random.default_rng(1))
    net, x, y = Net(start), problem.x[0], problem.y[0]

    def apart(p):
        hidden = tanh(x @ p["conv1.weight"].T + p["conv1.bias"])
        return ((p["scale"] * (hidden @ p["dense1.weight"].T + p["dense1.bias"]) - y) ** 2).mean()

    def flat(w):
        ends = np.cumsum([part.size for part in start.values()])
        parts = zip(start.items(), ends, strict=True)
        return apart({name: w[end - part.size : end].reshape(part.shape) for (name, part), end in parts})

    whole = np.concatenate([part.ravel() for part in start.values()])
    found = [
        unroll(loss, begin, Adam(0.1), 5).item()
        for loss, begin in ((lambda net: ((net(x) - y) ** 2).mean(), net), (apart, start), (flat, whole))
    ]
    np.testing.assert_allclose(found, found[0], rtol=1e-12)


def test_the_start_is_as_it_was_even_where_the_loss_fails():
    start = PROBLEMS["network"].start(np.random.default_rng(1))
    net, calls = Net(start), []
    parameters = dict(net.named_parameters())

    def loss(net, t):
        calls.append(t)
        if t == 4:
            raise ArithmeticError("as it was told to")
        return PROBLEMS["network"].loss(net, t)

    unroll(loss, net, SGD(0.1), 2)
    with pytest.raises(ArithmeticError):
        unroll(loss, net, SGD(0.1), 5)
    assert calls == [1, 2, 3, 1, 2, 3, 4]
    now = dict(net.named_parameters())
    assert all(now[name] is p and np.array_equal(p.numpy(), start[name]) for name, p in parameters.items())


def test_no_step_is_the_loss_itself_and_a_loss_that_ignores_the_parameters_moves_nothing():
    w = Tensor(np.array([1.0, -2.0]), requires_grad=True)
    y = unroll(lambda w: (w**3).sum(), w, Adam(), 0)
    y.backward()
    assert y.item() == -7 and w.grad.tolist() == [3, 12]
    constant = Tensor(np.float64(3.0), requires_grad=True)
    assert unroll(lambda w, t: (w**3).sum() if t == 4 else constant * 1, np.array([1.0, -2.0]), Adam(), 3).item() == -7


def nodes(y):
    seen, stack = set(), [y]
    while stack:
        node = stack.pop()
        if isinstance(node, Tensor) and node not in seen:
            seen.add(node)
            stack += node._inputs
    return len(seen)


def test_memory_grows_in_proportion_to_the_steps():
    problem = PROBLEMS["staircase"]
    start = problem.start(np.random.default_rng(1))
    rate = Tensor(np.float64(0.01), requires_grad=True)
    four, eight, sixteen = (nodes(unroll(problem.loss, start, MAS(rate), steps)) for steps in (4, 8, 16))
    assert sixteen - eight == 2 * (eight - four) > 0


ONE = "unroll: loss must return a Tensor with one element"


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        ({"steps": -1}, ValueError, "unroll: steps must be an integer at least 0, got -1"),
        ({"steps": 2.0}, ValueError, "unroll: steps must be an integer at least 0, got 2.0"),
        ({"steps": True}, ValueError, "unroll: steps must be an integer at least 0, got True"),
        ({"rule": "adam"}, TypeError, "unroll: rule must be an update rule, got 'adam'"),
        ({"loss": 3}, TypeError, "unroll: loss must be a function of the parameters, got 3"),
        ({"loss": lambda w: w}, ValueError, f"{ONE}, got one of shape (2,)"),
        ({"loss": lambda w: 3.0}, ValueError, f"{ONE}, got 3.0"),
        ({"start": {}}, ValueError, "Unrolled got no parameter that requires a gradient"),
        ({"start": np.arange(2)}, TypeError, "requires_grad=True needs a floating dtype, got int64"),
    ],
)  # fmt: skip
def test_what_unroll_refuses(given, error, sentence):
    call = {"loss": lambda w: (w * w).sum(), "start": np.ones(2), "rule": SGD(), "steps": 2} | given
    with pytest.raises(error) as caught:
        unroll(**call)
    assert str(caught.value) == sentence
