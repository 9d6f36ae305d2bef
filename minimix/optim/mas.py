"""MAS: mixing Adam and SGD, or any two rules (Landro, Gallo, La Grassa 2020, arXiv 2011.08042, and the study)."""

from ..hint import one_of
from ..ops import concatenate, mixture, norm, where
from ..validation import check_number
from .adam import Adam
from .rule import Rule, check_rate
from .sgd import SGD

COMBINE = ("linear", "correction", "vector", "normalized", "polynomial", "sum")


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

    def __setattr__(self, name, x):
        first, second = {"lr": ("s", "a"), "gamma": ("ls", "la")}.get(name, ("", ""))
        if hasattr(self, "branch_step") and first and None not in (getattr(self, first), getattr(self, second)):
            raise AttributeError(f"mas: {name} has no part in a mix that was given {first} and {second}: change those")
        super().__setattr__(name, x)
        if name == "lr":
            self._defaults = SGD(x), Adam(x)

    def propose(self, w, g, state):
        s, a = (given or default for given, default in zip((self.s, self.a), self._defaults, strict=True))
        ls, la = (1 - self.gamma, self.gamma) if self.ls is None else (self.ls, self.la)
        d_s, eta_s = s(w, g, state.part("s"))
        d_a, eta_a = a(w, g, state.part("a"))

        def correction(layer, d_s, d_a, eta_s, eta_a):
            inner = d_s @ d_a
            d = where(inner > 0, ls * d_s, la * d_a)
            return (d, where(inner > 0, ls * eta_s, la * eta_a)) if self.branch_step else d

        def normalized(layer, d_s, d_a):
            norm_s, norm_a = norm(d_s), norm(d_a)
            return la * norm_a / where(norm_s > 0, norm_s, 1.0) * d_s

        eta_m = ls * eta_s + la * eta_a
        if self.combine == "linear":
            d = mixture(d_s, d_a, ls, la)
        elif self.combine == "polynomial":
            d = ls * d_s + la * (d_a**2 + d_a)
        elif self.combine == "sum":
            d, eta_m = mixture(d_s, d_a, ls * eta_s, la * eta_a), 1.0
        elif self.combine == "normalized":
            d, eta_m = state.each(normalized, d_s, d_a), ls * eta_s
        elif self.combine == "vector":
            d, eta_m = concatenate(_halves(state.layers, ls * d_s, la * d_a)), eta_m / 2
        elif self.branch_step:
            d, eta_m = state.each(correction, d_s, d_a, eta_s, eta_a)
        else:
            d = state.each(correction, d_s, d_a, eta_s, eta_a)
        return d, eta_m


def _halves(layers, first, rest):
    """The parts of two vectors that make one: of each layer the first half of its rows, and the others."""
    parts = []
    for layer in layers:
        middle = layer.slice.start + layer.half
        parts += first[layer.slice.start : middle], rest[middle : layer.slice.stop]
    return parts
