"""SWATS: switching from Adam to SGD (Keskar & Socher 2017, arXiv 1712.07628, Algorithm 1)."""

import math

from ..backend import module_of
from .adam import moments
from .rule import Rule, State, check_number, check_rate


class SWATS(Rule):
    """Adam until the SGD learning rate that its step projects to settles, then SGD with momentum b1 and that rate.

    Adam's step p = -eta*sqrt(1-b2^t)/(1-b1^t) * m/(sqrt(v)+eps) is the projection onto it of an SGD step of rate
    gamma = <p, p> / -<p, g>. With lam = b2*lam + (1-b2)*gamma, the switch comes at the first t > 1 with
    |lam/(1-b2^t) - gamma| < tolerance; Lam = lam/(1-b2^t) is kept. From then on u = b1*u + g, w -= (1-b1)*Lam*u.

    The phase stays on the device, so that no step waits for it: both branches are computed and one is chosen.
    """

    def __init__(self, lr=1e-3, b1=0.9, b2=0.999, eps=1e-9, tolerance=1e-9):
        check_rate("swats", lr)
        check_number("swats", "b1", b1, below=1)
        check_number("swats", "b2", b2, below=1)
        check_number("swats", "eps", eps)
        check_number("swats", "tolerance", tolerance, above=True)
        self.lr, self.b1, self.b2, self.eps, self.tolerance = lr, b1, b2, eps, tolerance

    def start(self, w, layers):
        zero = module_of(w).zeros((), w.dtype)
        vectors = {name: module_of(w).zeros_like(w) for name in ("m", "v", "u")}
        return State(layers, **vectors, lam=zero, Lam=zero, switched=zero)

    def propose(self, w, g, state):
        xp, b1, b2, t = module_of(g), self.b1, self.b2, state.t
        m, v, u, switched = state["m"], state["v"], state["u"], state["switched"] > 0
        moments(g, m, v, b1, b2)
        d_a = math.sqrt(1 - b2**t) * m / (xp.sqrt(v) + self.eps)
        eta_a = self.eta(state) / (1 - b1**t)
        u *= b1
        u += g * switched
        d, eta = xp.where(switched, (1 - b1) * u, d_a), xp.where(switched, state["Lam"], eta_a)

        p = -eta_a * d_a
        p_g = p @ g
        projects = p_g != 0
        gamma = (p @ p) / xp.where(projects, -p_g, 1)
        state["lam"] = lam = xp.where(projects, b2 * state["lam"] + (1 - b2) * gamma, state["lam"])
        settles = projects & (xp.abs(lam / (1 - b2**t) - gamma) < self.tolerance) & (t > 1) & ~switched
        state["Lam"] = xp.where(settles, lam / (1 - b2**t), state["Lam"])
        state["switched"] = (switched | settles).astype(w.dtype)
        if state.report:
            terms = {"gamma": gamma, "lam": lam, "Lam": state["Lam"], "switched": switched}
            state.report(g=g, m=m, v=v, p=p, **terms, u=u, d=d, eta=eta)
        return d, eta
