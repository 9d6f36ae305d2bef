"""That Lookahead is Algorithm 1 of its paper around any rule."""

import numpy as np
import pytest

from minimix.optim import MAS, SGD, Adam, LayerSplit, Lookahead, Muon
from tests.optim import oracles
from tests.optim.problem import OTHERS, SHAPES, WEIGHTS, check, gradients, run, same


@pytest.mark.parametrize(
    ("rule", "inner"),
    [
        (lambda: Adam(1e-2), lambda: oracles.Adam(1e-2)),
        (lambda: SGD(1e-2, momentum=0.9), lambda: oracles.Sgd(1e-2, mu=0.9)),
        (lambda: MAS(1e-2), lambda: oracles.Mas("linear", 1 - 0.6, 0.6, oracles.Sgd(1e-2), oracles.Adam(1e-2))),
        (lambda: Lookahead(SGD(1e-2), k=2), lambda: oracles.Lookahead(oracles.Sgd(1e-2), 2)),
        (
            lambda: LayerSplit({"*weight": SGD(1e-2), "*": Adam(1e-2)}),
            lambda: oracles.Split((oracles.Sgd(1e-2), WEIGHTS), (oracles.Adam(1e-2), OTHERS)),
        ),
    ],
    ids=["adam", "momentum", "mas", "lookahead", "split"],
)
@pytest.mark.parametrize(("k", "alpha"), [(5, 0.5), (3, 0.8), (1, 0.3)])
def test_lookahead_is_its_algorithm(backend, rule, inner, k, alpha):
    check(Lookahead(rule(), k, alpha), oracles.Lookahead(inner(), k, alpha), steps=40)


def test_a_mixture_may_look_ahead_on_one_side():
    rule = MAS(s=Lookahead(SGD(1e-2), k=2), a=Adam(1e-2))
    check(rule, oracles.Mas("linear", 1 - 0.6, 0.6, oracles.Lookahead(oracles.Sgd(1e-2), 2), oracles.Adam(1e-2)))


def test_the_inner_rule_is_adam_unless_another_is_given():
    gs = gradients(6)
    assert same(run(Lookahead(), gs), run(Lookahead(Adam()), gs))


def test_slow_weights_that_follow_all_the_way_leave_the_inner_rule_as_it_is():
    gs = gradients(12)
    for ours, pure in zip(run(Lookahead(Adam(), alpha=1), gs), run(Adam(), gs), strict=True):
        for name in SHAPES:
            np.testing.assert_allclose(ours[name], pure[name], rtol=1e-13)


def test_slow_weights_that_do_not_follow_bring_everything_back_to_the_start():
    gs = gradients(6)
    path = run(Lookahead(Muon(), k=3, alpha=0), gs)
    for name in SHAPES:
        np.testing.assert_allclose(path[5][name], path[2][name], rtol=1e-13)


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"k": 0}, ValueError, "lookahead: k must be an integer above 0, got 0"),
        ({"k": 2.5}, ValueError, "lookahead: k must be an integer above 0, got 2.5"),
        ({"alpha": 1.1}, ValueError, "lookahead: alpha must be a number at least 0 and at most 1, got 1.1"),
        ({"rule": "adam"}, TypeError, "lookahead: rule must be an update rule, got 'adam'"),
    ],
)
def test_what_lookahead_refuses(options, error, sentence):
    with pytest.raises(error) as caught:
        Lookahead(**options)
    assert str(caught.value) == sentence
