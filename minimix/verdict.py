"""The verdict of a comparison: one object that terminal, sentence, table, figure and report read.

Trials are paired: in one trial all rules start from the same weights and see the same batches. The scope of every
statement is seeds, and draws of the training samples where these are drawn, on this one test set. How a Verdict is put
in words stands in wording.py.
"""

import math
import re
import statistics
from dataclasses import dataclass, replace

from . import paired, wording
from .hint import one_of

MARGIN = 0.001
"""Differences of accuracy within this are called equal: 0.1 points, less than the test set itself can tell apart."""
BETTER, WORSE, EQUAL, UNSETTLED = "better", "worse", "equal", "not settled"
VERDICTS = (BETTER, WORSE, EQUAL, UNSETTLED)
LARGEST = 1e100
"""No loss is larger unless its trial diverged; sums and squares of such numbers are still finite."""


@dataclass(frozen=True)
class Measure:
    """What optimizers are judged by: its key in a trial, its name, and how its numbers are written.

    sign: 1 where more is better, -1 where less is.
    """

    key: str
    name: str
    sign: int
    scale: float
    form: str
    unit: str
    points: str

    @property
    def whole(self):
        """What a trial's number is, in full."""
        return f"last validation {self.name}" if self.key.startswith("val_") else self.name

    def text(self, x):
        """A number of the measure, as "93.21 %"."""
        return f"{self.scale * x:{self.form}}{self.unit}"

    def change(self, x):
        """A difference without its unit, as "+0.21"."""
        return f"{self.scale * x:+{self.form}}"


ACCURACY = Measure("val_accuracy", "accuracy", 1, 100, ".2f", " %", " points")
LOSS = Measure("val_loss", "loss", -1, 1, ".4g", "", "")
SECONDS = Measure("seconds_per_epoch", "seconds an epoch", -1, 1, ".3f", " s", " s")


def measure(trials):
    """The Measure of trials (dicts): accuracy where they have one, else the loss."""
    return LOSS if any(t["val_accuracy"][-1] is None for t in trials) else ACCURACY


def check_target(by: Measure, target: float | None) -> None:
    """Raise ValueError where an accuracy to reach is none, as one in percent."""
    if target is not None and by.sign > 0 and not 0 < target <= 1:
        meant = f"; did you mean {target / 100:g}?" if 1 < target <= 100 else ""
        raise ValueError(f"target must be an accuracy above 0 and at most 1, got {target:g}{meant}")


def last(trial, by):
    """A trial's last number of a Measure; what was not finite, or beyond LARGEST, is infinitely bad."""
    x = trial[by.key]
    x = x[-1] if isinstance(x, list) else x
    return x if x is not None and abs(x) <= LARGEST else -by.sign * math.inf


def written(trial):
    """The last result of a Trial, as "93.21 %" or "loss 0.03124"."""
    by = measure([vars(trial)])
    return f"{'' if by is ACCURACY else f'{by.name} '}{by.text(last(vars(trial), by))}"


@dataclass(frozen=True)
class Against:
    """A rule beside the reference, over the trials that both have.

    differences: one a pair of trials, and their mean. unpaired: how many trials have no partner. interval: of the mean,
    at 95 % for all comparisons jointly, or None. p: of the exact sign-flip test, adjusted by Holm; least_p: the
    smallest that so many trials and comparisons can give. ahead: in how many pairs, with ahead_interval, the exact one.
    verdict: one of VERDICTS, or None where there can be none; why: then the reason. needed: about how many trials in a
    new run would settle it, whatever the difference: those whose interval is no wider than the margin; or None.
    """

    differences: list
    difference: float | None = None
    unpaired: int = 0
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

    epochs_to_target, seconds_to_target: of the median trial, one that never reached it counting as never: None where
    it is such a one.
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
        """The standard deviation over trials, or None for fewer than two and where one was not finite."""
        n, mean = len(self.results), self.mean
        if n < 2 or not math.isfinite(mean):
            return None
        return math.sqrt(math.fsum((x - mean) ** 2 for x in self.results) / (n - 1))


@dataclass(frozen=True)
class Verdict:
    """What finished trials say. rules: {label: Judged}, in order; reference: the label that others are held to.

    comparisons: for how many the intervals hold jointly. test_samples: how many the results were measured on, or None
    where it is not known. looks: at how many numbers of trials the results were looked at, before the last was chosen.
    resampled: whether each trial had training samples of its own.
    """

    measure: Measure
    rules: dict
    reference: str | None
    margin: float
    target: float | None = None
    independent: bool = True
    comparisons: int = 0
    test_samples: int | None = None
    looks: int = 1
    resampled: bool = False

    def sentences(self):
        """One for each rule but the reference: its verdict, with the difference and its interval."""
        return wording.sentences(self)

    def winner(self):
        """Which rule wins, in a sentence: one does only where the verdicts place all others below it."""
        return wording.winner(self)

    def cells(self):
        """Rows of texts, the heads first: one for each rule."""
        return wording.cells(self)

    def notes(self):
        """Sentences that say what the numbers of the table are, and how far they reach."""
        return wording.notes(self)

    def table(self):
        """The cells as text. On a narrow terminal a row takes several lines; of many rules the best are shown."""
        return wording.table(self)

    def latex(self):
        """The cells as a LaTeX tabular, for the package booktabs."""
        return wording.latex(self)

    def summary(self):
        """All of it as numbers, texts, lists and dicts: what it was judged by, the sentences, and {label: numbers}."""
        own = {key: x for key, x in vars(self).items() if key not in ("measure", "rules")}
        said = {"winner": self.winner(), "sentences": self.sentences(), "notes": self.notes()}
        return {"measure": self.measure.name, **own, **said, "rules": {k: _numbers(x) for k, x in self.rules.items()}}

    def __str__(self):
        return wording.text(self)


def _numbers(rule):
    against = rule.against and dict(vars(rule.against))
    return {"mean": rule.mean, "spread": rule.spread, **vars(rule), "against": against}


def reference_of(labels):
    """The label that others are compared with where none was named: the first Adam, else the first."""
    adam = (label for label in labels if re.match(r"adam\w*(?!\.)\b(?!\.)", label, re.IGNORECASE))
    return next(adam, labels[0] if labels else None)


def judge(
    trials,
    labels,
    reference=None,
    margin=None,
    target=None,
    independent=True,
    test_samples=None,
    looks=1,
    resampled=False,
    by=None,
) -> Verdict:
    """The Verdict of trials, dicts with "optimizer", "trial" and the fields of `training.Trial`.

    reference: the label that the others are compared with, by default the first Adam or else the first. margin: within
    which two are equal (default: MARGIN for accuracies, 1 % of the reference's for losses). target: an accuracy (or
    loss) to reach. independent: whether the trials are; those that continue one another get no verdict. test_samples,
    looks, resampled: see Verdict. by: the Measure, by default the one that `measure` says.
    Raises ValueError for a reference that is none of the labels, and for an accuracy to reach that is none.
    """
    reference = reference_of(labels) if reference is None else one_of("reference", reference, labels)
    by = by or measure(trials)
    check_target(by, target)
    own: dict[str, dict] = {label: {} for label in labels}
    for t in sorted(trials, key=lambda t: t["trial"]):
        if t["optimizer"] in own:
            own[t["optimizer"]][t["trial"]] = t
    results = {label: {k: last(t, by) for k, t in found.items()} for label, found in own.items()}
    if margin is None:
        finite = [x for x in results.get(reference, {}).values() if math.isfinite(x)]
        margin = MARGIN if by.sign > 0 or not finite else 0.01 * abs(statistics.fmean(finite))
    others = [label for label in labels if label != reference and own[label]]
    against = {
        label: _against(own, results, label, reference, by, len(others), margin, independent) for label in others
    }
    tested = [label for label in others if against[label].p is not None]
    adjusted = paired.holm([against[label].p for label in tested])
    least = paired.holm([against[label].least_p for label in tested])
    for label, p, least_p in zip(tested, adjusted, least, strict=True):
        against[label] = replace(against[label], p=p, least_p=least_p)
    rules = {label: _judged(label, own[label], results[label], by, target, against.get(label)) for label in labels}
    return Verdict(by, rules, reference, margin, target, independent, len(others), test_samples, looks, resampled)


def _against(own, results, label, reference, by, comparisons, margin, independent):
    shared = sorted(own[label].keys() & own[reference].keys())
    pairs = [(own[label][k], own[reference][k]) for k in shared]
    differences = [results[label][k] - results[reference][k] for k in shared]
    said = Against(differences, unpaired=len(own[label].keys() ^ own[reference].keys()))
    if not pairs:
        return replace(said, why="no trial in common")
    if any(t["stopped"] for pair in pairs for t in pair) or not all(map(math.isfinite, differences)):
        return replace(said, differences=[], why="a trial diverged")
    n, ahead = len(pairs), sum(by.sign * d > 0 for d in differences)
    share = paired.share(ahead, n) if independent else None
    said = replace(said, difference=statistics.fmean(differences), ahead=ahead, ahead_interval=share)
    if all(a[key] == b[key] for a, b in pairs for key in ("val_loss", by.key)):
        return replace(said, why="identical runs")
    if not independent:
        return replace(said, why="its trials continue one another")
    if n == 1:
        return replace(said, why="one trial in common" if said.unpaired else "one trial")
    said = replace(said, p=paired.sign_flip(differences), least_p=paired.smallest_p(n))
    interval = paired.interval(differences, comparisons)
    largest = max(abs(results[x][k]) for x in (label, reference) for k in shared)
    # Networks compute in float32: differences that are equal up to its rounding are equal.
    if interval is None or max(differences) - min(differences) <= 1e-6 * largest:
        return replace(said, why="the differences are all equal")
    low, high = sorted((by.sign * interval[0], by.sign * interval[1]))
    if low > 0 or high < 0:
        return replace(said, interval=interval, verdict=BETTER if low > 0 else WORSE)
    if -margin <= low and high <= margin:
        return replace(said, interval=interval, verdict=EQUAL)
    # An interval no wider than the margin leaves 0 out or lies within ±margin.
    needed = paired.trials_to_settle(differences, margin / 2, comparisons)
    return replace(said, interval=interval, verdict=UNSETTLED, needed=needed)


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
    middle = lambda times: x if math.isfinite(x := statistics.median_low(times)) else None
    seconds = [epoch * t["seconds_per_epoch"] for epoch, t in zip(firsts, finished, strict=True)]
    reached = sum(map(math.isfinite, firsts))
    return replace(judged, reached=reached, epochs_to_target=middle(firsts), seconds_to_target=middle(seconds))


def _first(trial, by, target):
    """The epoch of the first recording that reaches the target, infinity where none does."""
    reached = (x is not None and by.sign * (x - target) >= 0 for x in trial[by.key])
    return next((epoch for epoch, yes in zip(trial["epoch"], reached, strict=True) if yes), math.inf)
