"""Exercises: an array module that NumPy cannot touch, work in place, operations and bytes."""

import operator

import numpy as np

from ..exercise import Exercise, cases

DEVICE = "the device's array"


class Far:
    """An array on a pretended device: only its operators and the functions of its module reach it."""

    def __init__(self, data):
        self.data = np.asarray(data)

    def _untouchable(self, *_, **__):
        raise TypeError(f"NumPy cannot touch {DEVICE}: use xp's functions")

    __array__ = __array_ufunc__ = _untouchable

    def _read(self):
        raise TypeError(
            f"if, float() and the like read a number of {DEVICE} and wait for it: use xp.maximum or xp.where"
        )

    __bool__ = __float__ = __int__ = __index__ = __iter__ = _read

    def __getattr__(self, name):
        if name.startswith("__") or not hasattr(self.data, name):
            raise AttributeError(f"{DEVICE} has no {name}")
        found = getattr(self.data, name)
        return _lifted(found) if callable(found) else found


def _near(x):
    return x.data if isinstance(x, Far) else x


def _lifted(function):
    """The function, on Far arrays and with a Far result."""

    def call(*arguments, **options):
        return Far(function(*map(_near, arguments), **{key: _near(x) for key, x in options.items()}))

    return call


for _name in ("add", "sub", "mul", "truediv", "pow", "matmul", "gt", "ge", "lt", "le"):
    _operator = getattr(operator, _name)
    setattr(Far, f"__{_name}__", lambda self, other, f=_operator: Far(f(self.data, _near(other))))
    setattr(Far, f"__r{_name}__", lambda self, other, f=_operator: Far(f(_near(other), self.data)))
Far.__neg__, Far.__abs__ = (lambda self: Far(-self.data)), (lambda self: Far(abs(self.data)))


class Module:
    """NumPy's functions, for Far arrays."""

    __name__ = "xp"

    def __init__(self, module):
        self._module = module

    def __getattr__(self, name):
        found = getattr(self._module, name)
        if name == "linalg":
            return Module(found)
        return _lifted(found) if callable(found) and not isinstance(found, type) else found


XP = Module(np)
W, B, G = np.array([-4.0, 2.0, 1.5]), np.zeros(3), np.array([1.0, 0.3, 4.0])
LR, MU = 0.2, 0.7


def clip_norm(xp, g, most):
    return g * (most / xp.maximum(xp.sqrt(g @ g), most))


def momentum_in_place(w, g, b, lr, mu):
    b *= mu
    b += g
    w -= lr * b


def operations_and_bytes(n, fan_in, fan_out):
    return 2 * n * fan_in * fan_out, 4 * (n * fan_in + fan_in * fan_out + n * fan_out)


def _clipped(clip):
    """A play on the pretended device."""
    for place, g, most in (
        ("a long g", [3.0, -1.0, 2.0], 1.5),
        ("a short g", [0.3, 0.4, -0.2], 1.5),
        ("g = 0", [0.0, 0.0], 0.7),
    ):
        with np.errstate(invalid="ignore", divide="ignore"):
            clipped = clip(XP, Far(g), most)
        yield place, _near(clipped)


def _by(norm):
    """clip_norm with another norm, a function of (xp, g)."""
    return lambda xp, g, most: g * (most / xp.maximum(norm(xp, g), most))


def _moved(step):
    """A play of three steps that are to change w and b in place."""
    w, b = W.copy(), B.copy()
    for t in range(1, 4):
        step(w, G * w, b, LR, MU)
        yield f"step {t}", (w, b)


def _w_rebound(w, g, b, lr, mu):
    b *= mu
    b += g


def _b_rebound(w, g, b, lr, mu):
    w -= lr * (mu * b + g)


def _variant(weight=1.0, late=False, sign=-1.0, kept=MU, rate=LR):
    """momentum_in_place with a mistake: weight of g, w before b, sign, factor of b, rate."""

    def step(w, g, b, lr, mu):
        if late:
            w += sign * rate * b
        b *= kept
        b += weight * g
        if not late:
            w += sign * rate * b

    return step


def _downhill(w, g, b, lr, mu):
    b *= mu
    b -= lr * g
    w += b


def _rate_in_b(w, g, b, lr, mu):
    b *= mu
    b += lr * g
    w -= b


EXERCISES = (
    Exercise(
        clip_norm,
        _clipped,
        returns=("g",),
        mistakes=(
            (
                "max and min are swapped: divide by the larger of the norm and most.",
                lambda xp, g, most: g * (most / xp.minimum(xp.sqrt(g @ g) + 1e-300, most)),
            ),
            (
                "a short g becomes longer: it should stay as it is.",
                lambda xp, g, most: g * most / xp.maximum(xp.sqrt(g @ g), 1e-300),
            ),
            ("the root is missing: this is the square of the norm.", _by(lambda xp, g: g @ g)),
            ("the sum of magnitudes; the norm is the root of the sum of squares.", _by(lambda xp, g: xp.abs(g).sum())),
            ("the largest magnitude; the norm is the root of the sum of squares.", _by(lambda xp, g: xp.abs(g).max())),
            ("the mean of the squares; the norm has their sum.", _by(lambda xp, g: xp.sqrt((g * g).mean()))),
            ("each element is clipped for itself; that turns g.", lambda xp, g, most: xp.clip(g, -most, most)),
            (
                "long gradients get length 1: multiply by most.",
                lambda xp, g, most: g / xp.maximum(xp.sqrt(g @ g), most),
            ),
        ),
    ),
    Exercise(
        momentum_in_place,
        _moved,
        terms=("w", "b"),
        may_change=("w", "b"),
        mistakes=(
            (
                "nothing has changed: `b = …` makes a new array, the caller keeps the old one. `b *= …` writes to it.",
                lambda w, g, b, lr, mu: None,
            ),
            (
                "w has not changed: `w = …` makes a new array, the caller keeps the old one. `w -= …` writes to it.",
                _w_rebound,
            ),
            (
                "b has not changed: `b = …` makes a new array, the caller keeps the old one. `b *= …` writes to it.",
                _b_rebound,
            ),
            ("w moves by the old b: update b first.", _variant(late=True)),
            ("the sign: w moves against b.", _variant(sign=1.0)),
            ("(1 - mu)*g makes b an average; here g enters in full.", _variant(weight=1 - MU)),
            ("mu is missing: without forgetting, b only grows.", _variant(kept=1.0)),
            ("the old b is lost: `b[...] = g` forgets it.", _variant(kept=0.0)),
            ("the rate is squared.", _variant(rate=LR**2)),
            ("the rate is missing.", _variant(rate=1.0)),
            ("the rate enters twice, in b and in the step.", _variant(weight=LR)),
            ("the rate is in b; keep it out, so that b does not depend on it.", _rate_in_b),
            (
                "b = mu*b - lr*g with w += b is the same way down, but another b: here it has neither rate nor sign.",
                _downhill,
            ),
        ),
    ),
    Exercise(
        operations_and_bytes,
        cases(("7 examples, 3 to 5", 7, 3, 5), ("the study's first layer", 256, 784, 128)),
        returns=("the operations", "the bytes"),
        mistakes=(
            (
                "a product and a sum for each weight and example: that's two operations.",
                lambda n, i, o: (n * i * o, operations_and_bytes(n, i, o)[1]),
            ),
            (
                "every example has to be multiplied: n is missing.",
                lambda n, i, o: (2 * i * o, operations_and_bytes(n, i, o)[1]),
            ),
            (
                "float32 has 4 bytes, 8 are float64's.",
                lambda n, i, o: (2 * n * i * o, 2 * operations_and_bytes(n, i, o)[1]),
            ),
            ("these are elements; each has 4 bytes.", lambda n, i, o: (2 * n * i * o, n * i + i * o + n * o)),
            (
                "the result has to be written: its n*fan_out elements are missing.",
                lambda n, i, o: (2 * n * i * o, 4 * (n * i + i * o)),
            ),
            ("the weights have to be read too.", lambda n, i, o: (2 * n * i * o, 4 * (n * i + n * o))),
            (
                "the weights are read once, not once for each example.",
                lambda n, i, o: (2 * n * i * o, 4 * n * (i + i * o + o)),
            ),
            ("the order is operations, bytes.", lambda n, i, o: operations_and_bytes(n, i, o)[::-1]),
        ),
    ),
)
