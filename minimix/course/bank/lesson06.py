"""Exercises: SGD, momentum, Nesterov."""

import numpy as np

from ..exercise import Exercise, unmoved
from ..running import LATE_DECAY

CURVATURE = np.array([1.0, 0.3, 4.0])
W = np.array([-4.0, 2.0, 1.5])
LR, MU, DECAY = 0.2, 0.7, 0.4


def sgd_step(w, g, lr, decay):
    return w - lr * (g + decay * w)


def momentum_step(w, g, b, lr, mu):
    b = mu * b + g
    return w - lr * b, b


def nesterov_step(w, g, b, lr, mu):
    b = mu * b + g
    return w - lr * (g + mu * b), b


def momentum_steps(parameters, gradients, buffers, lr, mu):
    new = [mu * b + g for b, g in zip(buffers, gradients, strict=True)]
    return [w - lr * b for w, b in zip(parameters, new, strict=True)], new


def _shared(parameters, gradients, buffers, lr, mu):
    """One buffer that goes from parameter to parameter."""
    b, new = buffers[0], []
    for w, g in zip(parameters, gradients, strict=True):
        b = mu * b + g
        new.append(w - lr * b)
    return new, [b] * len(parameters)


def _first_buffer(parameters, gradients, buffers, lr, mu):
    return momentum_steps(parameters, gradients, [buffers[0]] * len(parameters), lr, mu)


def _first_gradient(parameters, gradients, buffers, lr, mu):
    return momentum_steps(parameters, [gradients[0]] * len(parameters), buffers, lr, mu)


def _buffers_kept(parameters, gradients, buffers, lr, mu):
    return momentum_steps(parameters, gradients, buffers, lr, mu)[0], buffers


def _old_buffers(parameters, gradients, buffers, lr, mu):
    new = momentum_steps(parameters, gradients, buffers, lr, mu)[1]
    return [w - lr * b for w, b in zip(parameters, buffers, strict=True)], new


def _downhill(parameters, gradients, buffers, lr, mu):
    new = [mu * b - lr * g for b, g in zip(buffers, gradients, strict=True)]
    return [w + b for w, b in zip(parameters, new, strict=True)], new


def _directions(parameters, gradients, buffers, lr, mu):
    new = momentum_steps(parameters, gradients, buffers, lr, mu)[1]
    return new, new


def _plain(step):
    """A play of three steps of a rule without a state."""
    w = W
    for t in range(1, 4):
        w = step(w, CURVATURE * w, LR, DECAY)
        yield f"step {t}", w


def _buffered(step):
    w, b = W, np.zeros(3)
    for t in range(1, 5):
        w, b = step(w, CURVATURE * w, b, LR, MU)
        yield f"step {t}", (w, b)


def _listed(steps):
    parameters, buffers = [W, np.array([3.0, -1.0, 0.5])], [np.zeros(3), np.zeros(3)]
    for t in range(1, 5):
        parameters, buffers = steps(parameters, [CURVATURE * w for w in parameters], buffers, LR, MU)
        yield f"step {t}", [x for pair in zip(parameters, buffers, strict=False) for x in pair]


SIGN = "the sign: the step goes downhill, against the gradient."
LR_SQUARED = "the rate enters twice, in the buffer and in the step."
AVERAGE = "(1 - mu)*g makes b an average, as in Adam; here g enters in full."
STALE = "the step uses the buffer from before this gradient: update it first."
KEPT = "the buffer that you return is the old one, so that it never fills."

EXERCISES = (
    Exercise(
        sgd_step,
        _plain,
        returns=("w",),
        mistakes=(
            (SIGN, lambda w, g, lr, decay: w + lr * (g + decay * w)),
            ("the sign of the weight decay: it pulls w towards 0.", lambda w, g, lr, decay: w - lr * (g - decay * w)),
            ("the weight decay is missing.", lambda w, g, lr, decay: w - lr * g),
            (
                "the weight decay isn't multiplied by the rate: brackets.",
                lambda w, g, lr, decay: w - lr * g - decay * w,
            ),
            ("the rate is squared.", lambda w, g, lr, decay: w - lr**2 * (g + decay * w)),
            ("the rate is missing.", lambda w, g, lr, decay: w - (g + decay * w)),
            ("the rate enters twice for the weight decay.", lambda w, g, lr, decay: w - lr * (g + lr * decay * w)),
            *unmoved(sgd_step),
            (LATE_DECAY, lambda w, g, lr, decay: (w - lr * g) * (1 - lr * decay)),
            ("the weight decay multiplies g; it should multiply w.", lambda w, g, lr, decay: w - lr * (g + decay * g)),
        ),
    ),
    Exercise(
        momentum_step,
        _buffered,
        returns=("w", "b"),
        mistakes=(
            (SIGN, lambda w, g, b, lr, mu: (w + lr * (mu * b + g), mu * b + g)),
            (LR_SQUARED, lambda w, g, b, lr, mu: (w - lr * (mu * b + lr * g), mu * b + lr * g)),
            (
                "the rate is in the buffer; keep it out, so that b does not depend on it.",
                lambda w, g, b, lr, mu: (w - (mu * b + lr * g), mu * b + lr * g),
            ),
            (AVERAGE, lambda w, g, b, lr, mu: (w - lr * (mu * b + (1 - mu) * g), mu * b + (1 - mu) * g)),
            (STALE, lambda w, g, b, lr, mu: (w - lr * b, mu * b + g)),
            (KEPT, lambda w, g, b, lr, mu: (w - lr * (mu * b + g), b)),
            ("this is Nesterov's step; momentum moves by b alone.", nesterov_step),
            ("mu belongs to the old buffer, not to g.", lambda w, g, b, lr, mu: (w - lr * (b + mu * g), b + mu * g)),
            ("mu is missing: without forgetting, b only grows.", lambda w, g, b, lr, mu: (w - lr * (b + g), b + g)),
            ("b isn't used: this is plain SGD.", lambda w, g, b, lr, mu: (w - lr * g, g)),
            ("the old b is subtracted from g; it is added.", lambda w, g, b, lr, mu: momentum_step(w, g, b, lr, -mu)),
            (
                "v = mu*v - lr*g points downhill: w - v goes uphill. (And b here has neither rate nor sign: mu*b + g.)",
                lambda w, g, b, lr, mu: (w - (mu * b - lr * g), mu * b - lr * g),
            ),
            (
                "v = mu*v + lr*g points uphill: w + v goes uphill. (And b here has no rate: mu*b + g.)",
                lambda w, g, b, lr, mu: (w + (mu * b + lr * g), mu * b + lr * g),
            ),
            (
                "v = mu*v - lr*g with w + v is the same way down, but another b: here it has neither rate nor sign.",
                lambda w, g, b, lr, mu: (w + (mu * b - lr * g), mu * b - lr * g),
            ),
            (
                "v = mu*v - lr*g has the rate and the sign already: w - lr*v goes uphill, with the rate squared.",
                lambda w, g, b, lr, mu: (w - lr * (mu * b - lr * g), mu * b - lr * g),
            ),
            (
                "g is subtracted in b, so that w - lr*b goes uphill: b is mu*b + g.",
                lambda w, g, b, lr, mu: (w - lr * (mu * b - g), mu * b - g),
            ),
            ("the order is w, b.", lambda w, g, b, lr, mu: momentum_step(w, g, b, lr, mu)[::-1]),
            *unmoved(momentum_step),
        ),
    ),
    Exercise(
        nesterov_step,
        _buffered,
        returns=("w", "b"),
        mistakes=(
            (SIGN, lambda w, g, b, lr, mu: (w + lr * (g + mu * (mu * b + g)), mu * b + g)),
            ("this is ordinary momentum: the look-ahead uses the new b, not the old one.", momentum_step),
            ("mu is missing before b in the step.", lambda w, g, b, lr, mu: (w - lr * (g + mu * b + g), mu * b + g)),
            ("g is missing in the step.", lambda w, g, b, lr, mu: (w - lr * mu * (mu * b + g), mu * b + g)),
            (
                "the look-ahead ends up in the buffer; the buffer is the same as in momentum.",
                lambda w, g, b, lr, mu: (w - lr * (g + mu * (mu * b + g)), g + mu * (mu * b + g)),
            ),
            (LR_SQUARED, lambda w, g, b, lr, mu: (w - lr * (g + mu * (mu * b + lr * g)), mu * b + lr * g)),
            (AVERAGE, lambda w, g, b, lr, mu: (w - lr * (g + mu * (mu * b + (1 - mu) * g)), mu * b + (1 - mu) * g)),
            (KEPT, lambda w, g, b, lr, mu: (w - lr * (g + mu * (mu * b + g)), b)),
            *unmoved(nesterov_step),
            (
                "v = mu*v - lr*g with w + mu*v - lr*g is the same way down, but another b: here it has neither rate "
                "nor sign.",
                lambda w, g, b, lr, mu: (w + mu * (mu * b - lr * g) - lr * g, mu * b - lr * g),
            ),
            (
                "v = mu*v - lr*g points downhill: w - (mu*v - lr*g) goes uphill.",
                lambda w, g, b, lr, mu: (w - mu * (mu * b - lr * g) + lr * g, mu * b - lr * g),
            ),
        ),
    ),
    Exercise(
        momentum_steps,
        _listed,
        returns=("parameters", "buffers"),
        terms=("the first w", "the first b", "the second w", "the second b"),
        mistakes=(
            ("one buffer goes from parameter to parameter: each needs its own.", _shared),
            ("all parameters use the first one's buffer: each needs its own.", _first_buffer),
            ("all parameters use the first one's gradient.", _first_gradient),
            (KEPT, _buffers_kept),
            (STALE, _old_buffers),
            (SIGN, lambda ws, gs, bs, lr, mu: momentum_steps(ws, gs, bs, -lr, mu)),
            (
                "v = mu*v - lr*g with w + v is the same way down, but another b: here it has neither rate nor sign.",
                _downhill,
            ),
            ("these are the directions; return the new weights.", _directions),
            ("the order is parameters, buffers.", lambda ws, gs, bs, lr, mu: momentum_steps(ws, gs, bs, lr, mu)[::-1]),
        ),
    ),
)
