"""The equations of a step: which rows of the study's table a rule went through, with the branch that it took.

Every generator below yields (target, source) or (target, source, condition) in the study's letters. A sub-rule's
direction and step go by the names that the rule around it has for them: inside MAS they are d_s, eta_s, d_a, eta_a.
"""

import math
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from ..optim import MAS, SGD, SWATS, Adam, FrankWolfe, Freeze, LayerSplit
from ..optim.layer_split import assign
from ..optim.schedules import rate
from .notation import Equation, last, names


@dataclass(frozen=True)
class Place:
    """Where a rule stands: the step, the layer, what it reported, and how much of the layer is shown.

    layer: its `optim.rule.Layer`; others: the names of all layers. heard: {term: value} of this layer, see `lift`.
    whole: all coordinates of the layer are shown; alone: and there is no other layer.
    """

    t: int
    layer: object
    others: tuple
    heard: dict
    whole: bool
    alone: bool


def explain(rule, place, prefix=""):
    """(equations, constants, (direction, step size)) of one layer's step; all keys start with `prefix`.

    The equations are in the order of computation, and end with dw and w_new. The constants are the rule's settings,
    learning rates at this step among them. Direction and step size are the keys of the rule's proposal.
    """
    rows, constants = [], {}
    direction, step = _walk(rule, place, "", None, None, rows, constants)
    rows.append(("the step", "", {"d": direction, "eta": step}, ("dw", "-eta*d")))
    rows.append(("the step", "", {}, ("w_new", "w + dw")))
    equations = [_equation(*row, prefix) for row in rows]
    count = Counter(last(key) for key in {key for e in equations for _, key in e.keys})
    doubles = {name for name, n in count.items() if n > 1}
    return (
        tuple(_with_aside(e, doubles, prefix) for e in equations),
        {prefix + key: x for key, x in constants.items()},
        (prefix + direction, prefix + step),
    )


def _title(rule, path):
    name = f"MAS, {rule.combine}" if isinstance(rule, MAS) else TITLES.get(type(rule), type(rule).__name__)
    return f"{name} ({path[:-1]})" if path else name


def lift(rule, layer, others, heard, path=""):
    """What a layer's rules reported, without the patterns of layer splits in the names: each layer has one of them."""
    if isinstance(rule, LayerSplit):
        pattern, part = _part(rule, layer, others)
        long = f"{path}{pattern}."
        heard = {path + k.removeprefix(long) if k.startswith(long) else k: x for k, x in heard.items()}
        return lift(part, layer, others, heard, path)
    for name in ("s", "a") if isinstance(rule, MAS) else ():
        heard = lift(getattr(rule, name), layer, others, heard, f"{path}{name}.")
    return heard


TITLES = {FrankWolfe: "Frank-Wolfe"}
SHARED = {"g", "w", "t", "dw", "w_new", "first", "norm_g"}
"""Names that mean the same in every rule of a nesting."""


def _part(rule, layer, others):
    """(pattern, rule) that a LayerSplit assigns to a layer."""
    groups = assign(list(rule.rules), list(others))
    pattern = next(p for p, names in groups.items() if layer.name in names)
    return pattern, rule.rules[pattern]


def _walk(rule, place, path, direction, step, rows, constants):
    """Append the rows of a rule and of those inside it; return the keys of its direction and its step size."""
    if isinstance(rule, LayerSplit):
        _, part = _part(rule, place.layer, place.others)
        return _walk(part, place, path, direction, step, rows, constants)
    describe, own_direction, own_step = RULES[type(rule)]
    direction, step = direction or path + own_direction, step or path + own_step
    if isinstance(rule, MAS):
        default_s, default_a = SGD(rule.lr), Adam(rule.lr)
        _walk(rule.s or default_s, place, f"{path}s.", f"{path}d_s", f"{path}eta_s", rows, constants)
        _walk(rule.a or default_a, place, f"{path}a.", f"{path}d_a", f"{path}eta_a", rows, constants)
    renamed = {own_direction: direction, own_step: step}
    for row in describe(rule, place, path):
        rows.append((_title(rule, path), path, renamed, row))
    constants |= {
        path + name: x for name, x in _constants(rule, place.t).items() if path + name not in renamed.values()
    }
    return direction, step


def _constants(rule, t):
    letters = {"momentum": "mu", "dampening": "damp", "weight_decay": "wd"}
    given = rule.hyperparameters()
    found = {letters.get(k, k): x for k, x in given.items() if isinstance(x, (int, float)) and k != "lr"}
    if isinstance(rule, MAS):
        ls, la = (1 - rule.gamma, rule.gamma) if rule.ls is None else (rule.ls, rule.la)
        found = {"ls": ls, "la": la}
    elif isinstance(rule, (Adam, SWATS)):
        found["eta" if isinstance(rule, Adam) else "lr"] = rate(rule.lr, t)
    return {name: float(x) for name, x in found.items() if not isinstance(x, bool)}


def _sgd(rule, place, path):
    decayed = "g + wd*w" if rule.weight_decay else "g"
    if not rule.momentum:
        yield "d_s", decayed
        return
    fresh = f"(1-damp)*({decayed})" if rule.dampening else decayed
    yield "b", decayed if place.t == 1 else f"mu*b_old + {fresh}"
    yield "d_s", f"{decayed} + mu*b" if rule.nesterov else "b"


def _adam(rule, place, path):
    g = "(g + wd*w)" if rule.weight_decay and not rule.decoupled else "g"
    v = "v_max" if rule.amsgrad else "v"
    yield "m", f"b1*m_old + (1-b1)*{g}"
    yield "v", f"b2*v_old + (1-b2)*{g}**2"
    if rule.amsgrad:
        yield "v_max", "max(v_max_old, v)"
    yield "m_hat", "m/(1-b1**t)"
    yield "v_hat", f"{v}/(1-b2**t)"
    decay = " + wd*(1-b1**t)*w" if rule.weight_decay and rule.decoupled else ""
    yield "d_a", f"m/(sqrt({v})/sqrt(1-b2**t) + eps){decay}"
    yield "eta_a", "eta/(1-b1**t)"


def _mas(rule, place, path):
    mixed, heard = "ls*eta_s + la*eta_a", place.heard
    if rule.combine == "linear":
        yield "d", "ls*d_s + la*d_a"
    elif rule.combine == "polynomial":
        yield "d", "ls*d_s + la*(d_a**2 + d_a)"
    elif rule.combine == "sum":
        yield "d", "ls*eta_s*d_s + la*eta_a*d_a"
        mixed = "1"
    elif rule.combine == "vector":
        yield "d", "halves(ls*d_s, la*d_a)"
        mixed = f"({mixed})/2"
    elif rule.combine == "normalized":
        if place.whole:
            yield "norm_s", "norm(d_s)"
            yield "norm_a", "norm(d_a)"
        flat = heard[path + "norm_s"] == 0
        yield ("d", "0", "norm_s == 0") if flat else ("d", "la*norm_a*d_s/norm_s")
        mixed = "ls*eta_s"
    else:
        if place.whole:
            yield "inner", "dot(d_s, d_a)"
        chosen = bool(heard[path + "chosen_s"])
        yield ("d", "ls*d_s", "inner > 0") if chosen else ("d", "la*d_a", "inner <= 0")
        if rule.branch_step:
            mixed = "ls*eta_s" if chosen else "la*eta_a"
    yield "eta_m", mixed


def _swats(rule, place, path):
    heard = {name: place.heard[path + name] for name in ("gamma", "lam", "Lam", "switched", "p")}
    if heard["switched"]:
        yield "u", "b1*u_old + g"
        yield "d", "(1-b1)*u"
        yield "eta", "Lam"
        return
    yield "m", "b1*m_old + (1-b1)*g"
    yield "v", "b2*v_old + (1-b2)*g**2"
    yield "d", "sqrt(1-b2**t)*m/(sqrt(v) + eps)"
    yield "eta", "lr/(1-b1**t)"
    yield "p", "-eta*d"
    if place.alone and float(np.ravel(heard["p"]) @ np.ravel(place.heard["g"])) != 0:
        yield "gamma", "-dot(p, p)/dot(p, g)"
        yield "lam", "b2*lam_old + (1-b2)*gamma"
    if heard["Lam"] > 0:
        yield "Lam", "lam/(1-b2**t)", "abs(lam/(1-b2**t) - gamma) < tolerance"


def _frank_wolfe(rule, place, path):
    if place.whole:
        yield "norm_g", "norm(g)"
    if place.heard["norm_g"] == 0:
        yield "d", "0", "norm_g == 0"
    else:
        yield "s", "-radius*g/norm_g"
        yield "d", "w - s"
    if rule.lr is None:
        yield "eta", "2/(t+2)"


def _freeze(rule, place, path):
    yield "d", "0"
    yield "eta", "0"


RULES = {
    SGD: (_sgd, "d_s", "eta"),
    Adam: (_adam, "d_a", "eta_a"),
    MAS: (_mas, "d", "eta_m"),
    SWATS: (_swats, "d", "eta"),
    FrankWolfe: (_frank_wolfe, "d", "eta"),
    Freeze: (_freeze, "d", "eta"),
}
"""Rule: (its equations, its names for its direction and its step size)."""


def _equation(group, path, renamed, row, prefix):
    target, source, *when = row
    used = {target} | names(source) | names("".join(when)) | ({"first"} if "halves" in source else set())

    def key(name):
        return prefix + (renamed.get(name) or (name if name in SHARED else path + name))

    return Equation(
        target, source, tuple((n, key(n)) for n in [*sorted(used - {target}), target]), group, "".join(when)
    )


def _with_aside(equation, doubles, prefix):
    """The same equation, with the paths of those names that several rules of the nesting share."""
    paths = ((name, key.removeprefix(prefix).rpartition(".")[0]) for name, key in equation.keys)
    aside = tuple((name, path) for name, path in paths if path and equation.written(name)[0] in doubles)
    return replace(equation, aside=aside)


def half(layer, indices):
    """Which of the flat indices of a layer lie in the first half of its rows (axis 0, n//2)."""
    rows, *row = layer.shape or (1,)
    return np.asarray(indices) < rows // 2 * math.prod(row)
