"""That AdaGrad is its formula, and PyTorch's."""

import pytest

from minimix.optim import AdaGrad
from tests.optim import oracles
from tests.optim.problem import check
from tests.optim.torch_runs import agrees


@pytest.mark.parametrize("eps", [1e-10, 1e-2])
def test_adagrad_is_its_formula(backend, eps):
    check(AdaGrad(0.1, eps), oracles.AdaGrad(0.1, eps))


@pytest.mark.parametrize("eps", [1e-10, 1e-2])
def test_adagrad_is_pytorchs(eps):
    agrees(AdaGrad(0.1, eps), "Adagrad", lr=0.1, eps=eps)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"lr": 0}, "adagrad: lr must be a number above 0, got 0"),
        ({"eps": -1}, "adagrad: eps must be a number at least 0, got -1"),
        ({"eps": None}, "adagrad: eps must be a number at least 0, got None"),
    ],
)
def test_what_adagrad_refuses(options, sentence):
    with pytest.raises(ValueError) as caught:
        AdaGrad(**options)
    assert str(caught.value) == sentence
