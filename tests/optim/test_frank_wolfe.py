"""That FrankWolfe steps towards the minimum of its linear model over a ball."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minimix.optim import FrankWolfe
from tests.optim import oracles
from tests.optim.problem import SHAPES, check, gradients, model, run, values


@pytest.mark.parametrize(("lr", "radius"), [(None, 10.0), (1e-2, 3.0)])
def test_frank_wolfe_is_its_formula(backend, lr, radius):
    check(FrankWolfe(lr, radius), oracles.FrankWolfe(lr, radius))


@given(st.floats(1e-3, 1e3), st.integers(0, 99))
def test_weights_inside_the_ball_stay_inside(radius, seed):
    parameters = model(seed)
    for _, p in parameters:
        p.data *= radius / max(np.linalg.norm(p.data), radius)
    for w in run(FrankWolfe(radius=radius), gradients(10, seed), parameters):
        assert all(np.linalg.norm(x) <= radius * (1 + 1e-12) for x in w.values())


def test_a_layer_without_gradient_stays_where_it_is(backend):
    parameters, gs = model(), gradients(2)
    for g in gs:
        g["dense1.bias"] = np.zeros(7)
    before = values(parameters)
    after = run(FrankWolfe(), gs, parameters)[-1]
    for name in SHAPES:
        assert np.array_equal(after[name], before[name]) == (name == "dense1.bias")


@pytest.mark.parametrize(
    ("options", "name"), [({"lr": 0}, "lr"), ({"radius": 0}, "radius"), ({"radius": "1"}, "radius")]
)
def test_what_frank_wolfe_refuses(options, name):
    with pytest.raises(ValueError, match=f"frank-wolfe: {name} must be a number above 0, got {options[name]!r}"):
        FrankWolfe(**options)
