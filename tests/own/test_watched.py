"""A call of a reader's rule or schedule that goes wrong gets one sentence, and the weights stay as they were."""

import copy

import numpy as np
import pytest

from minimix import Tensor
from minimix.backend import to_host
from minimix.optim import MAS, SGD, Cosine, LayerSplit, Optimizer, State
from minimix.own import watched
from minimix.own.rules import make, rule, schedule_class
from tests.optim.problem import give, gradients, model, run, same, values

CODE = """\
import numpy as np
from minimix.optim import Rule

class Fine(Rule):
    def propose(self, w, g, state): return g, 0.01
class Wide(Rule):
    def propose(self, w, g, state): return g, 0.01 + 0 * g
class Nothing(Rule):
    def propose(self, w, g, state): pass
class Alone(Rule):
    def propose(self, w, g, state): return g
class Short(Rule):
    def propose(self, w, g, state): return g[:3], 0.01
class Number(Rule):
    def propose(self, w, g, state): return 1.0, 0.01
class Word(Rule):
    def propose(self, w, g, state): return g, "fast"
class Rates(Rule):
    def propose(self, w, g, state): return g, g[:2]
class Nan(Rule):
    def propose(self, w, g, state): return g * float("nan"), 0.01
class Hole(Rule):
    def propose(self, w, g, state):
        i = state.layers[2].slice
        d = 1.0 * g
        d[i] = d[i] / 0
        return d, 0.01
class Rate(Rule):
    def propose(self, w, g, state): return g, float("inf")
class Later(Rule):
    def propose(self, w, g, state): return g / (0 if state.t > 3 else 1), 0.01
class Complex(Rule):
    def propose(self, w, g, state): return g * 1j, 0.01
class InPlace(Rule):
    def propose(self, w, g, state):
        w -= 0.01 * g
        return g, 0.0
class Gradient(Rule):
    def propose(self, w, g, state):
        g[...] = 0
        return g, 0.0
class Alias(Rule):
    def propose(self, w, g, state):
        m = state.setdefault("m", g)
        m *= 0.9
        return m, 0.01
class Raising(Rule):
    def propose(self, w, g, state): return g[0, 1], 0.01
class Arguments(Rule):
    def propose(self, w, g): return g, 0.01
class Leaving(Rule):
    def propose(self, w, g, state): raise SystemExit
class Endless(Rule):
    def propose(self, w, g, state):
        while state.t == 2: pass
        return g, 0.01
class Unrated(Rule):
    def __init__(self, lr): self.lr = lr
    def propose(self, w, g, state): return g, self.lr
class InNumpy(Rule):
    def propose(self, w, g, state): return np.sign(g), 0.01
def nothing(w, g, state, t): pass
def word(w, g, state, t): return "w"
def flat(w, g, state, t): return np.ravel(w)
def nan(w, g, state, t): return w * np.nan
def in_place(w, g, state, t):
    w -= 0.01 * g
    return w
def none(t): pass
def infinite(t): return float("inf")
def failing(t): return 1 / (2 - t)
def slow(t):
    while t == 2: pass
    return 0.01
"""
N = sum(p.size for _, p in model())


@pytest.fixture
def my(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.py").write_text(CODE)
    return "my.py:{}".format


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Nothing", "returned nothing at step 1; a rule proposes two things, a direction and a step size"),
        ("Alone", "returned a ndarray at step 1; a rule proposes two things, a direction and a step size"),
        ("Short", f"returned a direction of shape (3,) at step 1, but w has shape ({N},)"),
        ("Number", f"returned a direction of a float at step 1, but w has shape ({N},)"),
        ("Word", f"returned a step size of a str at step 1; it is a number, or an array of w's shape ({N},)"),
        ("Rates", f"returned a step size of shape (2,) at step 1; it is a number, or an array of w's shape ({N},)"),
        ("Nan", "returned a direction that is not finite at step 1, in conv1.weight, though w and g are"),
        ("Hole", "returned a direction that is not finite at step 1, in dense1.weight, though w and g are"),
        ("Rate", "returned a step size that is not finite at step 1, though w and g are"),
        ("Complex", "returned a direction of complex128 at step 1; it takes real numbers"),
        ("InPlace", "changes w or g in place at step 1, line 36 (`w -= 0.01 * g`): ValueError: "),
        ("Gradient", "changes w or g in place at step 1, line 40 (`g[...] = 0`): ValueError: "),
        ("Alias", "changes w or g in place at step 1, line 45 (`m *= 0.9`): ValueError: "),
        ("Raising", "fails at step 1: line 48 (`def propose(self, w, g, state): return g[0, 1], 0.01`): IndexError: "),
        ("Arguments", "fails at step 1: Arguments.propose() takes 3 positional arguments but 4 were given"),
        ("Leaving", "fails at step 1: line 52 (`def propose(self, w, g, state): raise SystemExit`): SystemExit"),
        ("nothing", "fails at step 1: it returned nothing for conv1.weight; it must return the new w"),
        ("word", "fails at step 1: it returned a str for conv1.weight; it must return the new w"),
        ("flat", "fails at step 1: it returned a new w of shape (48,) for conv1.weight, whose w has (4, 2, 2, 3)"),
        ("nan", "returned a new w that is not finite at step 1, in conv1.weight, though w and g are"),
        ("in_place", "changes w or g in place at step 1, line 67 (`w -= 0.01 * g`): ValueError: "),
    ],
)
def test_a_proposal_that_is_none_gets_a_sentence(my, name, sentence):
    parameters = model()
    before = values(parameters)
    with np.errstate(all="ignore"), pytest.raises(ValueError) as caught:
        run(rule(my(name)), gradients(2), parameters)
    assert str(caught.value).startswith(f"my.py:{name} {sentence}")
    assert all(np.array_equal(w, before[key]) for key, w in values(parameters).items())


def test_so_it_does_inside_other_rules(my):
    for outer in (MAS(s=rule(my("Short"))), LayerSplit({"dense*": rule(my("Short")), "*": SGD()})):
        with pytest.raises(
            ValueError, match=r"^my\.py:Short returned a direction of shape \(3,\) at step 1, but w has"
        ):
            run(outer, gradients(1))


def test_a_schedule_in_place_of_a_step_size_is_answered_with_what_gives_one(my):
    with pytest.raises(ValueError, match=r"returned a step size of a Cosine at step 1; .*; self\.eta\(state\) is what"):
        run(rule(my("Unrated"), lr=Cosine(0.1, 3)), gradients(1))


def test_numpy_where_a_rule_runs_on_tensors_is_answered_with_our_operators(my):
    own, layers = rule(my("InNumpy")), Optimizer(model(), SGD()).layers
    assert same(run(own, gradients(1)), run(SGD(0.01), [{k: np.sign(g) for k, g in gradients(1)[0].items()}]))
    w = Tensor(np.ones(N), requires_grad=True)
    with pytest.raises(
        ValueError, match=r"InNumpy fails at step 1: line 61 .*; here it runs on Tensors: write minimix"
    ):
        own(w, w, State(layers))


@pytest.mark.parametrize("name", ["Fine", "Wide"])
def test_a_right_one_does_what_it_would_do_unwatched(my, name):
    assert same(run(rule(my(name)), gradients(6)), run(SGD(0.01), gradients(6)))


def test_a_right_one_works_on_every_array_module(my, backend):
    parameters, gs = model(dtype=np.float32), gradients(3, dtype=np.float32)
    run(rule(my("Fine")), gs, parameters)
    expected = run(SGD(0.01), gs)[-1]
    assert all(np.array_equal(w, expected[key]) for key, w in values(parameters).items())
    with pytest.raises(ValueError, match="that is not finite at step 1, in dense1"), np.errstate(all="ignore"):
        run(rule(my("Hole")), gs)


def test_numbers_that_are_not_finite_later_are_the_run_s_own_affair(my):
    with np.errstate(all="ignore"):
        assert not np.isfinite(run(rule(my("Later")), gradients(5))[-1]["scale"])


def test_they_are_where_the_gradient_was_not_finite_either(my):
    gs = gradients(1)
    gs[0]["scale"] = np.asarray(np.nan)
    assert np.isnan(run(rule(my("Fine")), gs)[-1]["scale"])


def test_the_gradient_and_the_weights_can_be_written_afterwards(my):
    optimizer = Optimizer(parameters := model(), rule(my("Fine")))
    give(parameters, gradients(1)[0])
    optimizer.step()
    optimizer.w[0] = optimizer.g[0] = 3


def test_a_rule_that_gets_other_arrays_gets_these_read_only_too(my):
    parameters, gs = model(), gradients(3)
    with pytest.raises(ValueError, match="in place at step 1"):
        run(rule(my("InPlace")), gs, parameters, clip_norm=1.0)
    clipped = run(rule(my("Fine")), gs, clip_norm=1.0)
    assert same(clipped, run(SGD(0.01), gs, clip_norm=1.0))


def test_a_call_that_never_ends_is_stopped(my, monkeypatch):
    monkeypatch.setattr(watched, "SECONDS", 0.1)
    parameters, gs = model(), gradients(2)
    after_one = run(rule(my("Fine")), gs[:1])[-1]
    with pytest.raises(RuntimeError) as caught:
        run(rule(my("Endless")), gs, parameters)
    assert str(caught.value) == (
        "my.py:Endless was stopped after 0.1 seconds at step 2 in line 55 (`while state.t == 2: pass`): a loop in it "
        "does not end, or it is too slow"
    )
    assert all(np.array_equal(w, after_one[key]) for key, w in values(parameters).items())


def test_a_copy_of_the_state_goes_on_alike(my):
    optimizer = Optimizer(parameters := model(), rule(my("Fine")))
    give(parameters, gradients(1)[0])
    optimizer.step()
    other = copy.deepcopy(optimizer.state)
    d, eta = optimizer.rule(optimizer.w, optimizer.g, other)
    assert np.array_equal(to_host(d), optimizer.g) and eta == 0.01 and other.t == 2


@pytest.mark.parametrize(
    ("name", "error", "sentence"),
    [
        ("none", ValueError, "my.py:none returned nothing at t = 1; a schedule returns a finite number"),
        ("infinite", ValueError, "my.py:infinite returned inf at t = 1; a schedule returns a finite number"),
        ("failing", ValueError, "my.py:failing fails at t = 2: line 71 (`def failing(t): return 1 / (2 - t)`): Zero"),
        ("slow", RuntimeError, "my.py:slow was stopped after 0.1 seconds at t = 2 in line 73 (`while t == 2: pass`)"),
    ],
)
def test_a_schedule_that_goes_wrong_gets_a_sentence(my, monkeypatch, name, error, sentence):
    monkeypatch.setattr(watched, "SECONDS", 0.1)
    with pytest.raises(error) as caught:
        run(SGD(make(schedule_class(my(name)), {})), gradients(2))
    assert str(caught.value).startswith(sentence)
