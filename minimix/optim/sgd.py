"""Stochastic gradient descent."""

from ..backend import module_of
from .rule import Rule, State, check_number, check_rate


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
        if nesterov and (not momentum or dampening):
            raise ValueError(
                f"sgd: nesterov=True needs a momentum above 0 and no dampening, got momentum={momentum!r}, "
                f"dampening={dampening!r}"
            )
        self.lr, self.momentum, self.dampening = lr, momentum, dampening
        self.nesterov, self.weight_decay = nesterov, weight_decay

    def start(self, w, layers):
        return State(layers, b=module_of(w).zeros_like(w)) if self.momentum else State(layers)

    def propose(self, w, g, state):
        mu, wd = self.momentum, self.weight_decay
        d_s = g + wd * w if wd else g
        if mu:
            b = state["b"]
            if state.t == 1:
                b[...] = d_s
            else:
                b *= mu
                b += (1 - self.dampening) * d_s
            d_s = d_s + mu * b if self.nesterov else b
        eta = self.eta(state)
        if state.report:
            state.report(g=g, **({"b": b} if mu else {}), d_s=d_s, eta=eta)
        return d_s, eta
