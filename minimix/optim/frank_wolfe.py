"""Frank-Wolfe (Frank & Wolfe 1956; Jaggi 2013)."""

from ..ops import norm, where
from ..validation import check_number
from .rule import Rule, check_rate


class FrankWolfe(Rule):
    """s = argmin of <g, s> over the ball of `radius`, per layer: -radius*g/norm(g); w += step*(s - w).

    So d = w - s, with step size lr, or 2/(t+2) where lr is None; the weights stay inside the ball once they are.
    Where g is 0 every s is as good, and the layer stays where it is.
    """

    title, spec_name = "Frank-Wolfe", "frank-wolfe"

    def __init__(self, lr=None, radius=10.0):
        if lr is not None:
            check_rate("frank-wolfe", lr)
        check_number("frank-wolfe", "radius", radius, above=True)
        self.lr, self.radius = lr, radius

    def propose(self, w, g, state):
        def away(layer, w, g):
            norm_g = norm(g)
            s = -self.radius / where(norm_g > 0, norm_g, 1.0) * g
            return where(norm_g > 0, w - s, 0.0)

        d = state.each(away, w, g)
        eta = 2 / (state.t + 2) if self.lr is None else self.eta(state)
        return d, eta
