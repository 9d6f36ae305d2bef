"""The update rules written out from their papers and the study's table, in plain float64 NumPy.

oracle(t, w, g) takes dictionaries {parameter name: array} and returns the directions and the step sizes as
dictionaries; the parameters then become w - eta*d. Nothing here comes from minimix.
"""

import numpy as np


class Sgd:
    def __init__(self, eta, mu=0.0, damp=0.0, nesterov=False, wd=0.0):
        self.eta, self.mu, self.damp, self.nesterov, self.wd, self.b = eta, mu, damp, nesterov, wd, {}

    def __call__(self, t, w, g):
        d = {}
        for name in w:
            d_s = g[name] + self.wd * w[name]
            if self.mu:
                b = d_s if t == 1 else self.mu * self.b[name] + (1 - self.damp) * d_s
                self.b[name] = b
                d_s = d_s + self.mu * b if self.nesterov else b
            d[name] = d_s
        return d, dict.fromkeys(w, self.eta)


class Adam:
    def __init__(self, eta, b1=0.9, b2=0.999, eps=1e-8, wd=0.0, decoupled=False, amsgrad=False):
        self.eta, self.b1, self.b2, self.eps = eta, b1, b2, eps
        self.wd, self.decoupled, self.amsgrad = wd, decoupled, amsgrad
        self.m, self.v, self.v_max = {}, {}, {}

    def __call__(self, t, w, g):
        b1, b2, d = self.b1, self.b2, {}
        for name in w:
            h = g[name] if self.decoupled else g[name] + self.wd * w[name]
            self.m[name] = b1 * self.m.get(name, 0) + (1 - b1) * h
            self.v[name] = b2 * self.v.get(name, 0) + (1 - b2) * h**2
            self.v_max[name] = np.maximum(self.v_max.get(name, 0), self.v[name])
            v = self.v_max[name] if self.amsgrad else self.v[name]
            d[name] = self.m[name] / (np.sqrt(v) / np.sqrt(1 - b2**t) + self.eps)
            if self.decoupled:  # w -= eta*wd*w
                d[name] = d[name] + self.wd * w[name] * (1 - b1**t)
        return d, dict.fromkeys(w, self.eta / (1 - b1**t))


class Mas:
    def __init__(self, combine, ls, la, s, a, branch_step=False):
        self.combine, self.ls, self.la, self.s, self.a, self.branch_step = combine, ls, la, s, a, branch_step

    def __call__(self, t, w, g):
        ls, la, d, eta = self.ls, self.la, {}, {}
        d_s, eta_s = self.s(t, w, g)
        d_a, eta_a = self.a(t, w, g)
        for name in w:
            s, a, eta_m = d_s[name], d_a[name], ls * eta_s[name] + la * eta_a[name]
            if self.combine == "linear":
                d[name], eta[name] = ls * s + la * a, eta_m
            elif self.combine == "sum":
                d[name], eta[name] = ls * eta_s[name] * s + la * eta_a[name] * a, 1.0
            elif self.combine == "polynomial":
                d[name], eta[name] = ls * s + la * (a**2 + a), eta_m
            elif self.combine == "normalized":
                d[name] = la * np.linalg.norm(a) * s / np.linalg.norm(s)
                eta[name] = ls * eta_s[name]
            elif self.combine == "vector":
                half = len(s) // 2 if s.ndim else 0
                rows = np.arange(len(s)).reshape(-1, *[1] * (s.ndim - 1)) if s.ndim else np.zeros(())
                d[name], eta[name] = np.where(rows < half, ls * s, la * a), eta_m / 2
            elif np.sum(s * a) > 0:
                d[name], eta[name] = ls * s, ls * eta_s[name] if self.branch_step else eta_m
            else:
                d[name], eta[name] = la * a, la * eta_a[name] if self.branch_step else eta_m
        return d, eta


class Split:
    """groups: [(oracle, the names of its parameters)]."""

    def __init__(self, *groups):
        self.groups = groups

    def __call__(self, t, w, g):
        d, eta = {}, {}
        for oracle, names in self.groups:
            own = oracle(t, {name: w[name] for name in names}, {name: g[name] for name in names})
            d |= own[0]
            eta |= own[1]
        return d, eta


class Swats:
    """Algorithm 1 of arXiv 1712.07628, over the vector of all parameters."""

    def __init__(self, alpha, b1=0.9, b2=0.999, eps=1e-9, tolerance=1e-9):
        self.alpha, self.b1, self.b2, self.eps, self.tolerance = alpha, b1, b2, eps, tolerance
        self.m, self.a, self.lam, self.u, self.Lam = 0, 0, 0, None, None
        self.switched_at = None

    def __call__(self, t, w, g):
        flat = np.concatenate([g[name].ravel() for name in w])
        b1, b2 = self.b1, self.b2
        if self.switched_at is not None:
            self.u = b1 * self.u + flat
            d, eta = (1 - b1) * self.u, self.Lam
        else:
            self.m = b1 * self.m + (1 - b1) * flat
            self.a = b2 * self.a + (1 - b2) * flat**2
            eta = self.alpha / (1 - b1**t)
            d = np.sqrt(1 - b2**t) * self.m / (np.sqrt(self.a) + self.eps)
            p = -eta * d
            if p @ flat != 0:
                gamma = p @ p / -(p @ flat)
                self.lam = b2 * self.lam + (1 - b2) * gamma
                if t > 1 and abs(self.lam / (1 - b2**t) - gamma) < self.tolerance:
                    self.switched_at, self.u, self.Lam = t, np.zeros_like(flat), self.lam / (1 - b2**t)
        ends = np.cumsum([g[name].size for name in w])[:-1]
        parts = [part.reshape(g[name].shape) for name, part in zip(w, np.split(d, ends), strict=True)]
        return dict(zip(w, parts, strict=True)), dict.fromkeys(w, eta)


class AdaGrad:
    """Duchi, Hazan, Singer 2011, with the diagonal of G: x -= eta * diag(G)^(-1/2) g."""

    def __init__(self, eta, eps=1e-10):
        self.eta, self.eps, self.G = eta, eps, {}

    def __call__(self, t, w, g):
        self.G = {name: self.G.get(name, 0) + g[name] ** 2 for name in w}
        return {name: g[name] / (np.sqrt(self.G[name]) + self.eps) for name in w}, dict.fromkeys(w, self.eta)


class RmsProp:
    """Tieleman & Hinton 2012: a moving average of the squared gradient, whose root divides the gradient."""

    def __init__(self, eta, b2=0.99, eps=1e-8, mu=0.0):
        self.eta, self.b2, self.eps, self.mu, self.v, self.b = eta, b2, eps, mu, {}, {}

    def __call__(self, t, w, g):
        for name in w:
            self.v[name] = self.b2 * self.v.get(name, 0) + (1 - self.b2) * g[name] ** 2
            self.b[name] = self.mu * self.b.get(name, 0) + g[name] / (np.sqrt(self.v[name]) + self.eps)
        return dict(self.b), dict.fromkeys(w, self.eta)


class Lion:
    """Algorithm 2 of arXiv 2302.06675."""

    def __init__(self, eta, b1=0.9, b2=0.99, wd=0.0):
        self.eta, self.b1, self.b2, self.wd, self.m = eta, b1, b2, wd, {}

    def __call__(self, t, w, g):
        d = {}
        for name in w:
            m = self.m.get(name, np.zeros_like(g[name]))
            c = self.b1 * m + (1 - self.b1) * g[name]
            d[name] = np.sign(c) + self.wd * w[name]
            self.m[name] = self.b2 * m + (1 - self.b2) * g[name]
        return d, dict.fromkeys(w, self.eta)


class Lookahead:
    """Algorithm 1 of arXiv 1907.08610: phi are the slow weights, theta the fast ones, A the inner optimizer."""

    def __init__(self, A, k=5, alpha=0.5):
        self.A, self.k, self.alpha, self.phi = A, k, alpha, None

    def __call__(self, t, w, g):
        self.phi = self.phi or dict(w)
        d, eta = self.A(t, w, g)
        if t % self.k:
            return d, eta
        theta = {name: w[name] - eta[name] * d[name] for name in w}
        self.phi = {name: phi + self.alpha * (theta[name] - phi) for name, phi in self.phi.items()}
        return {name: w[name] - self.phi[name] for name in w}, dict.fromkeys(w, 1.0)


class Muon:
    """Muon of kellerjordan.github.io/posts/muon, for matrices.

    Newton-Schulz's odd polynomial a*x + b*x^3 + c*x^5 acts on singular values alone: here it is applied to them.
    """

    def __init__(self, eta, mu=0.95, nesterov=True, wd=0.1, turns=5):
        self.eta, self.mu, self.nesterov, self.wd, self.turns, self.b = eta, mu, nesterov, wd, turns, {}

    def __call__(self, t, w, g):
        mu, d = self.mu, {}
        for name in w:
            b = self.b[name] = mu * self.b.get(name, 0) + (1 - mu) * g[name]
            h = mu * b + (1 - mu) * g[name] if self.nesterov else b
            u, s, v = np.linalg.svd(h / np.linalg.norm(h), full_matrices=False)
            for _ in range(self.turns):
                s = 3.4445 * s - 4.775 * s**3 + 2.0315 * s**5
            rows, columns = h.shape
            d[name] = max(1, rows / columns) ** 0.5 * (u * s) @ v + self.wd * w[name]
        return d, dict.fromkeys(w, self.eta)


class FrankWolfe:
    """eta: None means 2/(t+2)."""

    def __init__(self, eta=None, radius=10.0):
        self.eta, self.radius = eta, radius

    def __call__(self, t, w, g):
        s = {name: -self.radius * g[name] / np.linalg.norm(g[name]) for name in w}
        step = 2 / (t + 2) if self.eta is None else self.eta
        return {name: w[name] - s[name] for name in w}, dict.fromkeys(w, step)


class Frozen:
    def __call__(self, t, w, g):
        return {name: np.zeros_like(w[name]) for name in w}, dict.fromkeys(w, 0.0)


class Scheduled:
    """An oracle whose rate, `attribute`, is a function of t."""

    def __init__(self, oracle, rate, attribute="eta"):
        self.oracle, self.rate, self.attribute = oracle, rate, attribute

    def __call__(self, t, w, g):
        setattr(self.oracle, self.attribute, self.rate(t))
        return self.oracle(t, w, g)


def run(oracle, w, gradients):
    """The parameters after each step: [{name: array}]."""
    path = []
    for t, g in enumerate(gradients, 1):
        d, eta = oracle(t, w, g)
        w = {name: w[name] - eta[name] * d[name] for name in w}
        path.append(w)
    return path
