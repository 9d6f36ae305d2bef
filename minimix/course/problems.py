"""Small problems to run update rules on: different shapes, sizes of gradients, and gradients that are always 0."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..ops import tanh
from ..stepping import LANDSCAPES
from ..tensor import Tensor

CURVATURES = {"first": np.array([1.0, 0.3, 4.0]), "second": np.array([0.02, 2.0, 9.0])}


@dataclass(frozen=True)
class Problem:
    """A function to descend. start: {parameter: float64 array}. loss(parameters, t): what step t differentiates."""

    name: str
    start: dict
    loss: Callable

    def begin(self):
        """Fresh parameters, (name, Tensor) pairs."""
        return [(name, Tensor(w.copy(), requires_grad=True, name=name)) for name, w in self.start.items()]


def _bowl(parameters, t):
    return sum((0.5 * CURVATURES[name] * w * w).sum() for name, w in parameters.items())


def _landscape(name):
    landscape = LANDSCAPES[name]
    start = {"w": np.array(landscape.start, np.float64)}
    return Problem(f"the landscape {name}", start, lambda parameters, t: landscape.function(parameters["w"]))


def _network():
    """Three batches of four, used in turn. The last input is always 0, and so is the gradient of its weights."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((12, 4)), rng.standard_normal((12, 2))
    x[:, 3] = 0
    shapes = {"dense1.weight": (5, 4), "dense1.bias": (5,), "dense2.weight": (2, 5), "dense2.bias": (2,)}
    start = {name: rng.uniform(-0.5, 0.5, shape) for name, shape in shapes.items()}

    def loss(p, t):
        batch = slice(4 * (t % 3), 4 * (t % 3) + 4)
        hidden = tanh(Tensor(x[batch]) @ p["dense1.weight"].T + p["dense1.bias"])
        error = hidden @ p["dense2.weight"].T + p["dense2.bias"] - y[batch]
        return (error * error).sum()

    return Problem("the network", start, loss)


PROBLEMS = (
    Problem("the bowl", {"first": np.array([-4.0, 2.0, 1.5]), "second": np.array([1.0, -0.5, 3.0])}, _bowl),
    _landscape("rotated"),
    _landscape("staircase"),
    _network(),
)
