"""AdaGrad (Duchi, Hazan, Singer 2011)."""

from ..ops import sqrt
from ..validation import check_number
from .rule import Rule, check_rate


class AdaGrad(Rule):
    """s = s + g^2; d = g / (sqrt(s) + eps); step eta: a rate of its own for each weight, which only falls.

    In the form of torch.optim.Adagrad.
    """

    def __init__(self, lr=1e-2, eps=1e-10):
        check_rate("adagrad", lr)
        check_number("adagrad", "eps", eps)
        self.lr, self.eps = lr, eps

    def propose(self, w, g, state):
        s = state.sum("s", g, power=2)
        d = g / (sqrt(s) + self.eps)
        return d, self.eta(state)
