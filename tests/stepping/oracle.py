"""The study's update rules and the landscapes once more, from their formulas, in plain NumPy and float64.

A rule is a function (t, w, g) -> (direction, step size, {term: value}), with its state in a closure. `layers` is
what MAS works on separately: one layer of both coordinates.
"""

import math

import numpy as np


def sgd(eta=1e-2, mu=0.0, damp=0.0, nesterov=False, wd=0.0):
    kept = {}

    def rule(t, w, g):
        d = g + wd * w
        if mu:
            kept["b"] = d if t == 1 else mu * kept["b"] + (1 - damp) * d
            d = d + mu * kept["b"] if nesterov else kept["b"]
        return d, eta, {"d_s": d, **kept}

    return rule


def adam(eta=1e-3, b1=0.9, b2=0.999, eps=1e-8, wd=0.0, decoupled=False, amsgrad=False):
    m, v, most = np.zeros(2), np.zeros(2), np.zeros(2)

    def rule(t, w, g):
        nonlocal m, v, most
        h = g if decoupled else g + wd * w
        m, v = b1 * m + (1 - b1) * h, b2 * v + (1 - b2) * h**2
        most = np.maximum(most, v)
        used = most if amsgrad else v
        d = m / (np.sqrt(used) / math.sqrt(1 - b2**t) + eps)
        if decoupled:
            d = d + wd * (1 - b1**t) * w
        terms = {"m": m, "v": v, "m_hat": m / (1 - b1**t), "v_hat": used / (1 - b2**t), "d_a": d}
        return d, eta / (1 - b1**t), terms

    return rule


def mas(combine="linear", s=None, a=None, ls=0.4, la=0.6, eta=1e-3, branch_step=False):
    s, a = s or sgd(eta), a or adam(eta)

    def rule(t, w, g):
        (d_s, eta_s, _), (d_a, eta_a, _) = s(t, w, g), a(t, w, g)
        step, terms = ls * eta_s + la * eta_a, {}
        if combine == "linear":
            d = ls * d_s + la * d_a
        elif combine == "sum":
            d, step = ls * eta_s * d_s + la * eta_a * d_a, 1.0
        elif combine == "polynomial":
            d = ls * d_s + la * (d_a**2 + d_a)
        elif combine == "vector":
            d, step = np.array([ls * d_s[0], la * d_a[1]]), step / 2
        elif combine == "normalized":
            d, step = la * np.hypot(*d_a) * d_s / np.hypot(*d_s), ls * eta_s
        else:
            terms["inner"] = d_s[0] * d_a[0] + d_s[1] * d_a[1]
            agree = terms["inner"] > 0
            d = ls * d_s if agree else la * d_a
            if branch_step:
                step = ls * eta_s if agree else la * eta_a
        return d, step, {"d_s": d_s, "d_a": d_a, "d": d, "eta_m": step, **terms}

    return rule


def split(x, y):
    def rule(t, w, g):
        (d_x, eta_x, _), (d_y, eta_y, _) = x(t, w, g), y(t, w, g)
        d, eta = np.array([d_x[0], d_y[1]]), np.array([eta_x, eta_y])
        return d, eta, {}

    return rule


def swats(eta=1e-3, b1=0.9, b2=0.999, eps=1e-9, tolerance=1e-9):
    m, v, lam, rate, u = np.zeros(2), np.zeros(2), 0.0, None, np.zeros(2)

    def rule(t, w, g):
        nonlocal m, v, lam, rate, u
        if rate is not None:
            u = b1 * u + g
            return (1 - b1) * u, rate, {"u": u}
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        d, step = math.sqrt(1 - b2**t) * m / (np.sqrt(v) + eps), eta / (1 - b1**t)
        p = -step * d
        gamma = (p @ p) / -(p @ g)
        lam = b2 * lam + (1 - b2) * gamma
        if t > 1 and abs(lam / (1 - b2**t) - gamma) < tolerance:
            rate = lam / (1 - b2**t)
        return d, step, {"m": m, "v": v}

    return rule


def frank_wolfe(radius=10.0, eta=None):
    def rule(t, w, g):
        s = -radius * g / np.hypot(*g)
        return w - s, 2 / (t + 2) if eta is None else eta, {"s": s}

    return rule


def adagrad(eta=1e-2, eps=1e-10):
    total = np.zeros(2)

    def rule(t, w, g):
        nonlocal total
        total = total + g**2
        d = g / (np.sqrt(total) + eps)
        return d, eta, {"s": total, "d": d}

    return rule


def rmsprop(eta=1e-2, b2=0.99, eps=1e-8, mu=0.0):
    v, b = np.zeros(2), np.zeros(2)

    def rule(t, w, g):
        nonlocal v, b
        v = b2 * v + (1 - b2) * g**2
        b = mu * b + g / (np.sqrt(v) + eps)
        return b, eta, {"v": v, **({"b": b} if mu else {})}

    return rule


def lion(eta=1e-4, b1=0.9, b2=0.99, wd=0.0):
    m = np.zeros(2)

    def rule(t, w, g):
        nonlocal m
        c, m = b1 * m + (1 - b1) * g, b2 * m + (1 - b2) * g
        d = np.sign(c) + wd * w
        return d, eta, {"c": c, "m": m, "d": d}

    return rule


def lookahead(inner, k=5, alpha=0.5):
    slow = None

    def rule(t, w, g):
        nonlocal slow
        slow = w if slow is None else slow
        d, eta, _ = inner(t, w, g)
        if t % k:
            return d, eta, {}
        fast = w - eta * d
        slow = slow + alpha * (fast - slow)
        return w - slow, 1.0, {"fast": fast, "slow": slow}

    return rule


def freeze():
    return lambda t, w, g: (np.zeros(2), 0.0, {})


def _rotated(x, y):
    a, b = 0.8 * x + 0.6 * y, 0.8 * y - 0.6 * x
    return 0.5 * (a**2 + 25 * b**2), (0.8 * a - 15 * b, 0.6 * a + 20 * b)


def _rosenbrock(x, y):
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2, (-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2))


def _beale(x, y):
    p, q, r = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    g_x = 2 * p * (y - 1) + 2 * q * (y**2 - 1) + 2 * r * (y**3 - 1)
    return p**2 + q**2 + r**2, (g_x, 2 * p * x + 4 * q * x * y + 6 * r * x * y**2)


def _staircase(x, y):
    stairs = [math.tanh(6 * (x - c)) for c in (0.5, 1.5, 2.5)]
    height = 1.5 + 0.5 * sum(stairs) + 0.05 * (x**2 + y**2)
    return height, (3 * sum(1 - s**2 for s in stairs) + 0.1 * x, 0.1 * y)


HEIGHT_AND_GRADIENT = {
    "valley": lambda x, y: (0.5 * (x**2 + 25 * y**2), (x, 25 * y)),
    "rotated": _rotated,
    "rosenbrock": _rosenbrock,
    "beale": _beale,
    "saddle": lambda x, y: (0.5 * x**2 - 0.5 * y**2 + y**4 / 16, (x, -y + y**3 / 4)),
    "noisy": lambda x, y: (0.5 * (x**2 + 4 * y**2), (x, 4 * y)),
    "staircase": _staircase,
}


def descend(rule, landscape, start, steps, seed=0):
    """[{term: value}] of every step; a noisy landscape's gradient gets the noise that `seed` draws."""
    noise = np.random.default_rng(seed).standard_normal((steps, 2)) * (landscape == "noisy")
    w, found = np.array(start, float), []
    for t in range(1, steps + 1):
        loss, gradient = HEIGHT_AND_GRADIENT[landscape](*w)
        g = np.array(gradient) + noise[t - 1]
        d, eta, terms = rule(t, w, g)
        new = w - eta * d
        found.append({**terms, "loss": loss, "w": w, "g": g, "dw": -eta * d, "w_new": new})
        w = new
    return found
