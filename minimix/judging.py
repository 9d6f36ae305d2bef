"""The verdict of a comparison: one object that terminal, sentence, table, figure and report read.

Trials are paired: in one trial all rules start from the same weights and see the same batches. The scope of every
statement is seeds, on this one test set.
"""

import math
import statistics
from dataclasses import dataclass, replace

from . import paired
from .hint import one_of
from .verdict import last, measure

MARGIN = 0.001
"""Differences of accuracy within this are called equal: 0.1 points, less than the test set itself can tell apart."""
BETTER, WORSE, EQUAL, UNSETTLED = "better", "worse", "equal", "not settled"
VERDICTS = (BETTER, WORSE, EQUAL, UNSETTLED)


@dataclass(frozen=True)
class Against:
    """A rule beside the reference, over the trials that both have.

    difference: the mean of the paired differences. interval: at 95 % for all comparisons jointly, or None. p: of the
    exact sign-flip test, adjusted by Holm; least_p: its smallest attainable value. ahead: in how many of pairs, with
    ahead_interval, the exact one. verdict: one of VERDICTS, or None where there can be none; why: then the reason.
    needed: about how many trials in a new run would settle the margin, or None.
    """

    differences: list
    difference: float | None = None
    interval: tuple | None = None
    p: float | None = None
    least_p: float | None = None
    ahead: int = 0
    ahead_interval: tuple | None = None
    verdict: str | None = None
    why: str = ""
    needed: int | None = None


@dataclass(frozen=True)
class Judged:
    """A rule: its last results, one a finished trial, how many diverged, and how soon the target was reached.

    epochs_to_target, seconds_to_target: medians over the trials that reached it, None where none did.
    """

    label: str
    results: list
    diverged: int = 0
    seconds_per_epoch: float | None = None
    reached: int | None = None
    epochs_to_target: float | None = None
    seconds_to_target: float | None = None
    against: Against | None = None

    @property
    def mean(self):
        """The mean over trials, or None."""
        return statistics.fmean(self.results) if self.results else None

    @property
    def spread(self):
        """The standard deviation over trials, or None for fewer than two."""
        return (
            statistics.stdev(self.results) if len(self.results) > 1 and all(map(math.isfinite, self.results)) else None
        )


@dataclass(frozen=True)
class Verdict:
    """What finished trials say. rules: {label: Judged}, in order; reference: the label that others are held to."""

    measure: object
    rules: dict
    reference: str | None
    margin: float
    target: float | None = None
    independent: bool = True
    comparisons: int = 0

    def sentences(self):
        """One for each rule: its results, and where there is a reference the difference to it and the verdict."""
        by, said = self.measure, []
        for label, rule in self.rules.items():
            if not rule.results:
                said.append(f"{label}: no finished trial")
                continue
            n, spread = len(rule.results), f" ± {by.scale * rule.spread:{by.form}}" if rule.spread else ""
            text = f"{label}: {by.text(rule.mean)}{spread} ({n} trial{'s' * (n > 1)})"
            said.append(text + (f"; {self._comparison(rule.against)}" if rule.against else ""))
        return said

    def _comparison(self, a):
        by = self.measure
        if a.verdict is None:
            return f"no verdict: {a.why}"
        low, high = map(by.change, a.interval)
        text = f"{by.change(a.difference)}{by.points} against {self.reference} [{low}, {high}], {a.verdict}"
        margin = f"{by.scale * self.margin:g}{by.points}"
        if a.verdict == EQUAL:
            text += f" within ±{margin}"
        return text + (f", about {a.needed} trials in a new run would settle {margin}" if a.needed else "")


def judge(trials, labels, reference=None, margin=None, target=None, independent=True):
    """The Verdict of trials, dicts with "optimizer", "trial" and the fields of `training.Trial`.

    reference: the label that the others are compared with, the first by default. margin: within which two are equal
    (default: MARGIN for accuracies, 1 % of the reference's for losses). target: an accuracy (or loss) to reach.
    independent: whether the trials are; those that continue one another get no verdict.
    Raises ValueError for a reference that is none of the labels.
    """
    reference = labels[0] if reference is None else reference
    one_of("reference", reference, labels)
    by, trials = measure(trials), sorted(trials, key=lambda t: t["trial"])
    own = {label: {t["trial"]: t for t in trials if t["optimizer"] == label} for label in labels}
    results = {label: {k: last(t, by) for k, t in found.items()} for label, found in own.items()}
    if margin is None:
        finite = [x for x in results[reference].values() if math.isfinite(x)]
        margin = MARGIN if by.sign > 0 or not finite else 0.01 * abs(statistics.fmean(finite))
    others = [label for label in labels if label != reference and own[label]]
    against = {
        label: _against(own, results, label, reference, by, len(others), margin, independent) for label in others
    }
    tested = [label for label in others if against[label].p is not None]
    for label, p in zip(tested, paired.holm([against[label].p for label in tested]), strict=True):
        against[label] = replace(against[label], p=p)
    rules = {label: _judged(label, own[label], results[label], by, target, against.get(label)) for label in labels}
    return Verdict(by, rules, reference, margin, target, independent, len(others))


def _against(own, results, label, reference, by, comparisons, margin, independent):
    shared = sorted(own[label].keys() & own[reference].keys())
    pairs = [(own[label][k], own[reference][k]) for k in shared]
    differences = [results[label][k] - results[reference][k] for k in shared]
    if not pairs:
        return Against([], why="no trial in common")
    if any(t["stopped"] for pair in pairs for t in pair) or not all(map(math.isfinite, differences)):
        return Against(differences, why="a trial diverged")
    n, ahead = len(pairs), sum(by.sign * d > 0 for d in differences)
    said = Against(differences, statistics.fmean(differences), ahead=ahead, ahead_interval=paired.share(ahead, n))
    if all(a["val_loss"] == b["val_loss"] for a, b in pairs):
        return replace(said, why="identical runs")
    if not independent:
        return replace(said, why="its trials continue one another: they are not independent")
    if n == 1:
        return replace(said, why="one trial")
    said = replace(said, p=paired.sign_flip(differences), least_p=paired.smallest_p(n))
    interval = paired.interval(differences, comparisons)
    needed = paired.trials_to_settle(differences, margin, comparisons)
    if interval is None:
        return replace(said, why="the differences are all equal: nothing tells how much they vary")
    low, high = sorted((by.sign * interval[0], by.sign * interval[1]))
    if low > 0 or high < 0:
        verdict = BETTER if low > 0 else WORSE
    else:
        verdict = EQUAL if -margin <= low and high <= margin else UNSETTLED
    return replace(said, interval=interval, verdict=verdict, needed=needed if verdict == UNSETTLED else None)


def _judged(label, own, results, by, target, against):
    finished = list(own.values())
    if not finished:
        return Judged(label, [])
    speed = statistics.median(t["seconds_per_epoch"] for t in finished)
    diverged = sum(t["stopped"] is not None for t in finished)
    judged = Judged(label, list(results.values()), diverged, speed, against=against)
    if target is None:
        return judged
    firsts = [_first(t, by, target) for t in finished]
    times = [epoch * t["seconds_per_epoch"] for epoch, t in zip(firsts, finished, strict=True) if epoch is not None]
    epochs = [epoch for epoch in firsts if epoch is not None]
    soon = (statistics.median(epochs), statistics.median(times)) if epochs else (None, None)
    return replace(judged, reached=len(epochs), epochs_to_target=soon[0], seconds_to_target=soon[1])


def _first(trial, by, target):
    """The epoch of the first recording that reaches the target, or None."""
    reached = (x is not None and by.sign * (x - target) >= 0 for x in trial[by.key])
    return next((epoch for epoch, yes in zip(trial["epoch"], reached, strict=True) if yes), None)
