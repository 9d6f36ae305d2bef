"""That SGD is its formula, and PyTorch's SGD."""

import pytest

from minimix.optim import SGD
from tests.optim import oracles
from tests.optim.problem import check
from tests.optim.torch_runs import agrees

VARIANTS = [
    {},
    {"momentum": 0.9},
    {"momentum": 0.9, "dampening": 0.4},
    {"momentum": 0.8, "nesterov": True},
    {"weight_decay": 0.1},
    {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    {"momentum": 0.9, "dampening": 0.9, "weight_decay": 0.01},
]
SHORT = {"momentum": "mu", "dampening": "damp", "nesterov": "nesterov", "weight_decay": "wd"}


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_sgd_is_its_formula(backend, options):
    check(SGD(1e-2, **options), oracles.Sgd(1e-2, **{SHORT[key]: x for key, x in options.items()}))


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_sgd_is_pytorchs(options):
    agrees(SGD(1e-2, **options), "SGD", lr=1e-2, **options)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"lr": 0}, "sgd: lr must be a number above 0, got 0"),
        ({"lr": -1e-3}, "sgd: lr must be a number above 0, got -0.001"),
        ({"lr": float("nan")}, "sgd: lr must be a number above 0, got nan"),
        ({"lr": float("inf")}, "sgd: lr must be a number above 0, got inf"),
        ({"lr": "1e-3"}, "sgd: lr must be a number above 0, got '1e-3'"),
        ({"lr": None}, "sgd: lr must be a number above 0, got None"),
        ({"lr": SGD()}, "sgd: lr must be a number above 0, got SGD"),
        ({"momentum": -0.1}, "sgd: momentum must be a number at least 0, got -0.1"),
        ({"dampening": True}, "sgd: dampening must be a number at least 0, got True"),
        ({"weight_decay": -1}, "sgd: weight_decay must be a number at least 0, got -1"),
        ({"nesterov": True}, "sgd: nesterov=True needs a momentum above 0 and no dampening"),
        ({"nesterov": True, "momentum": 0.9, "dampening": 0.1}, "got momentum=0.9, dampening=0.1"),
    ],
)  # fmt: skip
def test_what_sgd_refuses(options, sentence):
    with pytest.raises(ValueError) as caught:
        SGD(**options)
    assert sentence in str(caught.value)
