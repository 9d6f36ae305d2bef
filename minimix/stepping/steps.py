"""stepper(…): rules by their specs, something to descend, and what can be made of the steps."""

import math

import numpy as np

from .. import files
from ..backend import using
from ..hint import did_you_mean
from ..optim import Rule
from ..pages import frame
from ..spec import canonical, parse
from ..validation import whole
from . import page, picture, student, terminal
from .landscapes import LANDSCAPES, Landscape
from .network import Network
from .recording import record
from .sensitivity import sensitivities

MOST = 10_000


def stepper(specs, on="rosenbrock", start=None, steps=100, seed=0, data=None, on_step=None, at=None):
    """Run one or more update rules from the same start, and keep every term of every step.

    specs: a spec ("adam:lr=0.05"), a Rule, or a list of them. on: the name of a landscape (see LANDSCAPES), a
    function of one Tensor of shape (2,) or of two, "file.py:f", a `Landscape`, or a parameter of a network,
    "mlp:dense3.bias[0,3]", trained on `data`. start: (x, y); by default the landscape's own. seed: for noise,
    weights and batches; all rules see the same. on_step: called without arguments after each step of each rule.
    at: the one step whose terms are wanted, see `recording.record`. Arithmetic is float64, in NumPy.

    Returns a `Stepper`. Raises ValueError, TypeError or FileNotFoundError with one sentence.

    >>> run = mx.stepper(["sgd:lr=0.01", "adam:lr=0.1"], on="valley", steps=5)
    >>> len(run.runs)
    2
    """
    specs = [specs] if isinstance(specs, (str, Rule)) else list(specs)
    if not specs:
        raise ValueError("specs: give at least one update rule, as 'adam:lr=0.05'")
    if isinstance(steps, bool) or not isinstance(steps, int) or not 1 <= steps <= MOST:
        raise ValueError(f"steps must be an integer from 1 to {MOST}, got {steps!r}")
    whole("seed", seed, least=0)
    at = None if at is None else {whole("at", at, least=1, most=steps)}
    rules = [(parse(spec), spec) if isinstance(spec, str) else (spec, _label(spec)) for spec in specs]
    labels = [label for _, label in rules]
    for label in labels:
        if labels.count(label) > 1:
            raise ValueError(f"specs: {label!r} is given twice")
    start = None if start is None else _start(start)
    landscape = _landscape(on, data, start)
    start = landscape.start if start is None else start
    _check_inside(landscape, start)
    with using("numpy"):
        runs = [record(rule, label, landscape, start, steps, seed, on_step, at) for rule, label in rules]
    return Stepper(landscape, runs, steps, {"start": start, "seed": seed})


class Stepper:
    """The steps of some rules on one landscape.

    landscape: a `Landscape` or `network.Network`. runs: a `recording.Run` for each rule. count: the steps asked for.
    steps: {spec: list of steps}, see `recording.Run`. begun: the start, None for a network, and the seed.
    """

    def __init__(self, landscape, runs, count, begun):
        self.landscape, self.runs, self.count, self.begun = landscape, runs, count, begun

    @property
    def steps(self):
        """{spec: [step, …]}; a step is a dict, see `recording.Run`."""
        return {run.label: run.steps for run in self.runs}

    def text(self, last=None):
        """Every step as a block of plain text, all rules one after the other; `last`: only up to that step."""
        return "\n\n".join(
            terminal.block(self, run, i) for run in self.runs for i in range(min(len(run.steps), last or self.count))
        )

    def sensitivity(self, on_rule=None):
        """{spec: (last loss, {hyperparameter: (value, derivative of the last loss)})}; see `sensitivity`.

        All steps are kept in memory at once. on_rule: called without arguments after each rule.
        """
        found = {}
        with using("numpy"):
            for run in self.runs:
                found[run.label] = sensitivities(
                    run.rule, self.landscape, steps=self.count, split=run.rule.splits, **self.begun
                )
                if on_rule:
                    on_rule()
        return found

    def html(self, path=None):
        """The page as text; with a path, written to that file."""
        text = page.html(self)
        if path is not None:
            files.write(path, text)
        return text

    def _repr_html_(self):
        return frame(page.html(self), "minimix stepper")

    def csv(self, path):
        """Every term of every step, a number a line: rule, step, term, coordinate, value with all its digits."""
        rows = ((run.label, step["t"], *cell) for run in self.runs for step in run.steps for cell in _cells(run, step))
        files.write_rows(path, ("rule", "step", "term", "coordinate", "value"), rows)

    def png(self, path, on_picture=None):
        """Write a contact sheet; with {step} in the path, as "step-{step}.png", one picture a step.

        on_picture: called without arguments after each.
        """
        picture.save(self, path, on_picture or (lambda: None))


def _cells(run, step):
    """(term, coordinate, value) of each number of a step."""
    for key, x in step.items():
        if isinstance(x, np.ndarray):
            layer = key.partition(":")[0] if ":" in key else ""
            names = [layer] if layer and len(x) == 1 else run.landscape.coordinates
            for name, item in zip(names, x, strict=False):
                yield key, name, repr(float(item))
        elif isinstance(x, float):
            yield key, "", repr(x)
    for key, x in step.get("rest", {}).items():
        yield key, "norm of the rest", repr(x)


def _label(rule):
    if not isinstance(rule, Rule):
        raise TypeError(f"specs: an update rule or its spec is needed, got {rule!r}")
    try:
        return canonical(rule)
    except ValueError:
        return repr(rule)


def _start(start):
    try:
        x, y = map(float, start)
    except (TypeError, ValueError):
        raise ValueError(f"start must be two numbers, x and y, got {start!r}") from None
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError(f"start must be two finite numbers, got {start!r}")
    return x, y


def _landscape(on, data, start):
    if isinstance(on, Landscape):
        return on
    if callable(on) or (isinstance(on, str) and ".py:" in on):
        return student.landscape(on, start)
    if isinstance(on, str) and on in LANDSCAPES:
        return LANDSCAPES[on]
    if isinstance(on, str) and ":" in on:
        return Network(on, data)
    raise ValueError(
        f"on: {on!r} is no landscape; there are {', '.join(LANDSCAPES)}, file.py:function and networks as "
        f"mlp:dense3.bias{did_you_mean(on, LANDSCAPES)}"
    )


def _check_inside(landscape, start):
    if landscape.start is None:
        if start is not None:
            raise ValueError("start: a network starts where the seed draws its weights; give --seed instead")
        return
    if landscape.window is None:
        return
    left, right, bottom, top = landscape.window
    if not (left <= start[0] <= right and bottom <= start[1] <= top):
        raise ValueError(
            f"start ({start[0]:g}, {start[1]:g}) lies outside {landscape.name}, which reaches from ({left:g}, "
            f"{bottom:g}) to ({right:g}, {top:g})"
        )
