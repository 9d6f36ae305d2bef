"""Equal chances: each rule tries as many values of its learning rate, and of gamma, on a held-out part of the training.

A search is a plan of kind "tune" in the study's folder, and its trials are of the stage "tune": each value with the
same few seeds, which no reported trial has, on the same training and validation parts for every rule. The test set is
not looked at. Nothing else is kept: what was tried and what is chosen is read off the plan and the trials.
"""

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .. import verdict
from ..config import Config
from ..data import Batches, Dataset
from ..hint import one_of, shown
from ..spec import canonical
from ..validation import check_number, fits, whole
from . import running
from .folder import Folder
from .forms import config_of, data_of
from .ranges import Axis, axes, hypercube, with_values

VALIDATION = 0.2
"""The share of the training set that is held out."""
WIDENINGS = 2
"""How often ranges are widened at most."""
OWN = ("runs", "seeds", "lr_range", "validation")
"""What the plan of a search says besides the settings of a Config."""
MOST = 1000  # values, and seeds of each
SPLIT, SEEDS, VALUES = 1, 2, 3  # branches of the seed: trials are seeded by [seed, number], and by none of these


@dataclass(frozen=True)
class Tried:
    """One choice of values, {axis: value}; results: the last validation accuracy (or loss) of each seed.

    score: its mean, negative for a loss; the worst there is where a seed diverged; then less the mean loss.
    """

    values: dict
    spec: str
    results: list
    diverged: int
    score: tuple


@dataclass
class Tuning:
    """What is known of one rule. spec: as it was given; tried: in the order of the search."""

    spec: str
    axes: list
    tried: list[Tried] = field(default_factory=list)

    @property
    def chosen(self) -> Tried:
        """The best that was tried, of equal ones the one with the lowest rate. Raises ValueError where nothing was."""
        return max(self.tried, key=lambda t: (t.score, [-x for x in t.values.values()]))

    def at_edge(self, axis: Axis) -> int:
        """-1 or 1 where the chosen rate is the lowest or the highest of those tried, else 0; gamma has its bounds."""
        if not axis.rate or not self.tried:
            return 0
        values, best = [t.values[axis.name] for t in self.tried], self.chosen.values[axis.name]
        return (best == max(values)) - (best == min(values))

    @property
    def open(self) -> list[str]:
        """The names of the rates that stand at the edge of what was tried."""
        return [axis.name for axis in self.axes if self.at_edge(axis)]


@dataclass
class Search:
    """A search as the folder has it. rules: {label: Tuning}; measure: what values are chosen by.

    jobs: those of the rounds so far; left: those of them that are to be done.
    """

    plan: dict
    rules: dict[str, Tuning]
    measure: verdict.Measure = verdict.ACCURACY
    jobs: list = field(default_factory=list)
    left: list = field(default_factory=list)


def held_out(data: Dataset, share: float, seed: int) -> Dataset:
    """The training set of `data`, a drawn `share` of it in place of the test set, which is not looked at."""
    n = len(data.x_train)
    order = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(SPLIT,))).permutation(n)
    m = min(max(round(share * n), 1), n - 1)
    parts = {f"{x}_{part}": getattr(data, f"{x}_train")[k] for x in "xy" for part, k in _parts(order, m)}
    return replace(data, **parts, note=f"{m:,} of {n:,} training samples are held out for validation")


def _parts(order, m):
    return ("test", order[:m]), ("train", order[m:])


def plan_of(
    config: Config,
    sums: dict[str, str],
    runs: int = 8,
    seeds: int = 3,
    lr_range: tuple[float, float] | None = None,
    validation: float = VALIDATION,
) -> dict[str, Any]:
    """The plan of a search: settings of a Config and the search's own. sums: those of the held-out Dataset.

    runs: values a rule; seeds: trials a value. Raises ValueError for a search that could choose nothing.
    """
    if whole("runs", runs, 1, MOST) < 3:
        raise ValueError(f"runs must be at least 3, got {runs}: a best value shows between two others")
    if whole("seeds", seeds, 1, MOST) < 3:
        raise ValueError(f"seeds must be at least 3, got {seeds}: one seed's luck is no reason to choose a value")
    check_number("tune", "validation", validation, below=1, above=True)
    rates = list(lr_range) if isinstance(lr_range, tuple) else lr_range
    if rates is not None and not (fits(rates, list[float]) and len(rates) == 2 and 0 < rates[0] < rates[1]):
        raise ValueError(f"lr_range must be two rates above 0, the lower one first, got {shown(rates)}")
    if config.continue_trials:
        raise ValueError("continue_trials: trials that continue one another cannot be tuned")
    for label, rule in config.rules.items():
        if not axes(rule):
            raise ValueError(f"{label}: {canonical(rule)} has no learning rate, so there is nothing to tune")
    own = {"runs": runs, "seeds": seeds, "lr_range": rates, "validation": validation}
    return config.settings() | own | {"kind": "tune", "sums": sums}


def search(folder: Folder, plan: dict[str, Any], run: Callable | None = None) -> Search:
    """Do a search, or without `run` read what there is of it. run(jobs): does the Jobs that the folder has not.

    A round gives every rule the same number of values: at first `runs` of them, a Latin hypercube over its ranges
    (McKay et al. 1979): each rate in its own stratum, evenly over the logarithm, and at random within it, so that
    no two values of any hyperparameter repeat (Bergstra & Bengio 2012). Where a rule's best rate is then the lowest or
    highest of those tried, another round of half as many goes beyond it, at most WIDENINGS times. The rules whose best
    stands between others get as many new values there, so that budgets stay equal.
    Where trials are missing the Search is incomplete: `left` has them.
    """
    config = config_of(plan)
    own: dict[str, Any] = {key: plan.get(key) for key in OWN}
    plan_of(config, plan["sums"], **own)  # ValueError where the file was changed
    ranges = own["lr_range"]
    found = Search(plan, {label: Tuning(canonical(rule), axes(rule, ranges)) for label, rule in config.rules.items()})
    for number in range(1 + WIDENINGS):
        if number and not any(tuning.open for tuning in found.rules.values()):
            break
        if not _round(folder, found, config, number, run):
            break
    return found


def _round(folder, found, config, number, run):
    """One round of a search; returns whether all its trials are done."""
    count = found.plan["runs"] if number == 0 else max(2, found.plan["runs"] // 2)
    tried = []
    for label, tuning in found.rules.items():
        rng = np.random.default_rng(np.random.SeedSequence(config.seed, spawn_key=(VALUES, number)))
        for places in hypercube([_box(tuning, axis, found.plan["runs"], count) for axis in tuning.axes], count, rng):
            values = {axis.name: axis.value(x) for axis, x in zip(tuning.axes, places, strict=True)}
            spec = canonical(with_values(config.rules[label], tuning.axes, values))
            tried.append((f"{label} at {_listed(values)}", tuning, values, spec))
    specs = {name: spec for name, _, _, spec in tried}
    jobs = running.jobs(_search_config(config, specs, found.plan["seeds"]), found.plan["sums"], "tune")
    if run:
        run(jobs)
    found.jobs += jobs
    read = {(job.label, job.number): folder.read(job.name) for job in jobs}
    found.left = [job for job in jobs if read[job.label, job.number] is None]
    if found.left:
        return False
    recorded = {key: trial["recorded"] for key, trial in read.items()}
    found.measure = verdict.measure(list(recorded.values()))
    for name, tuning, values, spec in tried:
        own = [recorded[name, k] for k in range(found.plan["seeds"])]
        tuning.tried.append(_tried(values, spec, own, found.measure))
    return True


def _search_config(config, specs, seeds):
    """The Config of a round: one recording an epoch, and seeds that no reported trial has."""
    branch = np.random.SeedSequence(config.seed, spawn_key=(SEEDS,))
    own = {"seed": int(branch.generate_state(1)[0]), "record": 1, "trials": seeds, "optimizers": specs}
    return Config(**config.settings() | own)


def _box(tuning, axis, runs, count):
    """(low, high) of an axis in the next round: all of it; beyond the best value at an edge; or around the best."""
    if not tuning.tried:
        return axis.low, axis.high
    places = sorted({axis.place(t.values[axis.name]) for t in tuning.tried})
    best, edge = axis.place(tuning.chosen.values[axis.name]), tuning.at_edge(axis)
    if edge:
        beyond = best + edge * count * (axis.high - axis.low) / runs
        return min(best, beyond), max(best, beyond)
    k = places.index(best)
    return places[k - 1] if k else axis.low, places[k + 1] if k + 1 < len(places) else axis.high


def _tried(values, spec, recorded, by):
    results = [verdict.last(trial, by) for trial in recorded]
    diverged = sum(trial["stopped"] is not None for trial in recorded)
    losses = [verdict.last(trial, verdict.LOSS) for trial in recorded]
    mean = -math.inf if diverged else by.sign * statistics.fmean(results)
    return Tried(values, spec, results, diverged, (mean, -statistics.fmean(losses)))


def _listed(values):
    return ", ".join(f"{name} {x:g}" for name, x in values.items())


def tuned(folder: Folder) -> dict[str, Search]:
    """{task: Search} of the plans of kind "tune" in a folder, read off their trials.

    `Search.rules[label].chosen` is what was chosen, `.tried` all that was tried; where `Search.left` is not empty
    the search is not finished. The reported trials are the plans "TASK, default" and "TASK, tuned", see `final`.
    """
    return {name: search(folder, plan) for name, plan in folder.plans().items() if plan.get("kind") == "tune"}


def tune(
    folder: Folder,
    task: str,
    config: Config,
    data: Dataset,
    run: Callable,
    reference: str | None = None,
    margin: float | None = None,
    **own: Any,
) -> Search:
    """Search, then train what is to be reported: every rule at its own values, and at those that were chosen.

    The reported trials see the whole training set, with fresh seeds, and only then is the test set looked at; a trial's
    weights and batches are the same for all rules, tuned or not. task: the name of the search's plan; the plans of the
    trials are called `TASK, default` and `TASK, tuned`. run(jobs, data) does Jobs. reference: the label that the
    others are to be compared with, by default as `verdict.judge` has it; margin: within which two are equal; both are
    kept in the plan, so that they are named beforehand. own: of `plan_of`.
    Where trials could not be done the Search that is returned has them in `left`, and the same call does them.
    """
    part = held_out(data, own.get("validation", VALIDATION), config.seed)
    size: Any = config.batch_size  # a Config has filled it in
    Batches(part.x_train, part.y_train, size, np.random.default_rng(0))  # ValueError where too large
    reference = one_of("reference", reference or verdict.reference_of(list(config.rules)), config.rules)
    known = data_of(part.about())
    plan = plan_of(config, known["sums"], **own) | known | {"reference": reference, "margin": margin}
    found = search(folder, folder.plan(task, plan), lambda jobs: run(jobs, part))
    if found.left:
        return found
    for name, plan in final(found, data.about()).items():
        plan = folder.plan(f"{task}, {name}", plan)
        jobs = running.jobs(config_of(plan), plan["sums"])
        run(jobs, data)
        found.left += [job for job in jobs if not folder.done(job.name)]
    return found


def final(found: Search, about: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """{"default": plan, "tuned": plan} of the trials to report. about: that of the whole Dataset."""
    kept = {key: x for key, x in found.plan.items() if key in (*Config.__dataclass_fields__, "reference", "margin")}
    kept |= {"kind": "compare"} | data_of(about)
    specs = {
        "default": {label: tuning.spec for label, tuning in found.rules.items()},
        "tuned": {label: tuning.chosen.spec for label, tuning in found.rules.items()},
    }
    return {name: kept | {"optimizers": own} for name, own in specs.items()}
