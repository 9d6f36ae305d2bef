"""A real network to step through: some coordinates of one of its parameters, while all of it trains."""

import re

import numpy as np

from ..data import LOADERS, load
from ..hint import did_you_mean, one_of
from ..nn.models import MODELS
from ..ops import cross_entropy
from ..tensor import Tensor, no_grad

IMAGES = 2000  # training images to draw batches from
POINTS = 4, 3  # across and up, at which the loss is computed for its picture


class Network:
    """Training of a model on a data set, in float64, seen through 2 to 8 coordinates of one parameter.

    text: "mlp:dense3.bias", or with chosen flat coordinates "mlp:dense3.bias[0,3,7]" (the first two otherwise).
    data: the data set's name; by default glyphs for the MLP, shapes for the CNNs. Dropout is off, so that the loss
    of a batch before and after a step can be compared.
    """

    window = start = None
    noise, grid, minima, batches = 0.0, 60, (), True
    ground = (
        "Contour lines: the loss of the first step's batch over these two coordinates; all others are as they were at "
        "the start, while along the trace they move too."
    )

    def __init__(self, text, data=None, batch_size=64):
        found = re.fullmatch(r"([^:\[\]]+):([^:\[\]]+)(?:\[([\d\s,]*)\])?", text)
        if not found:
            raise ValueError(
                f"{text!r} is no parameter of a network: write MODEL:PARAMETER[I,J,…], as mlp:dense3.bias[0,3]"
            )
        model, self.parameter, chosen = found.groups()
        self.model = one_of("model", model, MODELS)
        self.data = one_of("data", data or MODELS[model].data, LOADERS)
        self.batch_size = batch_size
        shapes = {name: p.shape for name, p in MODELS[model](0).named_parameters()}
        if self.parameter not in shapes:
            raise ValueError(
                f"{model} has no parameter {self.parameter!r}; it has {', '.join(shapes)}"
                f"{did_you_mean(self.parameter, shapes)}"
            )
        shape = shapes[self.parameter]
        self.indices = _indices(self.parameter, chosen, shape)
        self.coordinates = tuple(_name(i, shape) for i in self.indices)
        self.name, self.about = f"{model}:{self.parameter}", f"{model} on {self.data}, batches of {batch_size}"

    def begin(self, start, steps, seed, split):
        """A fresh Descent of the model that `seed` draws, on the batches that it draws."""
        self.seed = seed
        return Descent(self, steps, seed)

    def heights(self, x, y):
        """The loss of the first batch of what has begun, over the grid of the first two coordinates shown.

        An array (len(y), len(x)); all other parameters are as at the start. It costs as much as POINTS passes forward:
        between their losses it is the polynomial through them.
        """
        descent = Descent(self, 1, self.seed)
        w = dict(descent.named)[self.parameter].data.reshape(-1)
        across, up = (np.linspace(-1, 1, n) for n in POINTS)
        z = np.empty((len(up), len(across)))
        for i, j in np.ndindex(z.shape):
            w[self.indices[:2]] = _between(x, across[j]), _between(y, up[i])
            z[i, j] = descent.height(1)
        powers = np.linalg.solve(np.vander(up), z) @ np.linalg.inv(np.vander(across)).T
        fine_x, fine_y = (np.vander(np.linspace(-1, 1, len(grid)), n) for grid, n in zip((x, y), POINTS, strict=True))
        return fine_y @ powers @ fine_x.T


def _between(grid, share):
    """The place in a grid's range: its first point at -1, its last at 1."""
    return (grid[0] + grid[-1]) / 2 + share * (grid[-1] - grid[0]) / 2


class Descent:
    """A network's parameters in the hands of one rule; see `landscapes.Descent`."""

    steady = False  # each step has a batch of its own

    def __init__(self, network, steps, seed):
        rng = np.random.default_rng([seed, 1])
        images = load(network.data, train=IMAGES, test=1)
        if not 1 <= network.batch_size <= IMAGES:
            raise ValueError(f"batch_size must be 1 to {IMAGES}, got {network.batch_size}")
        batches = [rng.choice(IMAGES, network.batch_size, replace=False) for _ in range(steps)]
        self.batches = [(images.x_train[i].astype(np.float64), images.y_train[i]) for i in batches]
        self.model = MODELS[network.model](seed).eval()
        self.named = self.model.named_parameters()
        for _, p in self.named:
            p.data = p.data.astype(np.float64)
        self.shown = {network.parameter: network.indices}

    def start(self):
        """What `optim.unroll` starts from."""
        return self.model

    def loss_at(self, model, t):
        """The loss at step t, whose parameters `model` has now; after the last step that of its batch once more."""
        return self.loss(min(t, len(self.batches)))

    def loss(self, t):
        """The loss of step t's batch, as a Tensor."""
        images, labels = self.batches[t - 1]
        return cross_entropy(self.model(Tensor(images)), labels)

    def height(self, t):
        """The same as a number, where the parameters are now."""
        with no_grad():
            return float(self.loss(t))


def _indices(name, chosen, shape):
    size = int(np.prod(shape))
    indices = [0, 1] if chosen is None else [int(i) for i in chosen.split(",") if i.strip()]
    if not 2 <= len(indices) <= 8 or len(set(indices)) < len(indices) or max(indices, default=0) >= size:
        raise ValueError(
            f"{name}: choose 2 to 8 different coordinates from 0 to {size - 1}, got [{(chosen or '0,1').strip()}]"
        )
    return np.array(indices)


def _name(index, shape):
    at = np.unravel_index(index, shape)
    return f"[{', '.join(str(int(i)) for i in at)}]"
