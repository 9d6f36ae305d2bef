"""Running rules on something to descend, and writing down every term of every step by listening to their optimizers."""

from dataclasses import dataclass, field

import numpy as np

from ..optim import LayerSplit, Optimizer, Rule
from .changes import overflow, what_changed
from .formulas import Place, explain, half, lift
from .notation import last


@dataclass
class Run:
    """What one rule did.

    label: its spec. steps: a dict for every step, with the keys
      t, loss, loss_new   the step from 1; the loss before and after it
      w, g, dw, w_new     parameters before, gradient, change and parameters after, of all shown coordinates
      m, a.v_hat, d_s, …  each term of the rule as Optimizer.listen reports it, and learning rates that may change;
                          with several layers (a layer split) they read x:m, y:d_s, also x:w, x:g, x:dw, x:w_new
      equations           how each came about, see `notation.Equation`
      arrows              {"g", "d_s", "d_a", "d": vector} of the shown coordinates, those that the rule has
      changed             what changed most since the last step, in a sentence
      rest                {term: norm of the coordinates not shown}, for a network
    constants: settings by the keys that equations use, also the mask `first` of a layer's first half of rows.
    layers: {layer: what the keys of its terms start with}. stopped: why it ended early.
    """

    label: str
    rule: Rule
    landscape: object
    steps: list = field(default_factory=list)
    constants: dict = field(default_factory=dict)
    layers: dict = field(default_factory=dict)
    stopped: str | None = None

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
                    now = step[key.removesuffix("_old")]
                    found[key] = before.get(key.removesuffix("_old"), np.zeros_like(now))
        return found


def record(rule, label, landscape, start, steps, seed, on_step=None):
    """The Run of a rule: up to `steps` steps, fewer where a number overflows."""
    descent = landscape.begin(start, steps, seed, _has_split(rule))
    optimizer = Optimizer(descent.named, rule)
    shown = [layer for layer in optimizer.layers if layer.name in descent.shown]
    prefixes = {layer.name: f"{layer.name}:" if len(shown) > 1 else "" for layer in shown}
    run = Run(label, rule, landscape, layers=prefixes)
    heard = {}
    optimizer.listen(lambda t, terms: heard.update(terms))
    parameters = dict(descent.named)
    for t in range(1, steps + 1):
        with np.errstate(all="ignore"):
            optimizer.zero_grad()
            loss = descent.loss(t)
            loss.backward()
            step = {"t": t, "loss": descent.height(t) if landscape.noise else loss.item()}
            weights = {layer.name: parameters[layer.name].data.copy() for layer in shown}
            optimizer.step()
            directions = []
            for layer in shown:
                own = {**heard[layer.name], "w": weights[layer.name], "g": parameters[layer.name].grad}
                own["w_new"] = parameters[layer.name].data
                directions.append(_add_layer(run, step, optimizer, layer, own, descent.shown[layer.name]))
            step["loss_new"] = descent.height(t)
        _join(run, step, directions)
        step["changed"] = what_changed(run, step)
        run.steps.append(step)
        if on_step:
            on_step()
        if not _finite(step):
            run.stopped = step["changed"] = overflow(run)
            break
    return run


def _has_split(rule):
    if isinstance(rule, LayerSplit):
        return True
    return any(_has_split(part) for part in rule.hyperparameters().values() if isinstance(part, Rule))


def _add_layer(run, step, optimizer, layer, own, indices):
    """Add a layer's equations and terms to the step, and return the key of its direction.

    own: {term: value} as the optimizer reported them, with w, g and w_new. indices: the coordinates to keep.
    """
    prefix, whole = run.layers[layer.name], len(indices) == layer.slice.stop - layer.slice.start
    others = tuple(other.name for other in optimizer.layers)
    _add_amsgrad(own, optimizer, layer)
    own = lift(run.rule, layer, others, own)
    own["norm_g"] = np.sqrt(np.ravel(own["g"]) @ np.ravel(own["g"]))
    place = Place(step["t"], layer, others, own, whole, whole and len(others) == 1)
    equations, constants, (direction, eta) = explain(run.rule, place, prefix)
    run.constants |= constants | {prefix + "first": half(layer, indices)}
    step.update({key: x for key, x in constants.items() if last(key) in ("eta", "lr")})
    step["equations"] = step.get("equations", ()) + equations
    reported = {prefix + name: x for name, x in own.items()} | _silent(own, equations, prefix)
    reported[eta] = np.ravel(reported[eta])[0]  # it may be an array, but within a layer it is one number
    reported[prefix + "dw"] = -reported[eta] * reported[direction]
    used = [prefix + "w", prefix + "g", *(key for e in equations for _, key in e.keys), direction, eta]
    for key in filter(reported.__contains__, used):
        x = np.asarray(reported[key], np.float64).ravel()
        scalar = np.ndim(reported[key]) == 0 or last(key).startswith("eta")
        step[key] = float(x[0]) if scalar else x[indices]
        if not (scalar or whole):
            step.setdefault("rest", {})[key] = float(np.linalg.norm(np.delete(x, indices)))
    return direction


def _silent(own, equations, prefix):
    """Terms that no rule reports: what Freeze proposes, and a constant step size."""
    zeros = {"0": np.zeros_like(own["w"])}
    return {
        e.key: zeros[e.source] if last(e.key).startswith("d") else 0.0
        for e in equations
        if e.source in zeros and e.key.removeprefix(prefix) not in own
    }


def _add_amsgrad(own, optimizer, layer):
    """With AMSGrad Adam reports the largest v so far as v: call it v_max, and take v itself from the state."""
    kept = optimizer.state_dict() if _has_amsgrad(optimizer.rule) else {}
    for key in kept:
        name, _, path = key.partition(":")
        if name == layer.name and path.endswith("v_max"):
            raw = path.removesuffix("_max")
            own[path], own[raw] = own[raw], kept[f"{name}:{raw}"]


def _has_amsgrad(rule):
    parts = rule.rules if isinstance(rule, LayerSplit) else rule.hyperparameters()
    return getattr(rule, "amsgrad", False) or any(
        _has_amsgrad(part) for part in parts.values() if isinstance(part, Rule)
    )


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


def _finite(step):
    return all(np.all(np.isfinite(x)) for x in step.values() if isinstance(x, (float, np.ndarray)))
