"""Update rules, and the optimizer that applies them."""

from .adam import Adam
from .frank_wolfe import FrankWolfe
from .layer_split import LayerSplit
from .mas import MAS
from .optimizer import Optimizer
from .rule import Freeze, Rule, State
from .schedules import Cosine, StepDecay, WarmUp
from .sgd import SGD
from .swats import SWATS

__all__ = [
    "MAS",
    "SGD",
    "SWATS",
    "Adam",
    "Cosine",
    "FrankWolfe",
    "Freeze",
    "LayerSplit",
    "Optimizer",
    "Rule",
    "State",
    "StepDecay",
    "WarmUp",
]  # fmt: skip
