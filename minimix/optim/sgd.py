"""Stochastic gradient descent."""

from ..validation import check_number
from .describing import used
from .rule import Rule, check_rate


class SGD(Rule):
    """d_s = g + wd*w; with momentum mu, b = d_s at t = 1, else mu*b + (1-dampening)*d_s, and d_s = b.

    With Nesterov's momentum d_s = d_s + mu*b instead. Step size: eta.
    Source: Sutskever et al. 2013, in the form of torch.optim.SGD.
    """

    def __init__(self, lr=1e-2, momentum=0.0, dampening=0.0, nesterov=False, weight_decay=0.0):
        check_rate("sgd", lr)
        check_number("sgd", "momentum", momentum)
        check_number("sgd", "dampening", dampening)
        check_number("sgd", "weight_decay", weight_decay)
        if nesterov and (momentum == 0 or dampening != 0):
            raise ValueError(
                f"sgd: nesterov=True needs a momentum above 0 and no dampening, got momentum={momentum!r}, "
                f"dampening={dampening!r}"
            )
        self.lr, self.momentum, self.dampening = lr, momentum, dampening
        self.nesterov, self.weight_decay = nesterov, weight_decay

    def propose(self, w, g, state):
        mu, damp, wd = self.momentum, self.dampening, self.weight_decay
        d_s = g + wd * w if used(wd) else g
        if used(mu) and state.t == 1:
            b = state.keep("b", d_s)
        elif used(mu):
            b = state.sum("b", (1 - damp) * d_s if used(damp) else d_s, mu)
        if used(mu):
            d_s = d_s + mu * b if self.nesterov else b
        return d_s, self.eta(state)
