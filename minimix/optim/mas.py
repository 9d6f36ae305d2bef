"""MAS: mixing Adam and SGD, or any two rules (Landro, Gallo, La Grassa 2020, arXiv 2011.08042, and the study)."""

import math

from ..backend import fused, module_of
from ..hint import one_of
from .adam import Adam
from .rule import Rule, State, check_number, check_rate
from .sgd import SGD

COMBINE = ("linear", "correction", "vector", "normalized", "polynomial", "sum")


@fused
def _mixture(d_s, d_a, ls, la):
    """ls*d_s + la*d_a."""
    d = ls * d_s
    d += la * d_a
    return d


class MAS(Rule):
    """Combines the proposals (d_s, eta_s) and (d_a, eta_a) of two rules with the weights ls and la.

    combine:
      linear      d = ls*d_s + la*d_a; step eta_m = ls*eta_s + la*eta_a. Directions *and* step sizes are mixed, as in
                  the authors' code: with one shared eta it takes cross terms, eta_a*ls*la*d_s among them.
      sum         ls*eta_s*d_s + la*eta_a*d_a: the plain weighted sum of the two rules' own steps, which others publish
                  under the same name.
      correction  per layer: d = ls*d_s where <d_s, d_a> > 0, else la*d_a; step eta_m. branch_step=True takes the
                  chosen rule's own step, ls*eta_s or la*eta_a, which the experiments compute and then overwrite.
      vector      first half of the rows (axis 0, n//2) takes ls*d_s, the others la*d_a; step eta_m/2.
      normalized  per layer: d = la*norm(d_a)*d_s/norm(d_s) (0 where d_s is); step ls*eta_s.
      polynomial  d = ls*d_s + la*(d_a^2 + d_a); step eta_m.
    "Layer" is one parameter array, as in the study.

    lr: the learning rate of both rules; gamma: la = gamma, ls = 1 - gamma. ls, la: the weights themselves, instead
    of gamma. s, a: the two rules, instead of SGD(lr) and Adam(lr); each keeps its own state and learning rate.
    """

    def __init__(self, lr=1e-3, gamma=0.6, combine="linear", s=None, a=None, ls=None, la=None, branch_step=False):
        one_of("mas: combine", combine, COMBINE)
        for name, rule in (("s", s), ("a", a)):
            if rule is not None and not isinstance(rule, Rule):
                raise TypeError(f"mas: {name} must be an update rule, got {rule!r}")
        if (ls is None) != (la is None):
            raise ValueError(f"mas: ls and la go together, got ls={ls!r}, la={la!r}")
        check_rate("mas", lr)
        check_number("mas", "gamma", gamma, most=1)
        for name, weight in (("ls", ls), ("la", la)):
            if weight is not None:
                check_number("mas", name, weight)
        if branch_step and combine != "correction":
            raise ValueError(f"mas: branch_step=true belongs to combine='correction', got combine={combine!r}")
        self.lr, self.gamma, self.combine, self.s, self.a = lr, gamma, combine, s, a
        self.ls, self.la, self.branch_step = ls, la, branch_step
        self._s, self._a = s or SGD(lr), a or Adam(lr)
        self._weights = (1 - gamma, gamma) if ls is None else (ls, la)

    def start(self, w, layers):
        return State(layers, {"s": self._s.start(w, layers), "a": self._a.start(w, layers)})

    def propose(self, w, g, state):
        ls, la = self._weights
        d_s, eta_s = self._s(w, g, state.parts["s"])
        d_a, eta_a = self._a(w, g, state.parts["a"])
        eta_m = ls * eta_s + la * eta_a
        terms = {}
        if self.combine == "linear":
            d = _mixture(d_s, d_a, ls, la)
        elif self.combine == "polynomial":
            d = ls * d_s + la * (d_a * d_a + d_a)
        elif self.combine == "sum":
            d, eta_m = ls * eta_s * d_s + la * eta_a * d_a, 1.0
        elif self.combine == "normalized":
            d, terms = self._normalized(d_s, d_a, state.layers)
            eta_m = ls * eta_s
        elif self.combine == "vector":
            d = self._vector(d_s, d_a, state.layers)
            eta_m = eta_m / 2
        else:
            d, eta_m, terms = self._correction(d_s, d_a, eta_s, eta_a, eta_m, state.layers)
        if state.report:
            state.report(d_s=d_s, eta_s=eta_s, d_a=d_a, eta_a=eta_a, **terms, d=d, eta_m=eta_m)
        return d, eta_m

    def _correction(self, d_s, d_a, eta_s, eta_a, eta_m, layers):
        xp, (ls, la) = module_of(d_s), self._weights
        d, inner = xp.empty_like(d_s), []
        if self.branch_step:
            eta_m = xp.empty_like(d_s)
        for layer in layers:
            i = layer.slice
            inner.append(d_s[i] @ d_a[i])
            d[i] = xp.where(inner[-1] > 0, ls * d_s[i], la * d_a[i])
            if self.branch_step:
                eta_m[i] = xp.where(inner[-1] > 0, ls * _own(eta_s, i), la * _own(eta_a, i))
        return d, eta_m, {"inner": inner, "chosen_s": [product > 0 for product in inner]}

    def _normalized(self, d_s, d_a, layers):
        xp, (_, la) = module_of(d_s), self._weights
        d, norms_s, norms_a = xp.empty_like(d_s), [], []
        for layer in layers:
            i = layer.slice
            norm_s, norm_a = xp.sqrt(d_s[i] @ d_s[i]), xp.sqrt(d_a[i] @ d_a[i])
            d[i] = d_s[i] * (la * norm_a / xp.where(norm_s > 0, norm_s, 1))
            norms_s.append(norm_s)
            norms_a.append(norm_a)
        return d, {"norm_s": norms_s, "norm_a": norms_a}

    def _vector(self, d_s, d_a, layers):
        ls, la = self._weights
        d = la * d_a
        for layer in layers:
            rows, *row = layer.shape or (1,)
            first = slice(layer.slice.start, layer.slice.start + rows // 2 * math.prod(row))
            d[first] = ls * d_s[first]
        return d


def _own(eta, i):
    """A layer's step sizes: its slice of an array, or the one number for all."""
    return eta[i] if getattr(eta, "ndim", 0) else eta
