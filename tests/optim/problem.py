"""A small model with given gradients, on the current array module, and how its runs are compared."""

import numpy as np

from minimix import Tensor
from minimix.backend import asarray, to_host
from minimix.optim import (
    MAS,
    SGD,
    SWATS,
    AdaGrad,
    Adam,
    Cosine,
    FrankWolfe,
    Freeze,
    LayerSplit,
    Lion,
    Lookahead,
    Muon,
    Optimizer,
    RMSprop,
    Rule,
    StepDecay,
    WarmUp,
)
from minimix.optim.mas import COMBINE
from minimix.optim.schedules import Schedule
from tests.optim import oracles

SHAPES = {
    "conv1.weight": (4, 2, 2, 3),
    "conv1.bias": (4,),
    "dense1.weight": (7, 5),
    "dense1.bias": (7,),
    "dense2.weight": (1, 3),
    "scale": (),
}
WEIGHTS = [name for name in SHAPES if name.endswith("weight")]
OTHERS = [name for name in SHAPES if name not in WEIGHTS]


def draw(rng, dtype=np.float64):
    return {name: np.asarray(rng.normal(size=shape), dtype) for name, shape in SHAPES.items()}


def gradients(steps, seed=0, dtype=np.float64):
    """Random gradients with a drift, of a scale of its own for each parameter."""
    rng = np.random.default_rng(seed)
    drift = draw(rng)
    scales = {name: 10.0**k for name, k in zip(SHAPES, (-3, 0, -1, 1, 0, -2), strict=True)}
    return [
        {name: (scales[name] * (x + drift[name] / 2)).astype(dtype) for name, x in draw(rng).items()}
        for _ in range(steps)
    ]


def model(seed=1, dtype=np.float64):
    """(name, Tensor) for every parameter."""
    return [(name, Tensor(x, requires_grad=True)) for name, x in draw(np.random.default_rng(seed), dtype).items()]


def values(parameters):
    return {name: to_host(p.data).copy() for name, p in parameters}


def states(state):
    """A State and all in it."""
    yield state
    for part in state.parts.values():
        yield from states(part)


def numbers(x):
    """(owner, name) of every hyperparameter in a rule that is a number, those of its rules and schedules too."""
    for name, part in vars(x).items():
        if isinstance(part, dict):
            for rule in part.values():
                yield from numbers(rule)
        elif isinstance(part, (Rule, Schedule)):
            yield from numbers(part)
        elif isinstance(part, (int, float)) and not isinstance(part, bool):
            yield x, name


def has_a_part(owner, name):
    """Whether a number stands in the rule's formula, given its others."""
    return not (isinstance(owner, SGD) and name == "dampening" and not owner.momentum)


def refused(owner, name):
    """Whether a rule refuses the change of a number: it was given instead what that is for, or its others forbid it."""
    if isinstance(owner, SGD) and owner.nesterov and name == "dampening":
        return True
    return isinstance(owner, MAS) and {"lr": owner.s and owner.a, "gamma": owner.ls and owner.la}.get(name)


def give(parameters, g):
    for name, p in parameters:
        p.grad = asarray(g[name])


def run(rule, gs, parameters=None, **options):
    """The parameters after each step: [{name: array}]."""
    parameters = model(dtype=gs[0]["scale"].dtype) if parameters is None else parameters
    optimizer, path = Optimizer(parameters, rule, **options), []
    for g in gs:
        give(parameters, g)
        optimizer.step()
        path.append(values(parameters))
    return path


def trained(kind, gs, clip_norm, every=None, rules=None):
    """(parameters, state) after some steps, each `every`-th of them watched."""
    optimizer = Optimizer(
        parameters := model(dtype=gs[0]["scale"].dtype), (rules or RULES)[kind](), clip_norm=clip_norm
    )
    for t, g in enumerate(gs, 1):
        optimizer.watch((lambda watch: None) if every and t % every == 0 else None)
        give(parameters, g)
        optimizer.step()
    return values(parameters), optimizer.state_dict()


def check(rule, oracle, steps=100, tolerance=1e-12):
    """The rule's parameters agree with the oracle's after every step, each up to its largest element."""
    gs = gradients(steps)
    found, expected = run(rule, gs), oracles.run(oracle, values(model()), gs)
    for t, (own, right) in enumerate(zip(found, expected, strict=True), 1):
        for name in SHAPES:
            error = np.abs(own[name] - right[name]).max() / np.abs(right[name]).max()
            assert error < tolerance, f"step {t}, {name}: relative error {error:.2g}"


def same(path, other):
    """Two runs, bit for bit."""
    return len(path) == len(other) and all(
        np.array_equal(a[name], b[name]) for a, b in zip(path, other, strict=True) for name in SHAPES
    )


RULES = {
    "sgd": lambda: SGD(1e-2),
    "momentum": lambda: SGD(1e-2, momentum=0.9, dampening=0.5, weight_decay=0.1),
    "nesterov": lambda: SGD(WarmUp(1e-2, 8), momentum=0.9, nesterov=True),
    "adam": lambda: Adam(),
    "adamw": lambda: Adam(Cosine(1e-3, 9), weight_decay=0.1, decoupled=True),
    "amsgrad": lambda: Adam(StepDecay(1e-3, 3), b2=0.9, weight_decay=0.1, amsgrad=True),
    **{f"mas {combine}": lambda combine=combine: MAS(combine=combine) for combine in COMBINE},
    "mas branch step": lambda: MAS(combine="correction", branch_step=True, s=SGD(1e-2, momentum=0.1)),
    "split": lambda: LayerSplit(),
    "split weights": lambda: LayerSplit({"*weight": Adam(), "*": SGD(momentum=0.9)}),
    "split freeze": lambda: LayerSplit({"*bias": Freeze(), "*weight": Adam(amsgrad=True), "scale": SWATS()}),
    "swats": lambda: SWATS(),
    "swats switching": lambda: SWATS(tolerance=1e3),
    "frank-wolfe": lambda: FrankWolfe(),
    "adagrad": lambda: AdaGrad(),
    "rmsprop": lambda: RMSprop(b2=0.9, momentum=0.9),
    "lion": lambda: Lion(1e-3, weight_decay=0.1),
    "lookahead": lambda: Lookahead(k=3),
    "muon": lambda: Muon(1e-2),
    "muon and its rest": lambda: Muon(momentum=0.9, nesterov=False, turns=2, rest=SGD(momentum=0.9)),
    "freeze": lambda: Freeze(),
    "mas of swats and frank-wolfe": lambda: MAS(s=FrankWolfe(1e-3), a=SWATS(tolerance=1e3), combine="correction"),
    "mas of splits": lambda: MAS(
        s=LayerSplit({"*weight": SGD(), "*": SGD(1e-3, momentum=0.9)}),
        a=LayerSplit({"dense*": Adam(1e-2), "*": SWATS(tolerance=1e3)}),
        combine="correction",
        branch_step=True,
    ),
    "mas of lookahead and muon": lambda: MAS(
        s=Lookahead(SGD(momentum=0.9), k=2), a=Muon(weight_decay=0.0), ls=0.3, la=0.9
    ),
    "lookahead of mas": lambda: Lookahead(MAS(combine="correction"), k=2, alpha=0.8),
    "lookahead of muon": lambda: Lookahead(Muon(rest=Lion()), k=2),
    "split of lookahead and rmsprop": lambda: LayerSplit({"conv1": RMSprop(), "*": Lookahead(AdaGrad(), k=2)}),
    "split of mas": lambda: LayerSplit({"*weight": MAS(combine="vector"), "*": MAS(s=MAS(), combine="sum")}),
}
"""A rule of every kind, plain and nested, with its state."""
