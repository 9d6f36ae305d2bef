"""What is explained once for all steps whose tapes have the same form is what explaining every step anew gives."""

import numpy as np
import pytest

from minimix.explain.formulas import explain
from minimix.explain.remembering import Explainer
from minimix.optim import Optimizer
from minimix.optim.watch import Names
from minimix.spec import parse
from minimix.stepping import LANDSCAPES

SPECS = [
    "adam:lr=0.05,amsgrad=true",
    "mas:lr=0.1,combine=correction",
    "lookahead:k=3",
    "swats:lr=0.05,tolerance=0.5",
    "split:x=adam(lr=0.05),y=sgd(lr=cosine(lr=1e-3,steps=20),momentum=0.9)",
]


@pytest.mark.parametrize("spec", SPECS)
def test_every_step_is_explained_as_it_would_be_alone(spec):
    rule = parse(spec)
    descent = LANDSCAPES["noisy"].begin((-3.0, 2.0), 40, 0, rule.splits)
    optimizer, explainer, watched = Optimizer(descent.named, rule), Explainer(), []
    optimizer.watch(watched.append)
    prefixes = {x.name: f"{x.name}:" for x in optimizer.layers}
    for t in range(1, 41):
        optimizer.zero_grad()
        descent.loss(t).backward()
        optimizer.step()
        found = list(explainer(watched[-1], optimizer.layers, descent.shown, prefixes))
        for layer, (equations, values, settings, result) in zip(optimizer.layers, found, strict=True):
            names = Names(watched[-1], layer)
            alone = explain(names, descent.shown[layer.name], prefixes[layer.name])
            assert (equations, settings, result) == (alone[0], alone[2], names.result)
            assert {key: np.all(values[key] == x) for key, x in alone[1].items()} == dict.fromkeys(alone[1], True)
    assert 1 <= len(explainer.known) < 20
