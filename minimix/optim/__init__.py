"""Update rules, and the optimizer that applies them."""

from .adagrad import AdaGrad
from .adam import Adam
from .frank_wolfe import FrankWolfe
from .layer_split import LayerSplit
from .lion import Lion
from .lookahead import Lookahead
from .mas import MAS
from .muon import Muon
from .optimizer import Optimizer
from .rmsprop import RMSprop
from .rule import Freeze, Rule, State
from .schedules import Cosine, StepDecay, WarmUp
from .sgd import SGD
from .swats import SWATS
from .unrolling import Unrolled, unroll

__all__ = [
    "MAS", "SGD", "SWATS", "AdaGrad", "Adam", "Cosine", "FrankWolfe", "Freeze", "LayerSplit", "Lion", "Lookahead",
    "Muon", "Optimizer", "RMSprop", "Rule", "State", "StepDecay", "Unrolled", "WarmUp", "unroll",
]  # fmt: skip
