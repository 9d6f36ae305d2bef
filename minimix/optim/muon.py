"""Muon (Jordan et al. 2024, kellerjordan.github.io/posts/muon)."""

from ..ops import maximum, norm, reshape
from ..validation import check_number
from .adam import Adam
from .describing import used
from .layer_split import share
from .rule import Rule, check_rate

A, B, C = 3.4445, -4.775, 2.0315  # of the odd polynomial that lifts all singular values towards 1
_REST = Adam()


class Muon(Rule):
    """For matrices b = mu*b + (1-mu)*g; o = b's singular values made about 1 by Newton-Schulz; step eta.

    With Nesterov's momentum o is made of h = (1-mu)*g + mu*b. A matrix (rows, columns) with more rows than columns
    moves by o*sqrt(rows/columns); all by wd*w besides. What is no matrix (biases, convolutions) has the rule `rest`.
    In the form of torch.optim.Muon, in the parameters' dtype rather than bfloat16.
    """

    def __init__(self, lr=1e-3, momentum=0.95, nesterov=True, weight_decay=0.1, turns=5, rest=None):
        check_rate("muon", lr)
        check_number("muon", "momentum", momentum, below=1)
        check_number("muon", "weight_decay", weight_decay)
        check_number("muon", "turns", turns, above=True, integer=True)
        if rest is not None and not isinstance(rest, Rule):
            raise TypeError(f"muon: rest must be an update rule, got {rest!r}")
        self.lr, self.momentum, self.nesterov = lr, momentum, nesterov
        self.weight_decay, self.turns, self.rest = weight_decay, turns, rest

    def propose(self, w, g, state):
        if any(len(layer.shape) != 2 for layer in state.layers):
            return share(w, g, state, {"matrices": self, "rest": self.rest or _REST}, _by_shape)
        mu, wd = self.momentum, self.weight_decay
        b = state.average("b", g, mu)
        h = (1 - mu) * g + mu * b if self.nesterov else b
        o = state.each(self._orthogonal, h)
        d = o + wd * w if used(wd) else o
        return d, self.eta(state)

    def _orthogonal(self, layer, h):
        rows, columns = layer.shape
        x = reshape(h / maximum(norm(h), 1e-7), shape=layer.shape)
        x = x.T if rows > columns else x
        for _ in range(self.turns):
            gram = x @ x.T
            x = A * x + (B * gram + C * (gram @ gram)) @ x
        return reshape(x.T * (rows / columns) ** 0.5 if rows > columns else x, shape=(-1,))


def _by_shape(layers):
    groups = {"matrices": [], "rest": []}
    for layer in layers:
        groups["matrices" if len(layer.shape) == 2 else "rest"].append(layer.name)
    return {name: group for name, group in groups.items() if group}
