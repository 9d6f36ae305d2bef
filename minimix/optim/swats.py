"""SWATS: switching from Adam to SGD (Keskar & Socher 2017, arXiv 1712.07628, Algorithm 1)."""

from ..ops import sqrt, where
from ..validation import check_number
from .rule import Rule, check_rate


class SWATS(Rule):
    """Adam until the SGD learning rate that its step projects to settles, then SGD with momentum b1 and that rate.

    Adam's step p = -eta*sqrt(1-b2^t)/(1-b1^t) * m/(sqrt(v)+eps) is the projection onto it of an SGD step of rate
    gamma = <p, p> / -<p, g>. With lam = b2*lam + (1-b2)*gamma, the switch comes at the first t > 1 with
    |lam/(1-b2^t) - gamma| < tolerance; Lam = lam/(1-b2^t), 0 before, is kept. From then on u = b1*u + g and
    w -= (1-b1)*Lam*u.

    The phase stays on the device, so that no step waits for it: both branches are computed and one is chosen. Where it
    changes, nothing else does at that point: the derivative with respect to the tolerance is 0.
    """

    def __init__(self, lr=1e-3, b1=0.9, b2=0.999, eps=1e-9, tolerance=1e-9):
        check_rate("swats", lr)
        check_number("swats", "b1", b1, below=1)
        check_number("swats", "b2", b2, below=1)
        check_number("swats", "eps", eps)
        check_number("swats", "tolerance", tolerance, above=True)
        self.lr, self.b1, self.b2, self.eps, self.tolerance = lr, b1, b2, eps, tolerance

    def propose(self, w, g, state):
        b1, b2, t = self.b1, self.b2, state.t
        lam_old, Lam_old = (state.previous(name, w, scalar=True) for name in ("lam", "Lam"))
        switched = Lam_old != 0
        m = state.average("m", g, b1)
        v = state.average("v", g, b2, power=2)
        u = state.sum("u", where(switched, g, 0.0), b1)
        d = where(switched, (1 - b1) * u, (1 - b2**t) ** 0.5 * m / (sqrt(v) + self.eps))
        eta = where(switched, Lam_old, self.eta(state) / (1 - b1**t))

        p = -eta * d
        p_g = p @ g
        gamma = -(p @ p) / where(p_g != 0, p_g, 1.0)
        projects = (p_g != 0) & ~switched
        lam = state.keep("lam", where(projects, b2 * lam_old + (1 - b2) * gamma, lam_old))
        settles = projects & (abs(lam / (1 - b2**t) - gamma) < self.tolerance) & (t > 1)
        state.keep("Lam", where(settles, lam / (1 - b2**t), Lam_old))
        return d, eta
