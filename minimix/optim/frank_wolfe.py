"""Frank-Wolfe (Frank & Wolfe 1956; Jaggi 2013)."""

from ..backend import module_of
from .rule import Rule, check_number, check_rate


class FrankWolfe(Rule):
    """s = argmin of <g, s> over the ball of `radius`, per layer: -radius*g/norm(g); w += step*(s - w).

    So d = w - s, with step size lr, or 2/(t+2) where lr is None; the weights stay inside the ball once they are.
    Where g is 0 every s is as good, and the layer stays where it is.
    """

    def __init__(self, lr=None, radius=10.0):
        if lr is not None:
            check_rate("frank-wolfe", lr)
        check_number("frank-wolfe", "radius", radius, above=True)
        self.lr, self.radius = lr, radius

    def propose(self, w, g, state):
        xp, d = module_of(w), module_of(w).empty_like(w)
        for layer in state.layers:
            i = layer.slice
            norm = xp.sqrt(g[i] @ g[i])
            s = g[i] * (-self.radius / xp.where(norm > 0, norm, 1))
            d[i] = xp.where(norm > 0, w[i] - s, 0)
        eta = 2 / (state.t + 2) if self.lr is None else self.eta(state)
        if state.report:
            state.report(g=g, s=w - d, d=d, eta=eta)
        return d, eta
