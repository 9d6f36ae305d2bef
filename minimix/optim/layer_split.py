"""Layer split: each named group of parameters has its own rule."""

import re
from fnmatch import fnmatchcase

from ..hint import did_you_mean, shown
from ..ops import assemble, take
from ..tensor import value
from .adam import Adam
from .rule import Rule
from .sgd import SGD
from .state import Layer


class LayerSplit(Rule):
    """Assigns rules to parameters: LayerSplit({"dense1": Adam(1e-3), "*": SGD(1e-2)}).

    A pattern is a layer's or a parameter's name with * and ? ("dense1", "conv*", "*.bias"), or "first2", "last1" for
    the first two or the last of the layers that have parameters. "*" alone takes what no other pattern names.
    Default: the study's own assignment, Adam on the first layer and SGD on the others.

    The Optimizer raises ValueError for a parameter that no pattern or two patterns name, and for a
    pattern that names none.
    """

    splits, spec_name = True, "split"

    def __init__(self, rules=None):
        if not isinstance(rules, (dict, type(None))):
            raise TypeError(
                f'split: rules must be a dict, as {{"dense1": Adam(1e-3), "*": SGD(1e-2)}}, got {shown(rules)}'
            )
        self.rules = {"first1": Adam(), "*": SGD()} if rules is None else dict(rules)
        for pattern, rule in self.rules.items():
            if not isinstance(rule, Rule):
                raise TypeError(f"split: {pattern!r} needs an update rule, got {rule!r}")

    def check(self, names):
        for pattern, group in assign(list(self.rules), names).items():
            self.rules[pattern].check(group)

    def propose(self, w, g, state):
        groups = state.memory.get("groups", self.rules)
        if groups.keys() != self.rules.keys():
            raise ValueError(
                f"split: the patterns were {', '.join(groups)}, now they are {', '.join(self.rules)}: make a new "
                "Optimizer"
            )
        return share(w, g, state, self.rules, lambda layers: assign(list(self.rules), [x.name for x in layers]))


def share(w, g, state, rules, assigned):
    """(direction, step size), each group's of its own rule: rules[key] for the names in assigned(layers)[key]."""
    if "groups" not in state.memory:
        state.memory["groups"] = {key: _group(state.layers, names) for key, names in assigned(state.layers).items()}
    groups = state.memory["groups"]
    directions, steps = zip(
        *(rules[key](take(w, runs), take(g, runs), state.part(key, layers)) for key, (runs, layers) in groups.items()),
        strict=True,
    )
    options = {"places": [runs for runs, _ in groups.values()], "like": value(w)}
    return assemble(*directions, **options), assemble(*steps, **options)


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


def _group(layers, names):
    """(slices of a group in the flat vector, its layers in a vector of its own)."""
    own, runs, start = [], [], 0
    for layer in layers:
        if layer.name in names:
            size = layer.slice.stop - layer.slice.start
            own.append(Layer(layer.name, layer.shape, slice(start, start + size)))
            start += size
            if runs and runs[-1].stop == layer.slice.start:
                runs[-1] = slice(runs[-1].start, layer.slice.stop)
            else:
                runs.append(layer.slice)
    return runs, own
