"""How often a GPU has to be asked for something in one step of the optimizer: for small models that is its time."""

import pytest

import minimix as mm
from minimix.backend import asarray
from minimix.optim import Optimizer
from tests import strict
from tests.optim.problem import RULES, gradients, model

# The most for the tests' six parameters: what a rule took when it was written on bare arrays, not in operators; what
# it takes now where it never was (from adagrad on).
MOST = {
    "sgd": 2, "momentum": 7, "nesterov": 7, "adam": 4, "adamw": 6, "amsgrad": 7, "mas linear": 5,
    "mas correction": 46, "mas vector": 17, "mas normalized": 64, "mas polynomial": 9, "mas sum": 7,
    "mas branch step": 67, "split": 8, "split weights": 23, "split freeze": 57, "swats": 37, "swats switching": 37,
    "frank-wolfe": 62, "freeze": 3, "mas of swats and frank-wolfe": 141, "mas of splits": 141, "split of mas": 35,
    "adagrad": 6, "rmsprop": 6, "lion": 8, "lookahead": 11, "muon": 116, "muon and its rest": 63,
    "mas of lookahead and muon": 125, "lookahead of mas": 47, "lookahead of muon": 125,
    "split of lookahead and rmsprop": 21,
}  # fmt: skip


def launches(kind, **options):
    """The most launches of one of the steps 2 to 4; in the first one the state is made."""
    with mm.using("strict"):
        optimizer, found = Optimizer(parameters := model(), RULES[kind](), **options), []
        for g in gradients(4):
            optimizer.zero_grad()
            sum((p * asarray(g[name])).sum() for name, p in parameters).backward()
            strict.reset()
            optimizer.step()
            found.append(strict.launches)
    return max(found[1:])


@pytest.mark.parametrize("kind", RULES)
def test_a_step_launches_no_more_kernels_than_before(kind):
    assert 0 < launches(kind) <= MOST[kind]


def test_clipping_takes_five_launches():
    assert launches("sgd", clip_norm=1.0) == launches("sgd") + 5
