"""Lion (Chen et al. 2023, arXiv 2302.06675, Algorithm 2)."""

from ..ops import sign
from ..validation import check_number
from .describing import used
from .rule import Rule, check_rate


class Lion(Rule):
    """c = b1*m + (1-b1)*g; d = sign(c) + wd*w; m = b2*m + (1-b2)*g; step eta.

    Every weight moves by the same amount, whatever its gradient: eta is to be 3 to 10 times smaller than Adam's. m is
    the mean of the steps before; only then does it take g in. The sign has no slope: hypergradients pass through eta
    and wd alone.
    """

    def __init__(self, lr=1e-4, b1=0.9, b2=0.99, weight_decay=0.0):
        check_rate("lion", lr)
        check_number("lion", "b1", b1, below=1)
        check_number("lion", "b2", b2, below=1)
        check_number("lion", "weight_decay", weight_decay)
        self.lr, self.b1, self.b2, self.weight_decay = lr, b1, b2, weight_decay

    def propose(self, w, g, state):
        b1, wd = self.b1, self.weight_decay
        c = b1 * state.previous("m", g) + (1 - b1) * g
        d = sign(c) + wd * w if used(wd) else sign(c)
        state.average("m", g, self.b2)
        return d, self.eta(state)
