"""Does gamma, learned by going down the validation loss through training, agree with the best of a grid?

A small network on few drawn digits, in float64 and for 60 steps: the graph of all of them is kept. Longer or faster
runs make the derivative explode (lesson 14).
"""

import json
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from .. import files, nn
from ..data import glyphs
from ..data.dataset import Dataset
from ..ops import cross_entropy
from ..optim import MAS, Unrolled
from ..plots import COLOURS, DASHES
from ..tensor import Tensor
from ..threads import one_thread
from ..training import train
from ..validation import check, read_json

RATES, GRID, STARTS = (1e-3, 1e-2), tuple(k / 10 for k in range(1, 10)), (0.2, 0.8)
SEEDS, TURNS = 3, 12
"""Trainings that are averaged; steps of descent."""
RUNS = len(RATES) * SEEDS * (len(GRID) + len(STARTS) * TURNS)


@dataclass(frozen=True)
class Found:
    """What was found at one learning rate.

    losses, slopes: for each gamma of GRID the validation loss, and its derivative by gamma, of each seed. paths: for
    each of STARTS gamma there and after each turn.
    """

    rate: float
    losses: list[list[float]]
    slopes: list[list[float]]
    paths: list[list[float]]

    @property
    def means(self) -> list[float]:
        """For each gamma of GRID the mean loss."""
        return [statistics.fmean(losses) for losses in self.losses]

    @property
    def best(self) -> float:
        """The gamma of the grid with the least mean loss."""
        return GRID[int(np.argmin(self.means))]

    @property
    def agrees(self) -> bool:
        """Whether each path ends within one step of the grid from its best; beyond an edge counts as at the edge."""
        ends = [min(max(path[-1], GRID[0]), GRID[-1]) for path in self.paths]
        return all(abs(end - self.best) <= GRID[1] - GRID[0] + 1e-9 for end in ends)

    @property
    def signs(self) -> int:
        """At how many points of the grid the derivative has the sign of the grid's own slope."""
        slopes = [statistics.median(slopes) for slopes in self.slopes]
        return int(sum(np.sign(np.gradient(self.means)) == np.sign(slopes)))

    def sentence(self) -> str:
        """What the data say."""
        ends = " and ".join(f"{path[-1]:.2f} from {path[0]:g}" for path in self.paths)
        edge = ", an edge: the best may lie beyond" if self.best in (GRID[0], GRID[-1]) else ""
        return (
            f"eta {self.rate:g}: the grid's best gamma is {self.best:g}{edge}; learned: {ends}; they "
            f"{'agree' if self.agrees else 'do not agree'} within {GRID[1] - GRID[0]:.1g}; the derivative has the sign "
            f"of the grid's slope at {self.signs} of {len(GRID)} points"
        )


def explore(on_run: Callable[[], Any] = lambda: None) -> list[Found]:
    """What is Found at each of RATES; on_run() is called after each of RUNS trainings."""
    digits = glyphs(train=600, test=500)
    with one_thread():
        return [_explore(rate, digits, on_run) for rate in RATES]


def _explore(rate, digits, on_run):
    at = [[_slope(rate, gamma, seed, digits, on_run) for seed in range(SEEDS)] for gamma in GRID]
    losses, slopes = ([[run[k] for run in runs] for runs in at] for k in (0, 1))
    return Found(rate, losses, slopes, [_descend(rate, start, digits, on_run) for start in STARTS])


def _descend(rate, start, digits, on_run):
    """gamma after each step down the derivative's sign, the median of the seeds'.

    Steps are in the logit of gamma; they begin at 1 and are halved where the sign turns, as in Rprop (Riedmiller and
    Braun 1993), since the size of the derivative explodes before its sign is lost.
    """
    logit, step, before, path = np.log(start / (1 - start)), 1.0, 0.0, [start]
    for _ in range(TURNS):
        sign = np.sign(statistics.median(_slope(rate, path[-1], seed, digits, on_run)[1] for seed in range(SEEDS)))
        step /= 2 if sign == -before else 1
        logit, before = np.clip(logit - step * sign, -5, 5), sign
        path.append(float(1 / (1 + np.exp(-logit))))
    return path


def _slope(rate: float, gamma: float, seed: int, digits: Dataset, on_run: Callable[[], Any]) -> tuple[float, float]:
    """(validation loss after a training, its derivative by gamma)."""
    weight, rng = Tensor(np.float64(gamma), requires_grad=True), np.random.default_rng(seed)
    model = nn.Sequential(nn.Flatten(), nn.Dense(784, 16, rng, "float64"), nn.Tanh(), nn.Dense(16, 10, rng, "float64"))
    with Unrolled(model, MAS(rate, weight)) as optimizer:
        train(model, optimizer, digits, epochs=2, batch_size=20, rng=np.random.default_rng(seed))
        loss = cross_entropy(model(Tensor(digits.x_test)), digits.y_test)
    with np.errstate(over="ignore", invalid="ignore"):
        loss.backward()
    on_run()
    return loss.item(), float(weight.grad)


def table(found: list[Found]) -> str:
    """Grid and descent as text."""
    lines = ["eta    gamma  validation loss  its derivative by gamma"]
    for one in found:
        for gamma, loss, slopes in zip(GRID, one.means, one.slopes, strict=True):
            lines.append(f"{one.rate:<6g} {gamma:<6g} {loss:15.4f}  {statistics.median(slopes):+23.3g}")
    return "\n".join(lines)


def read(path: Path) -> list[Found]:
    """What `write` wrote. Raises FileNotFoundError, ValueError for what is none."""
    content = read_json(path)
    check("found", content.get("found"), list[dict])
    for one in content["found"]:
        for f in fields(Found):
            check(f.name, one.get(f.name), f.type)
        if {len(one["losses"]), len(one["slopes"])} != {len(GRID)} or not all(
            one["losses"] + one["slopes"] + one["paths"]
        ):
            raise ValueError(f"{str(path)!r} does not hold the grid of this version")
    return [Found(**{f.name: one[f.name] for f in fields(Found)}) for one in content["found"]]


def write(path: Path, found: list[Found]) -> None:
    """Keep what was found, and what it says."""
    content = {"found": [asdict(one) for one in found], "sentences": [one.sentence() for one in found]}
    files.write(path, json.dumps(content, indent=1) + "\n")


def draw(found: list[Found]) -> Any:
    """A matplotlib Figure: the loss against gamma, a dot a seed, and where the descents began and ended."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.6), layout="constrained")
    for axes, one in zip(figure.subplots(1, len(found), squeeze=False).flat, found, strict=True):
        axes.plot(GRID, one.means, color=COLOURS[0], label="grid: mean of the seeds")
        for gamma, losses in zip(GRID, one.losses, strict=True):
            axes.plot([gamma] * len(losses), losses, "o", color=COLOURS[0], alpha=0.5, markersize=4, markeredgewidth=0)
        low, high = axes.get_ylim()
        for k, path in enumerate(one.paths, 1):
            y = high + (high - low) * 0.08 * k
            style = {"color": COLOURS[k], "linestyle": DASHES[k]}
            axes.plot(path, [y] * len(path), marker=".", label=f"learned, from {path[0]:g}", **style)
            axes.plot([path[-1]], [y], marker="s", color=COLOURS[k])
        axes.axvline(one.best, color="0.6", linewidth=1, linestyle=(0, (2, 2)), label="the grid's best")
        axes.set(xlabel="gamma", ylabel="validation loss", title=f"eta {one.rate:g}", xlim=(0, 1))
        axes.grid(color="0.9")
        axes.spines[["top", "right"]].set_visible(False)
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    figure.suptitle(
        "gamma learned by its hypergradient (a dot a turn, a square at the end), beside a grid", fontsize=10
    )
    return figure
