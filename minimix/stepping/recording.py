"""Running rules on something to descend, and writing down every term of every step by listening to their optimizers."""

import copy
import math
from dataclasses import dataclass, field

import numpy as np

from ..explain.remembering import Explainer
from ..optim import Optimizer, Rule
from .changes import overflow, what_changed


@dataclass
class Run:
    """What one rule did.

    label: its spec. steps: a dict for every step, with the keys
      t, loss, loss_new   the step from 1; the loss before and after it
      w, g, dw, w_new     parameters before, gradient, change and parameters after, of all shown coordinates
      m, a.v_hat, d_s, …  each term of the rule by its name in the rule's code, and learning rates;
                          with several layers (a layer split) they read x:m, y:d_s, also x:w, x:g, x:dw, x:w_new
      equations           how each came about, see `explain.notation.Equation`
      arrows              {"g", "d_s", "d_a", "d": vector} of the shown coordinates, those that the rule has
      changed             what changed most since the last step, in a sentence
      rest                {term: norm of the coordinates not shown}, for a network
    constants: settings by the keys that equations use, also `index`, the positions of the shown coordinates.
    layers: {layer: what the keys of its terms start with}. stopped: why it ended early. slopes: {key of a gradient:
    array (steps, coordinates), its size at each step}.
    """

    label: str
    rule: Rule
    landscape: object
    steps: list = field(default_factory=list)
    constants: dict = field(default_factory=dict)
    layers: dict = field(default_factory=dict)
    stopped: str | None = None
    slopes: dict = field(default_factory=dict)

    def values(self, i):
        """{key: number or array} of all that the equations of step i (from 0) name."""
        step, before = self.steps[i], self.steps[i - 1] if i else {}
        found = dict(self.constants)
        for prefix in self.layers.values():
            found[prefix + "t"] = float(step["t"])
        for equation in step["equations"]:
            for _, key in equation.keys:
                if key in step:
                    found[key] = step[key]
                elif key.endswith("_old"):
                    now = key.removesuffix("_old")
                    found[key] = before[now] if now in before else np.zeros_like(step[now])
        return found


def record(rule, label, landscape, start, steps, seed, on_step=None, at=None):
    """The Run of a rule: up to `steps` steps, fewer where a number overflows.

    at: the steps whose terms are wanted, beside the last one of a run that ends early; None for all. The others then
    have t, loss, loss_new, w, g and w_new alone, which is several times faster.
    """
    descent = landscape.begin(start, steps, seed, rule.splits)
    optimizer = Optimizer(descent.named, copy.deepcopy(rule) if at else rule)
    shown = [layer for layer in optimizer.layers if layer.name in descent.shown]
    run = Run(label, rule, landscape, layers={x.name: f"{x.name}:" if len(shown) > 1 else "" for x in shown})
    watched, explained, loss = [], Explainer(), None
    for t in range(1, steps + 1):
        told = at is None or t in at or t + 1 in at  # formulas refer to the step before
        optimizer.watch(watched.append if told else None)
        with np.errstate(all="ignore"):
            optimizer.zero_grad()
            loss = descent.loss(t) if loss is None else loss
            loss.backward()
            step = {"t": t, "loss": descent.height(t) if landscape.noise else loss.item()}
            before = optimizer.w.copy()
            optimizer.step()
            if told:
                _add_terms(
                    run, step, optimizer, shown, descent, explained(watched.pop(), shown, descent.shown, run.layers)
                )
            else:
                _add_place(run, step, optimizer, shown, descent, before)
            loss = descent.loss(t + 1) if descent.steady and t < steps else None
            step["loss_new"] = descent.height(t) if loss is None else loss.item()
        _note_slopes(run, step, steps)
        step["changed"] = what_changed(run, step) if at is None or t in at else None
        run.steps.append(step)
        if on_step:
            on_step()
        if not _finite(step):
            if step["changed"] is None:
                return record(rule, label, landscape, start, steps, seed, on_step, {*at, t})
            run.stopped = step["changed"] = overflow(run)
            break
    return run


def _add_terms(run, step, optimizer, shown, descent, explained):
    directions = [
        _add_layer(run, step, layer, one, optimizer.w[layer.slice].copy(), descent.shown[layer.name])
        for layer, one in zip(shown, explained, strict=True)
    ]
    _join(run, step, directions)


def _add_layer(run, step, layer, explained, w_new, indices):
    """Add a layer's equations and terms to the step, and return the key of its direction.

    explained: what `Explainer` gives of it; w_new: its parameters after the step; indices: the coordinates to keep.
    """
    prefix = run.layers[layer.name]
    equations, values, settings, (direction, eta) = explained
    now = {prefix + key: x for key, x in values.items() if key in settings} | {prefix + "index": indices}
    run.constants = now | run.constants
    settings = {key for key in settings if run.constants.get(prefix + key) == values.get(key)}  # else it was changed
    step["equations"] = step.get("equations", ()) + equations
    if np.ptp(values[eta]) == 0:
        values[eta] = float(np.ravel(values[eta])[0])  # an array for all layers, but within each one number
    values |= {"dw": -values[eta] * values[direction], "w_new": w_new}
    before = run.steps[-1] if run.steps else {}
    for key, x in values.items():
        if key == "t" or key in settings:
            continue
        shown = x[indices] if np.ndim(x) else x
        if key.endswith("_old"):  # mostly what the last step's term was, or 0 at first
            now = key.removesuffix("_old")
            last = before.get(prefix + now, np.zeros_like(shown) if now in values else None)
            if last is not None and np.array_equal(shown, last, equal_nan=True):
                continue
        step[prefix + key] = shown
        if np.ndim(x) and len(indices) < len(x):
            step.setdefault("rest", {})[prefix + key] = float(np.linalg.norm(np.delete(x, indices)))
    return prefix + direction


def _join(run, step, directions):
    """Add what all layers together make: w, g, dw, w_new, and the arrows; a layer without a term counts as 0."""
    prefixes = list(run.layers.values())
    for name in ("w", "g", "dw", "w_new"):
        step[name] = np.concatenate([step[prefix + name] for prefix in prefixes])
    arrows = {"g": step["g"]}
    for name in ("d_s", "d_a"):
        if any(prefix + name in step for prefix in prefixes):
            parts = [step.get(prefix + name, np.zeros_like(step[prefix + "w"])) for prefix in prefixes]
            arrows[name] = np.concatenate(parts)
    if directions[0] not in arrows:
        arrows["d"] = np.concatenate([step[direction] for direction in directions])
    step["arrows"] = arrows


def _add_place(run, step, optimizer, shown, descent, before):
    """Add where a step without terms begins and ends, and its gradient."""
    for name, vector in (("w", before), ("g", optimizer.g), ("w_new", optimizer.w)):
        parts = [vector[layer.slice][descent.shown[layer.name]] for layer in shown]
        step |= {run.layers[layer.name] + name: part for layer, part in zip(shown, parts, strict=True)}
        step[name] = np.concatenate(parts)


def _note_slopes(run, step, steps):
    for prefix in run.layers.values():
        g = step[prefix + "g"]
        run.slopes.setdefault(prefix + "g", np.zeros((steps, len(g))))[step["t"] - 1] = np.abs(g)


def _finite(step):
    return all(
        math.isfinite(x) if isinstance(x, float) else np.isfinite(x).all()
        for x in step.values()
        if isinstance(x, (float, np.ndarray))
    )
