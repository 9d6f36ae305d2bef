"""That SWATS is Algorithm 1 of its paper, before and after it switches."""

import numpy as np
import pytest

from minimix.optim import SWATS
from tests.optim import oracles
from tests.optim.problem import SHAPES, check, gradients, model, run, values


@pytest.mark.parametrize(
    ("options", "switched_at"),
    [({"tolerance": 4e-4, "b2": 0.8}, 37), ({"tolerance": 1e-3, "b1": 0.5}, 3), ({}, None)],
)
def test_swats_is_its_algorithm(backend, options, switched_at):
    oracle = oracles.Swats(1e-2, **options)
    check(SWATS(1e-2, **options), oracle)
    assert oracle.switched_at == switched_at


def test_it_switches_in_its_second_step_where_the_gradient_stays_the_same():
    g = gradients(1)[0]
    path = run(SWATS(1e-2, eps=0.0, tolerance=1e-12), [g] * 4)
    lam = 1e-2 * sum(x.size for x in g.values()) / sum(np.abs(x).sum() for x in g.values())
    for before, after, u in [(1, 2, 1), (2, 3, 1.9)]:
        for name in SHAPES:
            step = path[before][name] - path[after][name]
            np.testing.assert_allclose(step, 0.1 * lam * u * g[name], rtol=1e-12, atol=1e-15)


def test_a_gradient_of_zeros_moves_nothing_and_switches_nothing(backend):
    zeros = {name: np.zeros(shape) for name, shape in SHAPES.items()}
    path = [values(model()), *run(SWATS(), [zeros] * 3 + gradients(2))]
    for name in SHAPES:
        assert np.array_equal(path[0][name], path[3][name])
        assert not np.array_equal(path[4][name], path[5][name])


@pytest.mark.parametrize("name", ["lr", "b1", "b2", "eps", "tolerance"])
def test_what_swats_refuses(name):
    with pytest.raises(ValueError, match=f"swats: {name} must be a number .*, got -1"):
        SWATS(**{name: -1})
