"""Six rules that stand only in the tests, each with something that no built-in rule does."""

from minimix.ops import concatenate, exp, log, maximum, norm, relu, sigmoid, sign, sqrt, tanh, where, zeros_like
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


class Odd(Rule):
    """A rule whose propose is one of the functions below."""

    def __init__(self, lr=0.01, b=0.9):
        self.lr, self.b = lr, b


def argument_bound_again(self, w, g, state):
    g = g + 0.1 * w
    m = state.average("m", g, self.b)
    m = m / (1 - self.b**state.t)
    return m, self.lr


def textbook(self, w, g, state):
    b1, b2, t = self.b, 0.99, state.t
    m = state.keep("m", b1 * state.previous("m", g) + (1 - b1) * g)
    v = state.average("v", g, b2, power=2)
    m_hat = m / (1 - b1**t)
    v_hat = v / (1 - b2**t)
    state.keep("late", t > 5)
    return m_hat / (sqrt(v_hat) + 1e-8), self.lr


def reductions(self, w, g, state):
    size, top = (g * g).sum() ** 0.5, abs(g).max()
    return g * (g @ w) / (size + top + 1) ** 2, self.lr


def step_size_for_each(self, w, g, state):
    v = state.sum("v", g, power=2)
    return g, self.lr / (sqrt(v) + 1e-8)


def whole_steps(self, w, g, state):
    return 0.001 * sign(g), 1


def numbers_kept(self, w, g, state):
    n = norm(g)
    low_old = state.previous("low", w, start=1e9)
    low = state.keep("low", where(n < low_old, n, low_old))
    k = state.keep("k", state.t % 3)
    return g * low * (k + 1) / (n * n + 1e-9), self.lr


def inputs_kept(self, w, g, state):
    g_old, w_old = state.previous("g", g), state.previous("w", w, start=w)
    state.keep("g", g), state.keep("w", w)
    y, s = g - g_old, w - w_old
    return g / (1 + norm(g)), 0.1 * abs(s @ y) / (1 + y @ y)


def names_taken(self, w, g, state):
    t, loss = 1.0 * state.t, norm(g)
    d = 2 * g
    d_new, eta = d / t, 0.5 * self.lr
    dw = d_new / (1 + loss)
    return 2 * dw, eta / t


def conditions(self, w, g, state):
    down = (g > 0) & (w < 0)
    return where(down | ~(g > 1), tanh(g), 0.5 * relu(g) * sigmoid(g) * log(2 + g * g)), self.lr


def parts(self, w, g, state):
    return zeros_like(w) + concatenate([2 * g[:1], g[1:]]), self.lr * exp(-0.1 * state.t)


ODD = {
    argument_bound_again: {"m": "b*m_old + (1 - b)*(g + 0.1*w)", "d": "m/(1 - b^t)"},
    textbook: {
        "m": "b1*m_old + (1 - b1)*g",
        "m_hat": "m/(1 - b1^t)",
        "v_hat": "v/(1 - 0.99^t)",
        "d": "m_hat/(sqrt(v_hat) + 1e-08)",
    },
    reductions: {"size": "sqrt(sum(g*g))", "top": "max(abs(g))", "d": "g*<g, w>/(size + top + 1)^2"},
    step_size_for_each: {"d": "g", "eta": "lr/(sqrt(v) + 1e-08)"},
    whole_steps: {"d": "0.001*sign(g)", "eta": "1"},
    numbers_kept: {"k": "t mod 3", "low": "n", "d": "g*low*(k + 1)/(n*n + 1e-09)"},
    inputs_kept: {"y": "g - g_old", "s": "w - w_old", "eta": "0.1*abs(<s, y>)/(1 + <y, y>)", "g_kept": "g"},
    names_taken: {"loss_own": "norm(g)", "dw_own": "d_new/(1 + loss_own)", "direction": "2*dw_own"},
    conditions: {},
    parts: {"d": "0 + {first 1: 2*g; the rest: g}", "eta": "lr*exp(-0.1*t)"},
}
"""What rules of one's own may do besides, and how some of it is printed."""
