"""Formulas come from the rule that ran: a rule that nobody knows, or one whose code is changed, shows its own."""

import ast
import inspect
import sys
from pathlib import Path

import numpy as np
import pytest

import minimix
from minimix import Tensor, ops, optim
from minimix.explain.formulas import explain
from minimix.explain.notation import evaluate, text
from minimix.operators import operator
from minimix.optim import MAS, SGD, Adam, LayerSplit, Lion, Lookahead, Muon, Optimizer, Rule
from minimix.optim.watch import Names
from minimix.stepping import LANDSCAPES, stepper
from tests.explain.rules import ODD, RULES, Capped, Cycle, Damped, Newton, Odd, Own, Trust
from tests.explain.shown import assert_formulas_hold
from tests.optim.problem import give, gradients, model, same, trained, values


def formulas(rule, t=2):
    """{term: its formula} of a rule's step t."""
    run = stepper(rule, on="rotated", steps=t).runs[0]
    return {e.key: text(e) for e in run.steps[t - 1]["equations"]}


@pytest.mark.parametrize("landscape", LANDSCAPES)
def test_rules_that_stand_only_here_show_numbers_that_are_those_of_their_formulas(landscape):
    nested = [MAS(s=Own(), a=Damped(Lookahead(Newton(), k=3))), LayerSplit({"x": Capped(), "y": Trust()})]
    s = stepper([*(make() for make in RULES.values()), *nested], on=landscape, steps=100, seed=1)
    for run in s.runs:
        assert len(run.steps) == 100
        assert_formulas_hold(run)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Trust(), {"norm_w": "norm(w)", "trust": "norm_w/norm_h", "d": "trust*(g + wd*w)"}),
        (Capped(), {"limit": "limit_0/sqrt(t)", "d": "where(abs(g) > limit, limit*sign(g), g)"}),
        (Own(), {"p": "mu*p_old + g", "most": "max(norm(p), most_old)", "d": "p/most"}),
        (
            Damped(),
            {"root": "sign(g)*sqrt(abs(g))", "inner.m": "b1*m_old + (1 - b1)*root"},
        ),
        (Cycle(), {"phase": "t mod k", "cycle": "t // k", "eta": "lr/(1 + cycle)"}),
    ],
    ids=lambda x: type(x).__name__ if isinstance(x, Rule) else "",
)  # fmt: skip
def test_a_rule_of_ones_own_is_printed_as_it_is_written(rule, expected):
    assert expected.items() <= formulas(rule).items()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("propose", ODD, ids=lambda propose: propose.__name__)
def test_whatever_a_rule_does_it_is_shown_and_stays_what_it_is(propose, dtype):
    rule = type("Own", (Odd,), {"propose": propose})
    run = stepper(rule(), on="staircase", steps=12).runs[0]
    assert_formulas_hold(run)
    assert ODD[propose].items() <= {e.key: text(e) for e in run.steps[2]["equations"]}.items()
    gs = gradients(6, dtype=dtype)
    (w, state), (watched, state_watched) = (trained("own", gs, None, every, {"own": rule}) for every in (None, 1))
    assert same([w], [watched]) and all(np.array_equal(state[key], state_watched[key]) for key in state)
    optimizer = Optimizer(parameters := model(dtype=dtype), rule())
    give(parameters, gs[0])
    optimizer.step()
    optimizer.load_state_dict(optimizer.state_dict())
    for g in gs[1:]:
        give(parameters, g)
        optimizer.step()
    assert same([values(parameters)], [w])


def test_the_branch_that_was_taken_is_shown_and_why():
    assert formulas(Cycle(k=4), t=3)["d"] == "g" and formulas(Cycle(k=4), t=4)["d"] == "sign(total)"
    equations = stepper(Trust(), on="rotated", steps=1).runs[0].steps[0]["equations"]
    assert {e.key: e.when for e in equations if e.when} == {"trust": "norm_w > 0"}


def test_what_is_only_kept_for_later_steps_says_so_and_is_not_corrected():
    run = stepper("swats:lr=0.02,tolerance=0.01", on="rotated", steps=6).runs[0]
    first, last = ({e.key: e.group for e in run.steps[i]["equations"]} for i in (0, 5))
    assert first["m"] == first["m_hat"] == "SWATS" and first["lam"] == "SWATS, for later steps"
    assert last["u"] == "SWATS" and last["m"] == "SWATS, for later steps" and "m_hat" not in last


def test_a_loop_is_printed_once_a_turn():
    lengths = [sum(map(len, formulas(Newton(turns=turns)).values())) for turns in (4, 8, 12, 16)]
    first, second, third = np.diff(lengths)
    assert max(second, third) < 1.2 * first
    assert max(len(x) for x in formulas(Newton(turns=16)).values()) < 60


def test_a_formula_stands_under_the_rule_that_computed_it_after_what_it_needs():
    run = stepper(Damped(), on="rotated", steps=1).runs[0]
    groups = [(e.group, e.key) for e in run.steps[0]["equations"]]
    assert groups[0] == ("Damped", "root") and groups[1] == ("Adam (inner)", "inner.m")
    assert [group for group, key in groups if key == "d"] == ["Damped"]


MATRIX = {
    "muon": (
        lambda: Muon(0.1),
        ["b = mu*b_old + (1 - mu)*g", "h = (1 - mu)*g + mu*b", "d = o + wd*w", "dw = -eta*d", "w_new = w + Δw"],
    ),
    "mas": (
        lambda: MAS(s=Muon(nesterov=False, weight_decay=0.0), a=Lion()),
        [
            *("s.b = mu*b_old + (1 - mu)*g", "a.c = b1*m_old + (1 - b1)*g", "d_a = sign(c)"),
            *("ls = 1 - la", "d = ls*d_s + la*d_a", "eta_m = ls*eta_s + la*eta_a"),
            *("dw = -eta_m*d", "w_new = w + Δw", "a.m = b2*m_old + (1 - b2)*g"),
        ],
    ),
}


@pytest.mark.parametrize(("rule", "expected"), MATRIX.values(), ids=MATRIX)
def test_a_matrix_that_is_made_orthogonal_shows_what_came_before_and_after(rule, expected):
    rng = np.random.default_rng(0)
    w = Tensor(rng.standard_normal((3, 2)), requires_grad=True)
    optimizer, watched = Optimizer([("w", w)], rule()), []
    optimizer.watch(watched.append)
    for _ in range(3):
        w.grad, before = rng.standard_normal((3, 2)), w.numpy().ravel().copy()
        optimizer.step()
        equations, values, _ = explain(Names(watched[-1], optimizer.layers[0]), np.arange(6))
        assert [f"{e.key} = {text(e)}" for e in equations] == expected
        assert not any("later" in e.group for e in equations if e.key == "b")
        w_new = w.numpy().ravel()
        values |= {"w": before, "dw": w_new - before, "w_new": w_new}
        for e in equations:
            np.testing.assert_allclose(evaluate(e, values), values[e.key], rtol=1e-12, atol=1e-15 * (e.key == "dw"))


def test_an_operator_that_is_replaced_in_a_rule_is_replaced_on_the_page(monkeypatch):
    before = stepper(Adam(0.02), on="rotated", steps=5)
    monkeypatch.setattr("minimix.optim.adam.over_root", lambda a, b, c, eps: a / (abs(b) ** 0.25 + eps))
    after = stepper(Adam(0.02), on="rotated", steps=5)
    written = [{e.key: text(e) for e in s.runs[0].steps[4]["equations"]} for s in (before, after)]
    assert written[0]["d_a"] == "m/(sqrt(v)/sqrt(1 - b2^t) + eps)"
    assert written[1]["d_a"] == "m/(abs(v)^0.25 + eps)"
    assert written[0]["m"] == written[1]["m"]
    assert_formulas_hold(after.runs[0])
    for s in (before, after):
        step = s.runs[0].steps[0]
        root = step["v"] ** 0.5 / (1 - 0.999) ** 0.5 if s is before else step["v"] ** 0.25
        np.testing.assert_allclose(step["d_a"], step["m"] / (root + 1e-8), rtol=1e-12)
    assert r"\u003cmn>0.25\u003c/mn>" in after.html() and r"\u003cmn>0.25\u003c/mn>" not in before.html()
    assert "abs(v)^0.25" in after.text() and "abs(v)^0.25" not in before.text()


CLASSES = {x for x in vars(optim).values() if isinstance(x, type) and issubclass(x, Rule)} - {Rule}


def trees(package):
    """(name, syntax tree) of every file of a package."""
    files = sorted(Path(minimix.__file__).with_name(package).glob("*.py"))
    return [(file.name, ast.parse(file.read_text("utf-8"))) for file in files]


@pytest.mark.parametrize("package", ["explain", "stepping"])
def test_what_explains_knows_no_rule_by_its_name(package):
    names = {cls.__name__ for cls in CLASSES}
    for file, tree in trees(package):
        for node in ast.walk(tree):
            said = {getattr(node, part, None) for part in ("id", "attr", "name", "value")}
            assert said.isdisjoint(names), f"{package}/{file} says {said & names}"


@pytest.mark.parametrize("cls", sorted(CLASSES, key=lambda cls: cls.__name__))
def test_a_rule_is_written_for_arrays_and_tensors_alike(cls):
    """No backend, no isinstance, no branch for Tensors: what it needs of these stands in operators and State."""
    tree = ast.parse(inspect.getsource(cls))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    methods = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    proposing = [node for node in methods if not node.name.startswith("__")]
    inside = {node.id for part in proposing for node in ast.walk(part) if isinstance(node, ast.Name)}
    assert inside.isdisjoint({"isinstance", "type", "hasattr", "Tensor", "Number", "module_of", "np"})
    assert names.isdisjoint({"Tensor", "np", "xp", "module_of", "backend"})
    assert attributes.isdisjoint({"data", "watch", "requires_grad", "report"})
    module = sys.modules[cls.__module__]
    if module is not optim.rule:
        imports = {node.module for node in ast.walk(ast.parse(inspect.getsource(module))) if hasattr(node, "module")}
        assert imports.isdisjoint({"backend", "numpy", "watch"})


def test_adam_proposes_in_twelve_lines():
    assert len(inspect.getsource(Adam.propose).strip().splitlines()) <= 12


@operator(lambda g, y, x: g * (1 - abs(y)) ** 2)
def softsign(x):
    return x / (1 + abs(x))


class OfFunctions(SGD):
    """A rule of operators that no rule of ours has, one of them the reader's own."""

    def propose(self, w, g, state):
        d = softsign(g) + ops.softplus(ops.cos(w)) * ops.minimum(g, 0.5) / (1 + ops.std(g) + ops.mean(abs(w)))
        return d, self.eta(state)


def test_an_operator_without_a_letter_is_written_by_its_name():
    run = stepper(OfFunctions(0.1), on="rotated", steps=3).runs[0]
    written = {e.key: text(e) for e in run.steps[1]["equations"]}
    assert written["d"] == "softsign(g) + softplus(cos(w))*min(g, 0.5)/(1 + std(g) + mean(abs(w)))"
    assert_formulas_hold(run)


@pytest.mark.parametrize("f", [lambda g: g[0] * g, lambda g: ops.std(g, ddof=1) * g, lambda g: ops.flip(g)])
def test_what_a_name_alone_does_not_say_is_not_written(f):
    class Own(SGD):
        def propose(self, w, g, state):
            d = f(g)
            return d, self.eta(state)

    run = stepper(Own(0.1), on="rotated", steps=2).runs[0]
    assert "d" not in {e.key for e in run.steps[1]["equations"]}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            Adam(0.1),
            {
                "d_a": "(1 - b1^t)*m_hat/(sqrt(v_hat) + eps)",
                "dw": "-eta*m_hat/(sqrt(v_hat) + eps)",
            },
        ),
        (Adam(0.1, amsgrad=True), {"d_a": "(1 - b1^t)*m_hat/(sqrt(v_hat) + eps)"}),
        (MAS(0.1), {"d_a": "(1 - b1^t)*m_hat/(sqrt(v_hat) + eps)"}),
        (SGD(0.1), {}),
    ],
    ids=str,
)  # fmt: skip
def test_where_averages_are_corrected_elsewhere_the_form_with_the_corrected_ones_is_shown_too(rule, expected):
    run = stepper(rule, on="rotated", steps=3).runs[0]
    shown = {e.key: text(e, source=e.also) for e in run.steps[2]["equations"] if e.also}
    assert expected.items() <= shown.items() and (expected or not shown)
    assert_formulas_hold(run)


def test_what_becomes_one_number_of_all_layers_is_shown_as_far_as_it_is_of_this_layer():
    step = stepper("swats:lr=0.02", on="mlp:dense3.bias[0,3]", steps=1).runs[0].steps[0]
    vectors = {key: x for key, x in step.items() if isinstance(x, np.ndarray) and key != "arrows"}
    assert {key: x.shape for key, x in vectors.items()} == dict.fromkeys(vectors, (2,))
    np.testing.assert_array_equal(step["p"], step["dw"])
    assert "p" in {equation.target for equation in step["equations"]}
