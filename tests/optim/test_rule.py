"""What holds for every update rule."""

import importlib.util

import numpy as np
import pytest

import minimix
from minimix import Tensor, nn
from minimix.backend import to_host
from minimix.optim import MAS, SGD, Adam, Freeze, LayerSplit, Lookahead, Optimizer, Rule, WarmUp, unroll
from tests.explain.shown import assert_formulas_hold
from tests.optim.problem import (
    RULES,
    SHAPES,
    give,
    gradients,
    has_a_part,
    model,
    numbers,
    refused,
    run,
    same,
    states,
    values,
)


@pytest.mark.parametrize("kind", RULES)
def test_float32_stays_float32(backend, kind):
    parameters = model(dtype=np.float32)
    optimizer = Optimizer(parameters, RULES[kind]())
    for g in gradients(3, dtype=np.float32):
        give(parameters, g)
        optimizer.step()
    d, eta = optimizer.rule(optimizer.w, optimizer.g, optimizer.state)
    assert d.dtype == np.float32
    assert type(eta) is float or eta.dtype == np.float32
    assert all(p.dtype == np.float32 for _, p in parameters)
    assert all(array.dtype == np.float32 for state in states(optimizer.state) for array in state.values())


@pytest.mark.parametrize("kind", RULES)
def test_a_rule_leaves_the_weights_and_gradients_it_is_given_alone(kind):
    optimizer = Optimizer(parameters := model(), RULES[kind]())
    for g in gradients(3):
        give(parameters, g)
        optimizer.step()
        w, gradient = to_host(optimizer.w).copy(), to_host(optimizer.g).copy()
        optimizer.rule(optimizer.w, optimizer.g, optimizer.state)
        assert np.array_equal(optimizer.w, w)
        assert np.array_equal(optimizer.g, gradient)


def another(name, x):
    """Another value that a hyperparameter may have."""
    if name == "tolerance":
        return 1e-12 if x > 1 else 1e6
    return x + 1 if isinstance(x, int) else 3 * x if name in ("lr", "ls", "la", "radius", "factor") else 0.7 * x + 0.1


@pytest.mark.parametrize("kind", RULES)
def test_numbers_of_numpys_leave_float32_what_it_is(kind):
    gs, rule = gradients(4, dtype=np.float32), RULES[kind]()
    for owner, name in numbers(rule):
        x = getattr(owner, name)
        if isinstance(x, float) and not refused(owner, name):
            setattr(owner, name, np.float64(x))
    optimizer = Optimizer(parameters := model(dtype=np.float32), rule)
    for g in gs:
        give(parameters, g)
        optimizer.step()
    d, eta = rule(optimizer.w, optimizer.g, optimizer.state)
    assert (eta * d).dtype == np.float32
    assert same([values(parameters)], run(RULES[kind](), gs)[-1:])


@pytest.mark.parametrize("kind", RULES)
def test_an_optimizer_takes_tensors_for_numbers(backend, kind):
    gs, rule = gradients(3), RULES[kind]()
    for owner, name in list(numbers(rule)):
        if isinstance(vars(owner)[name], float) and not refused(owner, name):
            setattr(owner, name, Tensor(np.float64(vars(owner)[name]), requires_grad=True))
    found, expected = run(rule, gs)[-1], run(RULES[kind](), gs)[-1]
    for name in SHAPES:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-10)


@pytest.mark.parametrize("kind", RULES)
def test_a_number_that_is_changed_between_steps_counts_from_then_on(kind):
    gs = gradients(8)
    for i in range(len(list(numbers(RULES[kind]())))):
        rule = RULES[kind]()
        owner, name = list(numbers(rule))[i]
        optimizer = Optimizer(parameters := model(), rule)
        give(parameters, gs[0])
        optimizer.step()
        if refused(owner, name):
            with pytest.raises((AttributeError, ValueError), match=f"mas: {name} has no part|sgd: nesterov=True needs"):
                setattr(owner, name, another(name, getattr(owner, name)))
            continue
        setattr(owner, name, another(name, getattr(owner, name)))
        for g in gs[1:]:
            give(parameters, g)
            optimizer.step()
        assert same([values(parameters)], run(RULES[kind](), gs)[-1:]) != has_a_part(owner, name), (owner, name)


def test_freeze_leaves_everything_as_it_is(backend):
    parameters, gs = model(), gradients(2)
    gs[0]["scale"] = np.asarray(np.inf)
    before = values(parameters)
    after = run(Freeze(), gs, parameters)[-1]
    assert all(np.array_equal(before[name], after[name]) for name in SHAPES)


@pytest.mark.parametrize("kind", RULES)
def test_rules_are_equal_when_they_are_written_alike(kind):
    others = [make() for other, make in RULES.items() if other != kind]
    assert RULES[kind]() == RULES[kind]()
    assert RULES[kind]() not in others


def test_repr_is_the_call():
    assert repr(SGD(0.1)) == "SGD(lr=0.1, momentum=0.0, dampening=0.0, nesterov=False, weight_decay=0.0)"
    assert repr(Freeze()) == "Freeze()"
    scope = {cls.__name__: cls for cls in (MAS, SGD, Adam, LayerSplit, Freeze)}
    rule = LayerSplit({"a": MAS(s=SGD(0.1), a=Adam(b1=0.0)), "*": Freeze()})
    assert eval(repr(rule), scope) == rule


def test_a_rule_must_propose():
    with pytest.raises(NotImplementedError, match=r"Rule has no propose\(self, w, g, state\)"):
        run(Rule(), gradients(1))


FILE = """
from minimix.ops import sqrt
from minimix.optim import Rule


class Grams(Rule):
    def __init__(self, lr=0.05, fade=0.8, eps=1e-3):
        self.lr, self.fade, self.eps = lr, fade, eps

    def propose(self, w, g, state):
        grams = state.sum("grams", abs(g), self.fade)
        d = g / (sqrt(grams) + self.eps)
        return d, self.lr / state.t**0.5
"""


@pytest.fixture(scope="module")
def grams(tmp_path_factory):
    """A rule from a file of its own, which nothing in minimix knows."""
    path = tmp_path_factory.mktemp("own") / "grams.py"
    path.write_text(FILE, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("grams", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Grams


def fading(t, w, g, kept):
    """The same rule in NumPy, once more."""
    kept["grams"] = 0.8 * kept.get("grams", 0) + abs(g)
    return w - 0.05 / t**0.5 * g / (np.sqrt(kept["grams"]) + 1e-3)


def test_a_rule_from_a_file_of_its_own_trains_and_goes_on_from_its_state(backend, grams):
    gs = gradients(12)
    w, kept = values(model()), {name: {} for name in SHAPES}
    for t, g in enumerate(gs, 1):
        w = {name: fading(t, w[name], g[name], kept[name]) for name in SHAPES}
    for name, x in run(grams(), gs)[-1].items():
        np.testing.assert_allclose(x, w[name], rtol=1e-12)
    first = Optimizer(parameters := model(), grams())
    for g in gs[:5]:
        give(parameters, g)
        first.step()
    again = Optimizer(parameters, grams())
    again.load_state_dict(first.state_dict())
    for g in gs[5:]:
        give(parameters, g)
        again.step()
    assert same([values(parameters)], run(grams(), gs)[-1:])


def test_a_rule_from_a_file_of_its_own_stands_inside_others(grams):
    gs = gradients(4)
    assert same(run(MAS(s=grams(), a=Adam(), gamma=0.0), gs), run(grams(), gs))
    assert same(run(Lookahead(grams(), k=9), gs), run(LayerSplit({"*": grams()}), gs))


def test_a_rule_from_a_file_of_its_own_can_be_differentiated(grams):
    fade = Tensor(np.float64(0.8), requires_grad=True)

    def end(fade):
        return unroll(lambda w: (w**4).sum() + (w[0] - w[1]) ** 2, np.array([1.0, -2.0]), grams(fade=fade), 7)

    end(fade).backward()
    assert fade.grad == pytest.approx((end(0.8 + 1e-6).item() - end(0.8 - 1e-6).item()) / 2e-6, rel=1e-6)


def test_a_rule_from_a_file_of_its_own_has_a_page_text_pictures_and_a_table(grams, tmp_path):
    s = minimix.stepper([grams(), MAS(s=grams(0.01))], on="valley", steps=4)
    formulas = "grams = fade*grams_old + abs(g)", "d = g/(sqrt(grams) + eps)", "eta = lr/sqrt(t)"
    assert all(formula in s.text() for formula in formulas)
    assert_formulas_hold(s.runs[0])
    assert_formulas_hold(s.runs[1])
    kept, w = {}, np.array([-4.0, 1.5])
    for t, step in enumerate(s.runs[0].steps, 1):
        w = fading(t, w, w * [1, 25], kept)
        np.testing.assert_allclose(step["w_new"], w, rtol=1e-12)
        np.testing.assert_allclose(step["grams"], kept["grams"], rtol=1e-12)
    assert "grams" in s.html(tmp_path / "page.html") and "s.grams" in (tmp_path / "page.html").read_text("utf-8")
    assert "<iframe" in s._repr_html_()
    s.csv(tmp_path / "terms.csv")
    assert 'Grams(lr=0.05, fade=0.8, eps=0.001)",4,grams,y,' in (tmp_path / "terms.csv").read_text("utf-8")
    s.png(tmp_path / "sheet.png")
    assert (tmp_path / "sheet.png").stat().st_size > 10_000


REFUSED = {
    "negative": (lambda: (SGD(), "lr", -0.1), "sgd: lr must be a number above 0, got -0.1"),
    "text": (lambda: (Adam(), "b1", "0.9"), "adam: b1 must be a number at least 0 and below 1, got '0.9'"),
    "pair": (lambda: (MAS(), "ls", 0.3), "mas: ls and la go together, got ls=0.3, la=None"),
    "combination": (lambda: (MAS(), "combine", "sums"), "mas: combine must be one of .*did you mean 'sum'"),
    "inside": (lambda: (MAS(s=SGD()).s, "momentum", -1), "sgd: momentum must be a number at least 0, got -1"),
    "schedule": (lambda: (WarmUp(0.1, 5), "steps", 0), "WarmUp: steps must be an integer above 0, got 0"),
}


NONE = {"lookahead": (Lookahead(), "lr"), "split": (LayerSplit(), "lr"), "freeze": (Freeze(), "lr")}
NONE |= {"misspelt": (Adam(), "learning_rate"), "mas": (MAS(), "b1"), "schedule": (WarmUp(0.1, 5), "step")}


@pytest.mark.parametrize(("rule", "name"), NONE.values(), ids=NONE)
def test_a_number_that_a_rule_does_not_have_is_not_set_in_vain(rule, name):
    with pytest.raises(AttributeError, match=f"{type(rule).__name__} has no '{name}', it takes "):
        setattr(rule, name, 0.5)


@pytest.mark.parametrize("number", [np.float64, np.float32, np.float16])
def test_numpy_s_numbers_are_numbers(number):
    rule = SGD(number(0.5), momentum=number(0.25))
    assert rule == SGD(0.5, momentum=0.25) and type(rule.lr) is type(rule.momentum) is float
    rule.lr = number(0.125)
    assert type(rule.lr) is float and WarmUp(0.1, np.int64(5)).steps == 5


@pytest.mark.parametrize(("make", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_hyperparameter_is_changed_to_what_it_may_be_or_stays(make, sentence):
    owner, name, x = make()
    before = getattr(owner, name)
    with pytest.raises(ValueError, match=sentence):
        setattr(owner, name, x)
    assert getattr(owner, name) is before


def test_a_rule_of_one_s_own_may_set_its_hyperparameters_as_it_likes():
    class Own(Rule):
        def __init__(self, lr=0.1):
            self.lr = lr
            self.lr = float(self.lr) * 1
            self.made = True

        def propose(self, w, g, state):
            self.last = g
            return g, self.lr

    rule = Own()
    rule.lr = 0.5
    assert rule.hyperparameters() == {"lr": 0.5} and "last" not in vars(rule)
    assert same(run(rule, gradients(2)), run(Own(0.5), gradients(2)))


def test_the_patterns_of_a_split_are_settled_by_its_first_step():
    rule, gs = LayerSplit({"*weight": Adam(), "*": SGD()}), gradients(3)
    optimizer = Optimizer(parameters := model(), rule)
    give(parameters, gs[0])
    optimizer.step()
    rule.rules["*"].lr = 0.3
    optimizer.step()
    rule.rules["conv1.bias"] = SGD(0.5)
    with pytest.raises(
        ValueError, match=r"split: the patterns were \*weight, \*, now they are \*weight, \*, conv1.bias"
    ):
        optimizer.step()


def test_rules_given_parameters_as_in_pytorch_say_what_to_write():
    net = nn.Sequential(nn.Dense(2, 2, 0))
    for make in (
        lambda: SGD(net.parameters(), lr=0.1),
        lambda: SGD(net, lr=0.1),
        lambda: SGD(net.named_parameters(), lr=0.1),
        lambda: SGD((p for p in net.parameters()), lr=0.1),
        lambda: SGD([{"params": net.parameters()}], lr=0.1),
    ):
        with pytest.raises(
            TypeError, match=r"SGD is a rule and takes no parameters: write Optimizer\(model, SGD\(lr=0"
        ):
            make()
    with pytest.raises(TypeError, match=r"Adam has no 'betas', it takes lr, b1, .*: write b1=0.9, b2=0.999$"):
        Adam(betas=(0.9, 0.99))
    for name, meant in {"momemtum": "momentum", "mu": "momentum", "learning_rate": "lr", "wd": "weight_decay"}.items():
        with pytest.raises(TypeError, match=rf"SGD has no '{name}', .*; did you mean '{meant}'\?"):
            SGD(**{name: 0.9})
    with pytest.raises(TypeError, match=r"SGD has no 'betas', it takes .*weight_decay$"):
        SGD(betas=(0.9, 0.99))


def test_a_switch_is_true_or_false_and_a_rate_no_class():
    for make in (lambda: Adam(amsgrad="no"), lambda: SGD(0.1, 0.9, 0, 1), lambda: setattr(Adam(), "decoupled", None)):
        with pytest.raises(ValueError, match=r"^(adam|sgd): (amsgrad|nesterov|decoupled) must be True or False, got"):
            make()
    assert Adam(amsgrad=np.True_).amsgrad is True
    with pytest.raises(ValueError, match=r"sgd: lr must be a number above 0, got <class .*WarmUp"):
        SGD(WarmUp)


def test_a_default_rate_of_mas_is_its_own_alone():
    first, second = MAS(1e-3), MAS(1e-3)
    second.lr = 0.5
    gs = gradients(2)
    assert same(run(first, gs), run(MAS(1e-3), gs)) and same(run(second, gs), run(MAS(0.5), gs))


DEFAULTS = {
    "SGD": {"lr": 1e-2, "momentum": 0, "dampening": 0, "nesterov": False, "weight_decay": 0},
    "Adam": {"lr": 1e-3, "b1": 0.9, "b2": 0.999, "eps": 1e-8, "amsgrad": False, "weight_decay": 0, "decoupled": False},
    "MAS": {"lr": 1e-3, "gamma": 0.6, "combine": "linear", "branch_step": False},
    "AdaGrad": {"lr": 1e-2},
    "RMSprop": {"lr": 1e-2},
    "Lion": {"lr": 1e-4, "b1": 0.9, "b2": 0.99},
    "Muon": {"lr": 1e-3, "momentum": 0.95, "nesterov": True, "weight_decay": 0.1, "turns": 5},
    "SWATS": {"lr": 1e-3, "b1": 0.9, "b2": 0.999, "eps": 1e-9},
}  # the papers' and PyTorch's


@pytest.mark.parametrize("name", DEFAULTS)
def test_defaults_are_what_papers_and_pytorch_have(name):
    given = getattr(minimix.optim, name)().hyperparameters()
    assert {key: given[key] for key in DEFAULTS[name]} == DEFAULTS[name]


def test_a_rule_may_keep_a_tensor_of_several_numbers():
    class Scaled(Rule):
        def __init__(self, lr=0.5, scale=(1.0, 2.0)):
            self.lr, self.scale = lr, Tensor(np.array(scale))

        def propose(self, w, g, state):
            return g * self.scale.data, self.eta(state)

    p = Tensor(np.array([1.0, 1.0]), requires_grad=True)
    optimizer = Optimizer([("p", p)], Scaled())
    (p * 1.0).sum().backward()
    optimizer.step()
    assert p.data.tolist() == [0.5, 0.0]
