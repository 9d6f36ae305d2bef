"""Landscapes: functions of two parameters to descend, made of minimix operators for the engine to differentiate."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..ops import concatenate, tanh
from ..tensor import Tensor, differentiating, no_grad


@dataclass(frozen=True)
class Landscape:
    """A function of two parameters x and y.

    function: of one Tensor of shape (2, …), elementwise in all axes but the first. start: where rules begin.
    window: (left, right, bottom, top) of its picture, or None for what the traces need. about: one sentence.
    noise: the standard deviation of what is added to the gradient, the same for all rules at the same step. minima:
    where it is lowest, as far as that is known.
    """

    name: str
    function: Callable
    start: tuple
    window: tuple | None
    about: str
    noise: float = 0.0
    minima: tuple = ()

    coordinates = ("x", "y")
    batches = False  # else each step has a loss of its own
    ground = ""  # what the contour lines are, where that needs words
    grid = 120  # points of the longer side of the window

    def begin(self, start, steps, seed, split):
        """A fresh Descent: the parameter w, shape (2,), or with `split` the parameters x and y, shape (1,)."""
        return Descent(self, start, steps, seed, split)

    def heights(self, x, y):
        """The function on the grid of x and y, as an array (len(y), len(x)) in float64."""
        with no_grad(), np.errstate(all="ignore"):
            return self.function(Tensor(np.stack(np.meshgrid(x, y)))).numpy()


class Descent:
    """A landscape's parameters in the hands of one rule.

    named: (name, Tensor) pairs for an Optimizer, float64. shown: {name: flat indices of the coordinates shown}.
    steady: whether every step has the same loss.
    """

    def __init__(self, landscape, start, steps, seed, split):
        w = np.array(start, np.float64)
        self.landscape, self.steady = landscape, not landscape.noise
        self.noise = landscape.noise * np.random.default_rng(seed).standard_normal((steps, 2))
        parts = {"x": w[:1], "y": w[1:]} if split else {"w": w}
        self.named = [(name, Tensor(part, requires_grad=True, name=name)) for name, part in parts.items()]
        self.shown = {name: np.arange(p.size) for name, p in self.named}

    def start(self):
        """What `optim.unroll` starts from."""
        return dict(self.named)

    def loss_at(self, parameters, t):
        """What step t differentiates, at {name: Tensor}; after the last step the height."""
        parts = list(parameters.values())
        w = parts[0] if len(parts) == 1 else concatenate(parts)
        height = self.landscape.function(w)
        noisy = self.landscape.noise and t <= len(self.noise)
        return height + (Tensor(self.noise[t - 1]) * w).sum() if noisy else height

    def loss(self, t):
        """What step t differentiates, as a Tensor."""
        with differentiating():
            return self.loss_at(self.start(), t)

    def height(self, t):
        """The loss without noise where the parameters are now."""
        with no_grad():
            return float(self.loss_at(self.start(), len(self.noise) + 1))


def valley(w):
    """(x² + 25 y²)/2, at w = (x, y), as all below."""
    return 0.5 * (w[0] ** 2 + 25.0 * w[1] ** 2)


def rotated_valley(w):
    """The valley, turned by 37 degrees."""
    along, across = 0.8 * w[0] + 0.6 * w[1], 0.8 * w[1] - 0.6 * w[0]
    return 0.5 * (along**2 + 25.0 * across**2)


def rosenbrock(w):
    """(1 - x)² + 100 (y - x²)² (Rosenbrock 1960)."""
    return (1.0 - w[0]) ** 2 + 100.0 * (w[1] - w[0] ** 2) ** 2


def beale(w):
    """Beale's function (1958), with its minimum at (3, 0.5)."""
    x, y = w[0], w[1]
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def saddle(w):
    """x²/2 - y²/2 + y⁴/16."""
    return 0.5 * w[0] ** 2 - 0.5 * w[1] ** 2 + 0.0625 * w[1] ** 4


def noisy(w):
    """(x² + 4 y²)/2, a bowl."""
    return 0.5 * (w[0] ** 2 + 4.0 * w[1] ** 2)


def staircase(w):
    """Three smooth stairs along x on a shallow bowl."""
    stairs = tanh(6.0 * (w[0] - 0.5)) + tanh(6.0 * (w[0] - 1.5)) + tanh(6.0 * (w[0] - 2.5))
    return 1.5 + 0.5 * stairs + 0.05 * (w[0] ** 2 + w[1] ** 2)


_ALL = (
    Landscape("valley", valley, (-4.0, 1.5), (-5, 5, -3, 3), "25 times steeper across than along", minima=((0, 0),)),
    Landscape(
        "rotated", rotated_valley, (-4.0, -1.0), (-5, 5, -4, 4), "the valley turned by 37 degrees", minima=((0, 0),)
    ),
    Landscape(
        "rosenbrock", rosenbrock, (-1.2, 1.0), (-2, 2, -1, 3), "a bent valley, minimum at (1, 1)", minima=((1, 1),)
    ),
    Landscape(
        "beale",
        beale,
        (1.0, 1.5),
        (-1, 4.5, -2, 2.2),
        "flat around steep walls, minimum at (3, 0.5)",
        minima=((3, 0.5),),
    ),
    Landscape(
        "saddle",
        saddle,
        (1.5, 0.01),
        (-3, 3, -3, 3),
        "flat at (0, 0), minima at (0, 2) and (0, -2)",
        minima=((0, 2), (0, -2)),
    ),
    Landscape(
        "noisy", noisy, (-3.0, 2.0), (-4, 4, -3, 3), "a bowl; each step adds noise to its gradient", 1.0, ((0, 0),)
    ),
    Landscape(
        "staircase",
        staircase,
        (3.2, 1.5),
        (-1, 4, -2, 2),
        "plateaus between cliffs, minimum near (0, 0)",
        minima=((-0.0949907, 0),),
    ),
)
LANDSCAPES = {landscape.name: landscape for landscape in _ALL}
