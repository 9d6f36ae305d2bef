"""Six rules that stand only in the tests, each with something that no built-in rule does."""

from minimix.ops import maximum, norm, sign, sqrt, where
from minimix.optim import Adam, Rule


class Trust(Rule):
    """LARS (You et al. 2017): each layer's step in proportion to its weights."""

    def __init__(self, lr=1e-2, wd=1e-2):
        self.lr, self.wd = lr, wd

    def propose(self, w, g, state):
        def scaled(layer, w, g):
            norm_w, norm_h = norm(w), norm(g + self.wd * w)
            trust = where(norm_w > 0, norm_w / norm_h, 1.0)
            return trust * (g + self.wd * w)

        d = state.each(scaled, w, g)
        return d, self.lr


class Capped(Rule):
    """Each coordinate's gradient no longer than a limit, which shrinks."""

    def __init__(self, lr=1e-2, limit=1.0):
        self.lr, self.limit = lr, limit

    def propose(self, w, g, state):
        limit = self.limit / state.t**0.5
        d = where(abs(g) > limit, limit * sign(g), g)
        return d, self.lr


class Newton(Rule):
    """RMSprop with 1/sqrt(v) by Newton's iteration y = y*(3 - v*y^2)/2, in a loop."""

    def __init__(self, lr=1e-2, b2=0.9, turns=8):
        self.lr, self.b2, self.turns = lr, b2, turns

    def propose(self, w, g, state):
        v = state.average("v", g, self.b2, power=2)
        y = 1 / (1 + v)
        for _ in range(self.turns):
            y = y * (3 - v * y * y) / 2
        return g * y, self.lr


class Own(Rule):
    """Momentum by hand: what was kept, less a share of what has changed."""

    def __init__(self, lr=1e-3, mu=0.8):
        self.lr, self.mu = lr, mu

    def propose(self, w, g, state):
        p_old, seen = state.previous("p", g), state.previous("most", w, scalar=True)
        p = state.keep("p", self.mu * p_old + g)
        most = state.keep("most", maximum(norm(p), seen))
        return p / most, self.lr


class Damped(Rule):
    """Another rule, which is given the signed roots of the gradient."""

    def __init__(self, inner=None, share=0.9):
        self.inner, self.share = inner or Adam(0.02), share

    def propose(self, w, g, state):
        root = sign(g) * sqrt(abs(g))
        d_in, eta_in = self.inner(w, root, state.part("inner"))
        return self.share * d_in + (1 - self.share) * root, eta_in


class Cycle(Rule):
    """Every k-th step along the sign of what the k steps before it added up to, the others along g."""

    def __init__(self, lr=1e-3, k=4):
        self.lr, self.k = lr, k

    def propose(self, w, g, state):
        phase, cycle = state.t % self.k, state.t // self.k
        total = state.sum("total", g, decay=1.0 * (phase != 1))
        d = sign(total) if phase == 0 else g
        return d, self.lr / (1 + cycle)


RULES = {rule.__name__: rule for rule in (Trust, Capped, Newton, Own, Damped, Cycle)}
