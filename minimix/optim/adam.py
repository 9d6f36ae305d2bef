"""Adam, with AdamW and AMSGrad as options."""

from ..ops import over_root
from ..validation import check_number
from .describing import used
from .rule import Rule, check_rate


class Adam(Rule):
    """m = b1*m + (1-b1)*g; v = b2*v + (1-b2)*g^2; d_a = m / (sqrt(v)/sqrt(1-b2^t) + eps); step eta/(1-b1^t).

    That is m̂/(sqrt(v̂) + eps) with step eta, where m̂ = m/(1-b1^t) and v̂ = v/(1-b2^t) (Kingma & Ba 2015).

    Why 1/(1-b1^t) stands in the step size: m starts at 0, so after t steps its weights sum to 1-b1^t and not to 1, and
    m̂ makes up for that. It is one number for all elements, so it may divide d_a or eta alike, eta*m̂ = eta/(1-b1^t)*m.
    PyTorch takes eta, which is one multiplication of a number instead of one of a vector; and so does the study, whose
    MAS mixes this d_a and this eta_a, not m̂: it is part of what MAS is. v's correction has to stay under the root.

    weight_decay: added to the gradient, g + wd*w; with decoupled=True taken from the weights instead, w -= eta*wd*w
    (AdamW, Loshchilov & Hutter 2019). amsgrad: uses the largest v so far (Reddi et al. 2018).
    """

    def __init__(self, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8, weight_decay=0.0, decoupled=False, amsgrad=False):
        check_rate("adam", lr)
        check_number("adam", "b1", b1, below=1)
        check_number("adam", "b2", b2, below=1)
        check_number("adam", "eps", eps)
        check_number("adam", "weight_decay", weight_decay)
        self.lr, self.b1, self.b2, self.eps = lr, b1, b2, eps
        self.weight_decay, self.decoupled, self.amsgrad = weight_decay, decoupled, amsgrad

    def propose(self, w, g, state):
        b1, b2, t, wd = self.b1, self.b2, state.t, self.weight_decay
        h = g + wd * w if used(wd) and not self.decoupled else g
        m = state.average("m", h, b1)
        v = state.average("v", h, b2, power=2)
        if self.amsgrad:
            v = state.largest("v_max", v)
        d_a = over_root(m, v, (1 - b2**t) ** 0.5, self.eps)
        if used(wd) and self.decoupled:
            d_a = d_a + wd * (1 - b1**t) * w
        eta_a = self.eta(state) / (1 - b1**t)
        return d_a, eta_a
