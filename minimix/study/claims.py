"""What the report claims, number by number and statement by statement, held against a folder's trials."""

import math
import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from .. import paired, wording
from ..verdict import judge
from .figures import panels
from .folder import Folder
from .plans import base
from .statements import Above, Faster, Rises

LEAST = 3
"""A claim is judged where each of its rules has so many trials."""
FEW = f"fewer than {LEAST} trials"


@dataclass(frozen=True)
class Claim:
    """A number or statement of the report beside ours.

    figure: the plan's name. text: what is claimed. published, here, interval: as they are to be read. holds: whether
    it does; None where that is not settled, where trials are missing, or where another machine or another procedure
    cannot tell. why: then the reason.
    """

    figure: str
    text: str
    published: str
    here: str = ""
    interval: str = ""
    holds: bool | None = None
    why: str = ""

    def cells(self) -> tuple[str, ...]:
        """Its row of a table, see HEADS."""
        said = {True: "yes", False: "no", None: self.why}[self.holds]
        return self.figure, self.text, self.published, self.here, self.interval, said


HEADS = ("figure", "claim", "published", "here", "95 % interval", "holds?")


def judged(folder: Folder) -> list[Claim]:
    """The Claims of all the study's plans in a folder, in the order of the plans; none where they have other data.

    A number holds where the published one, within what the plot can be read to, meets the interval of our mean
    (Student's t over trials). A statement holds, or fails, where the interval of what it is about lies on one side of
    what it says; differences of accuracies are paired, and all that a plan compares with one rule holds jointly. How
    many times faster a rule is, is a number, which was published as a range.
    """
    parts = {part.name: part for group in panels(folder).values() for part in group}
    found = []
    for part in parts.values():
        plan = part.plan
        if part.settings["data"] != plan.procedure["data"]:
            continue
        own = [_number(part, label, x) for label, x in plan.published.items()]
        own += [_seconds(part, label, x) for label, x in plan.seconds.items()]
        own += [_STATEMENTS[type(statement)](part, statement, parts) for statement in plan.statements]
        if not plan.applies(part.settings):
            own = [replace(claim, holds=None, why="not trained as published") for claim in own]
        found += own
    return found


def table(claims: Iterable[Claim]) -> str:
    """Claims as text, one a line."""
    rows = [HEADS, *(claim.cells() for claim in claims)]
    return "\n".join("  ".join(row).rstrip() for row in wording.aligned(rows))


def _number(part, label, published):
    """A last accuracy."""
    tolerance = part.plan.tolerance
    interval, told = _mean(part, [100 * (t["val_accuracy"][-1] or 0) for t in _trials(part, label)], ".2f", " %")
    holds = _meet(interval, published - tolerance, published + tolerance)
    return Claim(part.name, f"{label}: accuracy", f"{published:g} ± {tolerance:g} %", holds=holds, **told)


def _seconds(part, label, published):
    """Seconds an epoch, which nobody expects to agree on another machine."""
    interval, told = _mean(part, [t["seconds_per_epoch"] for t in _trials(part, label)], ".3f", " s")
    told = told | ({"why": "another machine"} if interval else {})
    return Claim(part.name, f"{label}: seconds an epoch", f"{published:g} s (V100)", **told)


def _faster(part, statement, parts):
    """How many times as many epochs in the same time, trial by trial."""
    than = {t["trial"]: t["seconds_per_epoch"] for t in _trials(part, statement.than)}
    own = [than[t["trial"]] / t["seconds_per_epoch"] for t in _trials(part, statement.label) if t["trial"] in than]
    interval, told = _mean(part, own, ".2f", " times")
    published = f"{statement.low:.2f} to {statement.high:.2f} times"
    return Claim(part.name, statement.text, published, holds=_meet(interval, statement.low, statement.high), **told)


def _rises(part, statement, parts):
    """How much higher the last validation loss is than the first recorded."""
    number = lambda x: math.inf if x is None else x
    own = [number(t["val_loss"][-1]) - number(t["val_loss"][0]) for t in _trials(part, statement.label)]
    interval, told = _mean(part, own, "+.3g", "")
    if interval and interval[0] <= 0 <= interval[1]:
        interval, told = None, told | {"why": "not settled"}
    return Claim(part.name, statement.text, "last above first", holds=interval and interval[0] > 0, **told)


def _above(part, statement, parts):
    """The smallest of the differences that an Above is about."""
    blank = Claim(part.name, statement.text, statement.published)
    trials, labels = list(part.result.trials), list(part.result.labels)
    for label in statement.than:
        name, _, rule = label.rpartition("/")
        if name:  # a rule of another plan, of the same reading where there is one
            other = parts.get(name + part.name.removeprefix(base(part.name))) or parts.get(name)
            trials += [t | {"optimizer": label} for t in _trials(other, rule)] if other else []
            labels.append(label)
    done = {t["optimizer"] for t in trials}
    if lacking := [label for label in (statement.label, *statement.than) if label not in done]:
        return replace(blank, why=f"no trial of {lacking[0]}")
    rules = judge(trials, labels, statement.label, independent=_independent(part)).rules
    against = [rules[label].against for label in statement.than]
    if refused := [a.why for a in against if a.interval is None]:
        return replace(blank, why=refused[0])
    lows, highs = ([-100 * a.interval[k] for a in against] for k in (1, 0))
    nearest = max(against, key=lambda a: a.difference)
    low, high = (-100 * nearest.interval[k] for k in (1, 0))
    told = replace(
        blank, here=f"{-100 * nearest.difference:+.2f} points", interval=wording.interval((low, high), "{:+.2f}".format)
    )
    if min(len(a.differences) for a in against) < LEAST:
        return replace(told, why=FEW)
    if min(lows) > statement.by or min(highs) < statement.by:
        return replace(told, holds=min(lows) > statement.by)
    return replace(told, why="not settled")


_STATEMENTS: dict[type, Callable[..., Claim]] = {Above: _above, Faster: _faster, Rises: _rises}


def _trials(part, label):
    return [t for t in part.result.trials if t["optimizer"] == label]


def _independent(part):
    return not part.settings.get("continue_trials", False)


def _mean(part, values, form, unit):
    """(interval of the mean, {fields of a Claim}); the interval is None where there is none that could be judged by."""
    if not values or not all(map(math.isfinite, values)):
        return None, {"why": "a trial diverged" if values else "no trial"}
    here = {"here": f"{statistics.fmean(values):{form}}{unit}"}
    if not _independent(part):
        return None, here | {"why": "its trials continue one another"}
    interval = paired.interval(values)
    if interval is None or len(values) < LEAST:
        return None, here | {"why": FEW if len(values) < LEAST else "its trials are all equal"}
    return interval, here | {"interval": wording.interval(interval, f"{{:{form}}}".format)}


def _meet(interval, low, high):
    """Whether an interval, if there is one, meets the one from low to high."""
    return interval and bool(interval[0] <= high and low <= interval[1])
