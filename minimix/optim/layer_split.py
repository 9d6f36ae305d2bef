"""Layer split: each named group of parameters has its own rule."""

import re
from fnmatch import fnmatchcase

from ..backend import module_of
from ..hint import did_you_mean
from .adam import Adam
from .rule import Rule, State
from .sgd import SGD


class LayerSplit(Rule):
    """Assigns rules to parameters: LayerSplit({"dense1": Adam(1e-3), "*": SGD(1e-2)}).

    A pattern is a layer's or a parameter's name with * and ? ("dense1", "conv*", "*.bias"), or "first2", "last1" for
    the first two or the last of the layers that have parameters. "*" alone takes what no other pattern names.
    Default: the study's own assignment, Adam on the first layer and SGD on the others.

    Raises ValueError (when the parameters are known) for a parameter that no pattern or two patterns name, and for a
    pattern that names none.
    """

    def __init__(self, rules=None):
        self.rules = {"first1": Adam(), "*": SGD()} if rules is None else dict(rules)
        for pattern, rule in self.rules.items():
            if not isinstance(rule, Rule):
                raise TypeError(f"split: {pattern!r} needs an update rule, got {rule!r}")

    def start(self, w, layers):
        groups = assign(list(self.rules), [layer.name for layer in layers])
        by_name = {layer.name: layer for layer in layers}
        parts = {}
        for pattern, names in groups.items():
            whole, start = [], 0
            own = []
            for layer in map(by_name.get, names):
                size = layer.slice.stop - layer.slice.start
                own.append(type(layer)(layer.name, layer.shape, slice(start, start + size)))
                whole.append(layer.slice)
                start += size
            runs = _join(whole)
            parts[pattern] = self.rules[pattern].start(_take(w, runs), own)
            parts[pattern].runs = runs
        return State(layers, parts)

    def propose(self, w, g, state):
        d, eta = module_of(w).empty_like(w), module_of(w).empty_like(w)
        for pattern, part in state.parts.items():
            d_i, eta_i = self.rules[pattern](_take(w, part.runs), _take(g, part.runs), part)
            _put(d, part.runs, d_i)
            _put(eta, part.runs, eta_i)
        return d, eta


def assign(patterns, names):
    """{pattern: [parameter names]} for the full names of all parameters, in their order; see LayerSplit."""

    def layer_of(name):
        return name.rpartition(".")[0] or name

    layers = list(dict.fromkeys(map(layer_of, names)))

    def matches(pattern, name):
        layer = layer_of(name)
        counted = re.fullmatch(r"(first|last)(\d+)", pattern)
        if counted and pattern not in layers:
            k = min(int(counted[2]), len(layers))
            return layer in (layers[:k] if counted[1] == "first" else layers[len(layers) - k :])
        return fnmatchcase(name, pattern) or fnmatchcase(layer, pattern)

    groups = {pattern: [] for pattern in patterns}
    for name in names:
        found = [p for p in patterns if p != "*" and matches(p, name)]
        if len(found) > 1:
            raise ValueError(f"split: the patterns {found[0]!r} and {found[1]!r} both name the parameter {name!r}")
        if not found and "*" not in groups:
            raise ValueError(f"split: no pattern names the parameter {name!r}; '*=…' takes all others")
        groups[found[0] if found else "*"].append(name)
    for pattern, group in groups.items():
        if not group:
            hint = did_you_mean(pattern, layers + names)
            raise ValueError(f"split: the pattern {pattern!r} names none of the layers {', '.join(layers)}{hint}")
    return groups


def _join(slices):
    """Neighbouring slices made one."""
    joined = []
    for s in slices:
        if joined and joined[-1].stop == s.start:
            joined[-1] = slice(joined[-1].start, s.stop)
        else:
            joined.append(s)
    return joined


def _take(flat, runs):
    """The elements of a group: a view where they are one run, else a copy."""
    return flat[runs[0]] if len(runs) == 1 else module_of(flat).concatenate([flat[run] for run in runs])


def _put(flat, runs, values):
    """Write a group's values (an array or one number) to its place."""
    start = 0
    for run in runs:
        stop = start + run.stop - run.start
        flat[run] = values[start:stop] if getattr(values, "ndim", 0) else values
        start = stop
