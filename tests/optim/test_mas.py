"""That MAS is its formula in every variant, mixes any two rules, and holds the pure rules at its ends."""

import numpy as np
import pytest

from minimix.optim import MAS, SGD, SWATS, Adam, FrankWolfe, LayerSplit
from minimix.optim.mas import COMBINE
from tests.optim import oracles
from tests.optim.problem import OTHERS, WEIGHTS, check, gradients, run, same


def pair(eta=1e-2):
    return oracles.Sgd(eta), oracles.Adam(eta)


@pytest.mark.parametrize("combine", COMBINE)
def test_mas_is_its_formula_with_one_rate_and_gamma(backend, combine):
    check(MAS(1e-2, gamma=0.6, combine=combine), oracles.Mas(combine, 1 - 0.6, 0.6, *pair()))


@pytest.mark.parametrize("combine", COMBINE)
def test_mas_is_its_formula_with_rules_and_weights_of_its_own(combine):
    rule = MAS(combine=combine, ls=0.7, la=1.2, s=SGD(1e-2, momentum=0.9), a=Adam(1e-3, b1=0.5))
    oracle = oracles.Mas(combine, 0.7, 1.2, oracles.Sgd(1e-2, mu=0.9), oracles.Adam(1e-3, b1=0.5))
    check(rule, oracle)


def test_branch_step_takes_the_step_of_the_chosen_rule(backend):
    rule = MAS(combine="correction", s=SGD(1e-1), a=Adam(1e-3), branch_step=True)
    check(rule, oracles.Mas("correction", 1 - 0.6, 0.6, oracles.Sgd(1e-1), oracles.Adam(1e-3), branch_step=True))


@pytest.mark.parametrize("combine", ["linear", "correction", "normalized", "vector", "sum"])
def test_mas_mixes_swats_and_frank_wolfe(combine):
    rule = MAS(s=FrankWolfe(1e-2, radius=3.0), a=SWATS(1e-2, b2=0.8, tolerance=4e-4), combine=combine)
    swats = oracles.Swats(1e-2, b2=0.8, tolerance=4e-4)
    check(rule, oracles.Mas(combine, 1 - 0.6, 0.6, oracles.FrankWolfe(1e-2, 3.0), swats))
    assert swats.switched_at == 37


@pytest.mark.parametrize("combine", COMBINE)
@pytest.mark.parametrize("branch_step", [False, True])
def test_mas_mixes_splits(backend, combine, branch_step):
    if branch_step and combine != "correction":
        return
    rule = MAS(
        s=LayerSplit({"*weight": SGD(1e-1), "*": SGD(1e-3, momentum=0.9)}),
        a=LayerSplit({"*weight": Adam(1e-3), "*": Adam(1e-2)}),
        combine=combine,
        branch_step=branch_step,
    )
    s = oracles.Split((oracles.Sgd(1e-1), WEIGHTS), (oracles.Sgd(1e-3, mu=0.9), OTHERS))
    a = oracles.Split((oracles.Adam(1e-3), WEIGHTS), (oracles.Adam(1e-2), OTHERS))
    check(rule, oracles.Mas(combine, 1 - 0.6, 0.6, s, a, branch_step))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("combine", ["linear", "sum"])
@pytest.mark.parametrize(
    ("s", "a"),
    [
        (lambda: SGD(1e-2), lambda: Adam(1e-3)),
        (lambda: SGD(1e-2, momentum=0.9, nesterov=True), lambda: SWATS(1e-3, tolerance=1e3)),
        (lambda: LayerSplit(), lambda: FrankWolfe()),
    ],
)
def test_weights_one_and_zero_give_the_pure_rules_bit_for_bit(backend, dtype, combine, s, a):
    gs = gradients(20, dtype=dtype)
    for weights, pure in [
        ({"ls": 1, "la": 0}, s),
        ({"gamma": 0.0}, s),
        ({"ls": 0, "la": 1}, a),
        ({"gamma": 1.0}, a),
    ]:
        assert same(run(MAS(combine=combine, s=s(), a=a(), **weights), gs), run(pure(), gs))


def test_a_layer_without_a_direction_stays_where_normalized_would_divide_by_zero():
    gs = gradients(3)
    for g in gs:
        g["dense1.bias"] = np.zeros(7)
    path = run(MAS(combine="normalized"), gs)
    assert np.array_equal(path[0]["dense1.bias"], path[-1]["dense1.bias"])
    assert all(np.isfinite(x).all() for x in path[-1].values())


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"combine": "normalised"}, ValueError, "got 'normalised'; did you mean 'normalized'?"),
        ({"combine": 3}, ValueError, f"mas: combine must be one of {', '.join(COMBINE)}, got 3"),
        ({"gamma": 1.1}, ValueError, "mas: gamma must be a number at least 0 and at most 1, got 1.1"),
        ({"gamma": -0.1}, ValueError, "mas: gamma must be a number at least 0 and at most 1, got -0.1"),
        ({"lr": 0}, ValueError, "mas: lr must be a number above 0, got 0"),
        ({"ls": 1}, ValueError, "mas: ls and la go together, got ls=1, la=None"),
        ({"ls": -1, "la": 1}, ValueError, "mas: ls must be a number at least 0, got -1"),
        ({"s": "sgd"}, TypeError, "mas: s must be an update rule, got 'sgd'"),
        ({"branch_step": True}, ValueError, "belongs to combine='correction', got combine='linear'"),
    ],
)  # fmt: skip
def test_what_mas_refuses(options, error, sentence):
    with pytest.raises(error) as caught:
        MAS(**options)
    assert sentence in str(caught.value)


def test_what_has_no_part_in_a_mix_cannot_be_changed():
    with pytest.raises(AttributeError) as caught:
        MAS(s=SGD(), a=Adam()).lr = 0.1
    assert str(caught.value) == "mas: lr has no part in a mix that was given s and a: change those"
    with pytest.raises(AttributeError) as caught:
        MAS(ls=0.4, la=0.6).gamma = 0.5
    assert str(caught.value) == "mas: gamma has no part in a mix that was given ls and la: change those"
    rule = MAS(s=SGD())
    rule.lr, rule.gamma = 0.1, 0.5
    assert rule == MAS(0.1, gamma=0.5, s=SGD())
