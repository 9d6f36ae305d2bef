"""A reader's update rule beside ours: where they part, and which mistake of the course's bank does the same."""

import inspect
from dataclasses import asdict
from numbers import Number

import numpy as np

from ..hint import did_you_mean
from ..optim.schedules import Schedule
from ..spec import RULES, VARIANTS, canonical, parse
from .checker import Verdict, difference
from .forms import Applied, Reader, matched
from .mistakes import likely
from .problems import PROBLEMS
from .walks import STEPS, TOLERANCE, parting, walk

SHOWING = {"lr": 0.05, "b1": 0.8, "b2": 0.9, "eps": 0.1}
"""Hyperparameters with which mistakes show, in place of our defaults."""


def examine(request):
    """The Verdict of `examine_rule` on [reference, against], as plain data."""
    return asdict(examine_rule(*request))


def examine_rule(reference, against):
    """The Verdict on the update rule that "file.py:name" names, beside the one of a spec.

    Both see the same gradients, those along our rule's way, with the same hyperparameters, in float64. What decides
    is w; terms that both have by the same name tell where the difference comes from.

    Raises ValueError, RuntimeError or FileNotFoundError with a sentence.
    """
    rule, reader = _rule(against), Reader(reference)
    with np.errstate(all="ignore"):
        return _examine(reader, rule)


def _rule(against):
    names = [*RULES, *VARIANTS]
    if against.isidentifier() and against not in names:
        raise ValueError(f"--against: {against!r} is none of {', '.join(names)}{did_you_mean(against, names)}")
    rule = parse(VARIANTS.get(against, against))
    if isinstance(getattr(rule, "lr", None), Schedule):
        raise ValueError(f"--against: rules are compared at a fixed learning rate, not at the schedule of {against!r}")
    return rule


def _examine(reader, rule):
    rule, options, unknown = _agree(reader, rule)
    spec, ours, theirs = canonical(rule), [], []
    for problem in PROBLEMS:
        ours.append(walk(problem, lambda named: Applied(named, rule)))
        if not all(np.isfinite(of["w"]).all() for of in ours[-1].steps[-1].values()):
            raise ValueError(f"--against: {spec} itself runs away on {problem.name}; choose a smaller learning rate")
        theirs.append(walk(problem, lambda named: reader.start(named, options), ours[-1].gradients))
        if parts := parting(theirs[-1], ours[-1]):
            return _wrong(f"{reader.reference} parts from {spec}", *parts, theirs, ours, rule, unknown)
        if theirs[-1].trouble:
            raise theirs[-1].trouble
    how = f"on {len(PROBLEMS)} problems, {STEPS} steps each, to {f'{TOLERANCE:g}'.replace('e-0', 'e-')}"
    return Verdict("right", f"{reader.reference} agrees with {spec} {how}.")


def _wrong(text, first, w_parts, theirs, ours, rule, unknown):
    text += f" at step {first.t} of {ours[-1].problem.name}: in {first.name}, "
    text += difference(first.term, first.got, first.right)
    if w_parts > first.t:
        text += f" The weights part at step {w_parts}."
    hint = likely(theirs, ours, w_parts, rule)
    if hint:
        text += f"\n  Likely mistake: {hint}"
    elif unknown:
        given = ", ".join(f"{name}={rule.hyperparameters()[name]:g}" for name in unknown)
        text += f"\n  It takes no {' or '.join(unknown)}; ours has {given}, unless --against says otherwise."
    return Verdict("wrong", text, hint)


def _agree(reader, rule):
    """Our rule and the reader's options with the same hyperparameters; and those of ours that the reader's has not."""
    ours = {name: x for name, x in rule.hyperparameters().items() if isinstance(x, (Number, str))}
    names, defaults = matched(ours, reader.takes()), inspect.signature(type(rule)).parameters
    if "betas" in reader.takes() and {"b1", "b2"} <= ours.keys():
        names |= {"b1": "betas", "b2": "betas"}
    for name in names:
        if ours[name] == defaults[name].default:
            ours[name] = SHOWING.get(name, ours[name])
    options = {theirs: ours[name] for name, theirs in names.items()}
    if "betas" in options:
        options["betas"] = ours["b1"], ours["b2"]
    constants = reader.constants(reader.start(PROBLEMS[0].begin(), options).made)
    found = matched([name for name in ours if name not in names], constants)
    ours |= {name: constants[theirs] for name, theirs in found.items()}
    unknown = [name for name, x in ours.items() if x and type(x) in (int, float) and name not in names | found]
    return type(rule)(**rule.hyperparameters() | ours), options, unknown
