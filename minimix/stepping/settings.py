"""What there is to set in a playground: every hyperparameter of a rule with its range, as its own object knows them."""

import functools
import math
import sys

from ..optim import Rule
from ..optim.schedules import Schedule
from ..spec import RULES, canonical, name_of, takes_default
from ..study.ranges import DECADES, axes
from .landscapes import LANDSCAPES

DIGITS = 4  # nines of a decay that a slider reaches: 0.9999


def choices():
    """The rules and landscapes to choose from, as JSON."""
    landscapes = [{"name": x.name, "about": x.about, "start": x.start, "window": x.window} for x in LANDSCAPES.values()]
    return {"rules": [*RULES], "landscapes": landscapes}


def controls(rule):
    """{"name": what a spec calls the rule, "options": [one for each hyperparameter that a reader can set]}, as JSON.

    An option has its key, value and default, and `kind`: "switch", "word" with `words`, "count", "rule" whose value
    is what this gives for it, or None; "text" for what has no control, in a spec's words; or "number" with a scale:
    "linear" from low to high, "log" between their logarithms, where `zero` says that 0 is allowed too, or "decay",
    which is logarithmic in 1 - x.
    """
    if rule.splits and hasattr(rule, "rules"):
        options = [_of_rule(pattern, part) for pattern, part in rule.rules.items()]
    else:
        given, usual = rule.hyperparameters(), _usual(rule).hyperparameters()
        replaced = [key for key in ("lr", "gamma") if key in given and not takes_default(type(rule), key, given)]
        options = [_option(rule, key, x, usual[key]) for key, x in given.items() if key not in replaced]
    return {"name": name_of(type(rule)), "options": list(filter(None, options))}


def _usual(rule):
    """A rule of the same class as it is by default."""
    try:
        return type(rule)()
    except TypeError:  # a reader's, with an argument that has no default
        return rule


def _option(rule, key, x, usual):
    if isinstance(x, Rule) or (x is None and _allows(rule, key, Rule())):
        return _of_rule(key, x)
    if isinstance(x, Schedule):
        return {"key": key, "kind": "text", "value": _written(x)}
    option = {"key": key, "value": x, "default": usual if isinstance(usual, (int, float, str)) else None}
    if isinstance(x, bool):
        return option | {"kind": "switch"}
    if isinstance(x, str):
        words = getattr(sys.modules[type(rule).__module__], key.upper(), (x,))
        return option | {"kind": "word", "words": list(words)}
    if isinstance(x, int) and isinstance(usual, int):
        return option | {"kind": "count"}
    return option | {"kind": "number"} | _scale(rule, key, x, usual) if isinstance(x, (int, float)) else None


def _of_rule(key, rule):
    return {"key": key, "kind": "rule", "value": rule and controls(rule)}


def _written(schedule):
    return canonical(_with("lr")[0].__class__(lr=schedule)).partition("lr=")[2]


def _scale(rule, key, x, usual):
    """Rates and gamma as `minimix tune` seeks them; others by what their rule allows, which it is asked."""
    known = {axis.name: axis for axis in axes(_usual(rule))}
    if key in known:
        low, high = known[key].low, known[key].high
        return _around(x, low, high, False) if known[key].rate else {"scale": "linear", "low": low, "high": high}
    if any(_allows(other, key, 0.5) and not _allows(other, key, 1.0) for other in (rule, *_with(key))):
        return {"scale": "decay", "low": 0, "high": max(DIGITS, math.ceil(-math.log10(1 - x)) if x < 1 else 0)}
    if not _allows(rule, key, 2.0):
        return {"scale": "linear", "low": 0, "high": 1}
    middle = math.log10(usual) if usual else -DECADES
    return _around(x, middle - DECADES, middle + DECADES, _allows(rule, key, 0.0))


def _around(x, low, high, zero):
    """A logarithmic range that holds x too."""
    place = math.log10(x) if x > 0 else low
    return {"scale": "log", "low": min(low, math.floor(place)), "high": max(high, math.ceil(place)), "zero": zero}


def _allows(rule, key, x):
    try:
        type(rule)(**{**rule.hyperparameters(), key: x})
    except (TypeError, ValueError):
        return False
    return True


@functools.cache
def _with(key):
    """Rules that have the same hyperparameter: the momentum that one lets grow past 1 is below 1 in another."""
    rules = [cls() for cls in RULES.values()]
    return [rule for rule in rules if key in rule.hyperparameters()]
