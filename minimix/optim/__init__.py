"""Update rules, and the optimizer that applies them. One line makes a rule known, to specs too."""

from .. import elsewhere as _elsewhere
from ..hint import missing as _missing
from .adagrad import AdaGrad as AdaGrad
from .adam import Adam as Adam
from .frank_wolfe import FrankWolfe as FrankWolfe
from .layer_split import LayerSplit as LayerSplit
from .lion import Lion as Lion
from .lookahead import Lookahead as Lookahead
from .mas import MAS as MAS
from .muon import Muon as Muon
from .optimizer import Optimizer as Optimizer
from .rmsprop import RMSprop as RMSprop
from .rule import Freeze as Freeze
from .rule import Rule as Rule
from .schedules import Cosine as Cosine
from .schedules import StepDecay as StepDecay
from .schedules import WarmUp as WarmUp
from .sgd import SGD as SGD
from .state import State as State
from .swats import SWATS as SWATS
from .unrolling import Unrolled as Unrolled
from .unrolling import unroll as unroll


def __getattr__(name):
    names = [name for name in globals() if name[:1].isupper()]
    raise _missing("minimix.optim", name, names, _elsewhere.OPTIM)
