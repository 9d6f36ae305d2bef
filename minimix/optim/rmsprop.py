"""RMSprop (Tieleman & Hinton 2012, lecture 6.5)."""

from ..ops import sqrt
from ..validation import check_number
from .describing import used
from .rule import Rule, check_rate


class RMSprop(Rule):
    """v = b2*v + (1-b2)*g^2; d = g / (sqrt(v) + eps), with momentum b = mu*b + d and d = b; step eta.

    AdaGrad that forgets. In the form of torch.optim.RMSprop, whose alpha is b2.
    """

    def __init__(self, lr=1e-2, b2=0.99, eps=1e-8, momentum=0.0):
        check_rate("rmsprop", lr)
        check_number("rmsprop", "b2", b2, below=1)
        check_number("rmsprop", "eps", eps)
        check_number("rmsprop", "momentum", momentum)
        self.lr, self.b2, self.eps, self.momentum = lr, b2, eps, momentum

    def propose(self, w, g, state):
        b2, mu = self.b2, self.momentum
        v = state.average("v", g, b2, power=2)
        d = g / (sqrt(v) + self.eps)
        if used(mu):
            d = state.sum("b", d, mu)
        return d, self.eta(state)
