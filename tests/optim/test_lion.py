"""That Lion is Algorithm 2 of its paper."""

import numpy as np
import pytest

from minimix.optim import Lion
from tests.optim import oracles
from tests.optim.problem import SHAPES, check, gradients, model, run, values


@pytest.mark.parametrize("options", [{}, {"b1": 0.5, "b2": 0.9}, {"b1": 0.0}, {"wd": 0.1}], ids=str)
def test_lion_is_its_algorithm(backend, options):
    own = {"weight_decay" if key == "wd" else key: x for key, x in options.items()}
    check(Lion(1e-2, **own), oracles.Lion(1e-2, **options))


def test_every_weight_moves_by_the_learning_rate(backend):
    before, after = values(model()), run(Lion(1e-2), gradients(1))[0]
    for name in SHAPES:
        np.testing.assert_allclose(np.abs(after[name] - before[name]), 1e-2, rtol=1e-12)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"lr": 0}, "lion: lr must be a number above 0, got 0"),
        ({"b1": 1}, "lion: b1 must be a number at least 0 and below 1, got 1"),
        ({"b2": -1}, "lion: b2 must be a number at least 0 and below 1, got -1"),
        ({"weight_decay": True}, "lion: weight_decay must be a number at least 0, got True"),
    ],
)
def test_what_lion_refuses(options, sentence):
    with pytest.raises(ValueError) as caught:
        Lion(**options)
    assert str(caught.value) == sentence
