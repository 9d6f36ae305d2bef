"""That Adam, AdamW and AMSGrad are their formulas, and PyTorch's."""

import pytest

from minimix.optim import Adam
from tests.optim import oracles
from tests.optim.problem import check
from tests.optim.torch_runs import agrees

VARIANTS = [
    {},
    {"b1": 0.5, "b2": 0.9, "eps": 1e-3},
    {"b1": 0.0},
    {"weight_decay": 0.1},
    {"weight_decay": 0.1, "decoupled": True},
    {"amsgrad": True, "b2": 0.9},
    {"weight_decay": 0.1, "decoupled": True, "amsgrad": True, "b2": 0.9},
]


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_adam_is_its_formula(backend, options):
    check(
        Adam(1e-2, **options),
        oracles.Adam(1e-2, **{"wd" if k == "weight_decay" else k: x for k, x in options.items()}),
    )


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_adam_is_pytorchs(options):
    rest = {key: x for key, x in options.items() if key not in ("b1", "b2", "decoupled")}
    betas = options.get("b1", 0.9), options.get("b2", 0.999)
    agrees(
        Adam(1e-2, **options),
        "AdamW" if "decoupled" in options else "Adam",
        lr=1e-2,
        betas=betas,
        **({"weight_decay": 0} | rest),
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"lr": 0}, "adam: lr must be a number above 0, got 0"),
        ({"b1": 1}, "adam: b1 must be a number at least 0 and below 1, got 1"),
        ({"b2": 1.5}, "adam: b2 must be a number at least 0 and below 1, got 1.5"),
        ({"b1": None}, "adam: b1 must be a number at least 0 and below 1, got None"),
        ({"eps": -1}, "adam: eps must be a number at least 0, got -1"),
        ({"weight_decay": "x"}, "adam: weight_decay must be a number at least 0, got 'x'"),
    ],
)
def test_what_adam_refuses(options, sentence):
    with pytest.raises(ValueError) as caught:
        Adam(**options)
    assert str(caught.value) == sentence
