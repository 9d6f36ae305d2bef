"""Which mistake makes of a problem what a reader's rule makes of it."""

from contextlib import suppress
from functools import partial
from inspect import signature
from itertools import chain

import numpy as np

from ..spec import canonical
from .checker import lessons
from .forms import Applied, matched
from .running import LATE_DECAY, MISTAKES, run
from .walks import STEPS, agree, walk

ROUNDED = "the difference is as small as rounding to float32: is an array made of that type, or turned into it?"


def likely(theirs, ours, w_parts, rule):
    """The hint of the mistake that does the same as the walks `theirs`, or None.

    theirs, ours: a Walk for each problem; on the last one they part, at step w_parts. Best is a mistake with the same
    weights, and what is kept besides, in every step; then one with the same weights in every step.
    """
    walks, same_weights = list(zip(theirs, ours, strict=True))[::-1], None
    for hint, play in _candidates(ours, w_parts, rule):
        if all(_fits(play, a, b) for a, b in walks):
            if all(_fits(play, a, b, b.kept) for a, b in walks):
                return hint
            same_weights = same_weights or hint
    return same_weights or (ROUNDED if _rounded(theirs, ours) else None)


def _rounded(theirs, ours):
    """Whether all weights agree as numbers of 32 bits do."""
    pairs = ((a, b) for x, y in zip(theirs, ours, strict=True) for a, b in zip(x.steps, y.steps, strict=False))
    return all(np.allclose(a[name]["w"], b[name]["w"], rtol=1e-5, atol=1e-6) for a, b in pairs for name in b)


def _fits(play, theirs, ours, kept=()):
    """Whether play(walk of ours), which gives steps, has the weights, and what is kept, of theirs after each step."""
    steps = zip(theirs.steps, play(ours), ours.scales, strict=False)
    try:
        return all(agree(*step, ("w", *kept)) for step in steps)
    except Exception:  # a mistake that raises, as one state for parameters of different shapes does
        return False


def _candidates(ours, w_parts, rule):
    """(hint, play) of the bank's mistakes in rules like this one, of those of runs, and of its other options."""
    for exercise in _steps_of_rules():
        right = _Play(exercise, exercise.oracle, rule, w_parts)
        if right.has_all and all(_fits(right, walked, walked) for walked in ours):
            for hint, wrong in exercise.mistakes:
                yield hint, _Play(exercise, wrong, rule, w_parts)
            for mistake, hint in MISTAKES.items():
                yield hint, _Play(exercise, exercise.oracle, rule, w_parts, mistake)
            if right.shrinking:
                yield LATE_DECAY, _Play(exercise, exercise.oracle, rule, w_parts, late_decay=True)
    for other in _other_options(rule):
        yield f"this is what {canonical(other)} does.", partial(_steps_of, other)


def _steps_of_rules():
    """The exercises of the bank that are one step of a rule: functions of w, g, … that return the new w and a state."""
    for exercise in chain(*lessons().values()):
        if list(signature(exercise.oracle).parameters)[:2] == ["w", "g"] and not exercise.may_change:
            yield exercise


class _Play:
    """An exercise's function, right or wrong, in a run along a walk's gradients; a generator of its steps.

    An epoch of the run ends before the step at which w parted: t that restarts shows there first. Weight decay that
    the exercise does not know is done around it.
    """

    def __init__(self, exercise, function, rule, w_parts, mistake=None, late_decay=False):
        self.late_decay, self.function, self.epoch, self.mistake = late_decay, function, w_parts - 1 or STEPS, mistake
        self.names, self.kept = list(signature(exercise.oracle).parameters), exercise.returns[1:]
        wanted = [name for name in self.names if name not in ("w", "g", "t", *self.kept)]
        ours = rule.hyperparameters()
        names = matched(ours, wanted)
        self.given, self.has_all = {theirs: ours[own] for own, theirs in names.items()}, len(names) == len(wanted)
        self.decay = 0 if "weight_decay" in names else ours.get("weight_decay", 0)
        self.shrinking = 1 - ours["lr"] * self.decay if ours.get("decoupled") else None

    def __call__(self, walked):
        steps = [list(gradients.values()) for gradients in walked.gradients]
        epochs = [steps[k : k + self.epoch] for k in range(0, len(steps), self.epoch)]
        start = walked.problem.start
        for parameters, states in run(self.step, len(self.kept), start.values(), epochs, self.mistake):
            pairs = zip(start, parameters, states, strict=True)
            yield {name: {"w": w, **dict(zip(self.kept, state, strict=True))} for name, w, state in pairs}

    def step(self, w, g, *state_and_t):
        before, after = (1, self.shrinking) if self.late_decay else (self.shrinking or 1, 1)
        w, g = before * w, g if self.shrinking else g + self.decay * w
        given = {"w": w, "g": g, **dict(zip((*self.kept, "t"), state_and_t, strict=True)), **self.given}
        new, *kept = made if isinstance(made := self.function(*(given[name] for name in self.names)), tuple) else [made]
        return after * new, *kept


def _other_options(rule):
    """The rule with one switch turned, or without weight decay."""
    given = rule.hyperparameters()
    for name, x in given.items():
        if isinstance(x, bool) or (name == "weight_decay" and x):
            with suppress(ValueError):
                yield type(rule)(**given | {name: not x if isinstance(x, bool) else 0.0})


def _steps_of(rule, walked):
    return walk(walked.problem, lambda named: Applied(named, rule), walked.gradients).steps
