"""Lookahead (Zhang, Lucas, Hinton, Ba 2019, arXiv 1907.08610, Algorithm 1)."""

from ..validation import check_number
from .adam import Adam
from .rule import Rule

_FAST = Adam()


class Lookahead(Rule):
    """k steps of another rule, the fast weights, then slow = slow + alpha*(fast - slow), from where they go on.

    The slow weights start where the fast ones do. The inner rule keeps its state.
    """

    def __init__(self, rule=None, k=5, alpha=0.5):
        if rule is not None and not isinstance(rule, Rule):
            raise TypeError(f"lookahead: rule must be an update rule, got {rule!r}")
        check_number("lookahead", "k", k, above=True, integer=True)
        check_number("lookahead", "alpha", alpha, most=1)
        self.rule, self.k, self.alpha = rule, k, alpha

    def propose(self, w, g, state):
        d_fast, eta_fast = (self.rule or _FAST)(w, g, state.part("rule"))
        slow_old = state.previous("slow", w, start=w)
        if state.t % self.k != 0:
            return d_fast, eta_fast
        fast = w - eta_fast * d_fast
        slow = state.keep("slow", slow_old + self.alpha * (fast - slow_old))
        return w - slow, 1.0
