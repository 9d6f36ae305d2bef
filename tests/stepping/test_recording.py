"""The numbers of the steps: those of the study's formulas, and those that the shown formulas give."""

import numpy as np
import pytest

from minimix.optim import MAS, SGD, AdaGrad, Adam, LayerSplit, Lion, Lookahead, Muon, RMSprop
from minimix.stepping import LANDSCAPES, stepper
from tests.explain.shown import assert_formulas_hold
from tests.stepping import oracle
from tests.stepping.oracle import (
    adagrad,
    adam,
    frank_wolfe,
    freeze,
    lion,
    lookahead,
    mas,
    rmsprop,
    sgd,
    split,
    swats,
)

RULES = {
    "sgd:lr=2e-4": lambda: sgd(2e-4),
    "sgd:lr=2e-4,momentum=0.9": lambda: sgd(2e-4, 0.9),
    "sgd:lr=2e-4,momentum=0.9,dampening=0.3,weight_decay=0.1": lambda: sgd(2e-4, 0.9, 0.3, wd=0.1),
    "sgd:lr=2e-4,momentum=0.9,nesterov=true": lambda: sgd(2e-4, 0.9, nesterov=True),
    "adam:lr=0.02": lambda: adam(0.02),
    "adam:lr=0.02,weight_decay=0.1": lambda: adam(0.02, wd=0.1),
    "adam:lr=0.02,weight_decay=0.1,decoupled=true": lambda: adam(0.02, wd=0.1, decoupled=True),
    "adam:lr=0.02,b2=0.9,amsgrad=true": lambda: adam(0.02, b2=0.9, amsgrad=True),
    "mas:lr=5e-4": lambda: mas(eta=5e-4),
    "mas:lr=5e-4,combine=sum": lambda: mas("sum", eta=5e-4),
    "mas:lr=5e-4,combine=correction": lambda: mas("correction", eta=5e-4),
    "mas:lr=5e-4,combine=correction,branch_step=true": lambda: mas("correction", eta=5e-4, branch_step=True),
    "mas:lr=5e-4,combine=vector": lambda: mas("vector", eta=5e-4),
    "mas:lr=5e-4,combine=normalized": lambda: mas("normalized", eta=5e-4),
    "mas:lr=5e-4,combine=polynomial": lambda: mas("polynomial", eta=5e-4),
    "mas:ls=0.3,la=0.5,s=sgd(lr=1e-4,momentum=0.8),a=adam(lr=1e-3)": lambda: mas(
        s=sgd(1e-4, 0.8), a=adam(1e-3), ls=0.3, la=0.5
    ),
    "mas:combine=correction,s=adam(lr=0.02,b1=0),a=adam(lr=0.02)": lambda: mas(
        "correction", adam(0.02, b1=0.0), adam(0.02)
    ),
    "mas:a=mas(lr=5e-4,combine=normalized),s=mas(lr=5e-4)": lambda: mas(s=mas(eta=5e-4), a=mas("normalized", eta=5e-4)),
    "split:x=adam(lr=0.02),y=sgd(lr=2e-4,momentum=0.9)": lambda: split(adam(0.02), sgd(2e-4, 0.9)),
    "split:x=mas(lr=5e-4),y=freeze": lambda: split(mas(eta=5e-4), freeze()),
    "mas:s=split(x=sgd(lr=2e-4),y=freeze),a=adam(lr=1e-3)": lambda: mas(s=split(sgd(2e-4), freeze()), a=adam(1e-3)),
    "swats:lr=0.02": lambda: swats(0.02),
    "swats:lr=0.02,tolerance=0.01": lambda: swats(0.02, tolerance=0.01),
    "frank-wolfe:lr=2e-3,radius=3": lambda: frank_wolfe(3.0, 2e-3),
    "freeze": freeze,
}


OBJECTS = [
    (AdaGrad(0.05), lambda: adagrad(0.05)),
    (RMSprop(0.01), lambda: rmsprop(0.01)),
    (RMSprop(2e-3, b2=0.9, momentum=0.8), lambda: rmsprop(2e-3, b2=0.9, mu=0.8)),
    (Lion(0.01), lambda: lion(0.01)),
    (Lion(0.01, b1=0.8, weight_decay=0.1), lambda: lion(0.01, b1=0.8, wd=0.1)),
    (Lookahead(Adam(0.02)), lambda: lookahead(adam(0.02))),
    (Lookahead(MAS(5e-4), k=2), lambda: lookahead(mas(eta=5e-4), 2)),
    (MAS(s=Lookahead(SGD(2e-4), k=3), a=Lion(1e-3)), lambda: mas(s=lookahead(sgd(2e-4), 3), a=lion(1e-3))),
    (LayerSplit({"x": RMSprop(0.01), "y": Lookahead(Adam(0.01))}), lambda: split(rmsprop(), lookahead(adam(0.01)))),
    (Muon(rest=AdaGrad(0.05)), lambda: adagrad(0.05)),
]
"""Rules and their oracles; Muon sees no matrix here, so that its rest has all."""


LONG = ("rosenbrock", "saddle", "noisy")
"""Where rules take 100 steps; elsewhere 25 do."""


@pytest.fixture(scope="module", params=LANDSCAPES)
def stepped(request):
    steps = 100 if request.param in LONG else 25
    return stepper([*RULES, *(rule for rule, _ in OBJECTS)], on=request.param, steps=steps, seed=3)


def test_every_term_of_every_rule_is_what_the_studys_formulas_give(stepped):
    makers = [*RULES.values(), *(make for _, make in OBJECTS)]
    for run, make in zip(stepped.runs, makers, strict=True):
        expected = oracle.descend(make(), stepped.landscape.name, stepped.landscape.start, stepped.count, seed=3)
        assert len(run.steps) == stepped.count
        scale = {}
        for step, truth in zip(run.steps, expected, strict=True):
            for key, x in truth.items():
                if key not in step:
                    assert run.layers.keys() == {"x", "y"} or key in ("d_s", "d"), key
                    continue
                scale[key] = max(scale.get(key, 0.0), np.abs(x).max())
                error = np.abs(step[key] - x).max()
                assert error <= 1e-12 * scale[key], (run.label, step["t"], key, step[key], x)


def test_the_shown_numbers_put_into_the_shown_formulas_give_the_shown_results(stepped):
    for run in stepped.runs:
        assert_formulas_hold(run)
