"""That RMSprop is its formula, and PyTorch's."""

import pytest

from minimix.optim import RMSprop
from tests.optim import oracles
from tests.optim.problem import check
from tests.optim.torch_runs import agrees

VARIANTS = [{}, {"b2": 0.5, "eps": 1e-3}, {"b2": 0.0}, {"momentum": 0.9}, {"momentum": 0.5, "b2": 0.9}]


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_rmsprop_is_its_formula(backend, options):
    short = {"mu" if key == "momentum" else key: x for key, x in options.items()}
    check(RMSprop(1e-2, **options), oracles.RmsProp(1e-2, **short))


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_rmsprop_is_pytorchs(options):
    theirs = {"alpha" if key == "b2" else key: x for key, x in options.items()}
    agrees(RMSprop(1e-2, **options), "RMSprop", lr=1e-2, **theirs)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"lr": -1}, "rmsprop: lr must be a number above 0, got -1"),
        ({"b2": 1}, "rmsprop: b2 must be a number at least 0 and below 1, got 1"),
        ({"eps": "x"}, "rmsprop: eps must be a number at least 0, got 'x'"),
        ({"momentum": -0.1}, "rmsprop: momentum must be a number at least 0, got -0.1"),
    ],
)
def test_what_rmsprop_refuses(options, sentence):
    with pytest.raises(ValueError) as caught:
        RMSprop(**options)
    assert str(caught.value) == sentence
