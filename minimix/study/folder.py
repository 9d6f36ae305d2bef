"""The folder of a study: a file for each finished trial, written once, and named plans of what is to be compared.

A trial whose file is there is done. No trial is locked: two processes that do the same one write the same bytes, but
for the object "run", which tells when, where and how fast.
"""

from __future__ import annotations

import json
import math
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .. import files, plots
from ..hint import shown
from ..nn import models
from ..result import Result
from ..validation import read_json
from ..verdict import Measure, Verdict
from . import trials
from .forms import SCHEMA, SETTINGS, OtherSchema, check_free, check_plans, check_schema, check_trial, config_of


class Folder:
    """`trials/`, `progress/` and `study.json` below a path; nothing is made before something is written.

    complaints: sentences about what was found damaged. kernels: for each trial that was read, the set of BLAS kernels
    that it was computed with.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self.complaints: list[str] = []
        self.kernels: dict[str, frozenset] = {}

    def __repr__(self):
        return f"Folder({str(self.path)!r})"

    def trial(self, name: str) -> Path:
        """The path of a finished trial."""
        return self.path / "trials" / f"{name}.json"

    def progress(self, name: str) -> Path:
        """The path of what a running trial has recorded so far."""
        return self.path / "progress" / f"{name}.jsonl"

    def checkpoint(self, name: str) -> Path:
        """The path of what a trial left to the one that continues it."""
        return self.path / "checkpoints" / f"{name}.npz"

    def done(self, name: str) -> bool:
        """Whether a trial is finished."""
        return self.trial(name).exists()

    def read(self, name: str) -> dict | None:
        """The content of a finished trial, or None where there is none; a damaged file is set aside.

        Raises ValueError where another version of minimix wrote it.
        """
        path = self.trial(name)
        try:
            content = read_json(path)
            check_schema(path, content)
            check_trial(name, content)
        except FileNotFoundError:
            return None
        except OtherSchema:
            raise
        except ValueError as error:
            damaged = path.with_suffix(".damaged")
            with suppress(OSError):  # a folder that cannot be written to, or another process that did the same
                os.replace(path, damaged)
            self.complaints.append(
                f"{path} is damaged ({_said(path, error)}); it is set aside as {damaged.name} and done again"
            )
            return None
        self.kernels[name] = frozenset(library.rpartition(" ")[0] for library in content["run"].get("blas", []))
        return content

    def write(self, name: str, identity: dict, recorded: dict, run: dict) -> None:
        """Keep a finished trial; the file is there whole or not at all. Raises OSError."""
        content = {"schema": SCHEMA, "identity": identity, "recorded": compact(recorded), "run": run}
        self.save(f"trials/{name}.json", text(content, separators=(",", ":"), sort_keys=True))
        self.progress(name).unlink(missing_ok=True)

    def save(self, name: str, content: str | bytes) -> None:
        """Write a file of the folder, whole or not at all: until it is whole, it is in `progress/`."""
        target, room = self._place(name)
        files.write(target, content, room)

    def draw(self, name: str, figure: Any) -> Path:
        """Write a matplotlib Figure as a file of the folder, as `save` does, and return its path."""
        path, room = self._place(name)
        plots.save(figure, path, room)
        return path

    def _place(self, name):
        """(path of a file, path of the folder that it is in until it is whole); both folders are made."""
        target, room = self.path / name, self.path / "progress"
        for folder in (target.parent, room):
            folder.mkdir(parents=True, exist_ok=True)
        return target, room

    def plans(self) -> dict[str, dict]:
        """{name: plan} in study.json. Raises ValueError, with one sentence, for what is none, and for other folders."""
        path = self.path / "study.json"
        if not path.exists():
            check_free(self.path)
            return {}
        try:
            content = read_json(path)
            check_schema(path, content)
            check_plans(content.get("plans"))
        except OtherSchema:
            raise
        except ValueError as error:
            raise ValueError(f"{str(path)!r} is no list of plans: {_said(path, error)}") from None
        return content["plans"]

    def plan(self, name: str, settings: dict[str, Any]) -> dict[str, Any]:
        """Keep a plan, and return it as it is kept; ValueError where one of that name has other settings.

        Only trials may be added: from how many to how many is kept too, since who adds trials after a look at those
        that are there may stop when he likes what he sees.
        """
        plan = settings | {"identities": _identities(settings)}
        check_plans({name: plan})  # before anything is made
        with self._alone():
            return self._plan(name, plan)

    def _plan(self, name, plan):
        plans = self.plans()
        if before := plans.get(name):
            self._check_same(name, before, plan)
            had, count = before["trials"], max(before["trials"], plan["trials"])
            plan = before | plan | {"trials": count}
            if count > had and any(self.done(one) for one in self.names(before).values()):
                plan["added"] = [*before.get("added", [had]), count]
        if plan != before:
            self.save("study.json", text({"schema": SCHEMA, "plans": plans | {name: plan}}, indent=1))
        return plan

    @contextmanager
    def _alone(self):
        """No two processes add a plan at once, where the system has locks: one would be lost."""
        self.plans()  # refuse another's folder before anything is made
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            import fcntl
        except ImportError:  # Windows
            yield
            return
        lock = os.open(self.path, os.O_RDONLY)
        try:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _check_same(self, name, before, plan):
        then, now = before.get("identities") or _identities(before), plan["identities"]
        says = f"{self.path} has a plan {name!r} whose"
        if list(then) != list(now):
            raise ValueError(f"{says} optimizers are {', '.join(then)}, not {', '.join(now)}; take another folder")
        for label in then:
            for path, was, is_ in _differences(then[label], now[label]):
                if path[0] in ("data", "files"):
                    raise ValueError(
                        f"{path[-1]} has changed since {str(self.path)!r} was begun: its trials could not be compared; "
                        "begin anew in another folder"
                    )
                setting = " ".join(path[1:] or path)
                raise ValueError(
                    f"{says} trials are run with {setting} {shown(was)}, not {shown(is_)}; take another folder"
                )
        for key in sorted((before.keys() & plan.keys()) - SETTINGS.keys() - {"sums", "identities", "added", "dataset"}):
            if before[key] != plan[key]:
                raise ValueError(f"{says} {key} is {shown(before[key])}, not {shown(plan[key])}; take another folder")

    def names(self, plan: dict[str, Any]) -> dict[tuple[str, int], str]:
        """{(label, number): name} of the trials of a plan, trial by trial."""
        identities = plan.get("identities") or _identities(plan)
        found = {label: trials.names(identity, plan["trials"]) for label, identity in identities.items()}
        return {(label, number): found[label][number] for number in range(plan["trials"]) for label in found}

    def result(self, plan: dict[str, Any]) -> Result:
        """The Result of a plan in study.json: its rules in their order, and those of its trials that are done."""
        band = models.MODELS.get(plan.get("model", "mlp"), models.OWN).band
        data = {"name": plan.get("data", ""), **plan.get("dataset", {}), "sha256": plan["sums"]}
        settings = {key: plan.get(key, False) for key in ("continue_trials", "resample")}
        result = Result(list(plan["optimizers"]), band=band, data=data, settings=settings)
        for (label, number), name in self.names(plan).items():
            if found := self.read(name):
                speed = found["run"]["seconds_per_epoch"]
                result.trials.append(
                    {"optimizer": label, "trial": number, **found["recorded"], "seconds_per_epoch": speed}
                )
        return result

    def verdict(self, plan: dict[str, Any], result: Result | None = None, by: Measure | None = None) -> Verdict:
        """The Verdict of a plan's Result, by the reference, margin and target that the plan names.

        by: what it is judged by, by default the accuracy or else the loss; of a figure of the study `plans.judged_by`.
        Each number of trials from which others were added counts as a look at those that were there.
        """
        named = {key: plan.get(key) for key in ("reference", "margin", "target")}
        return (result or self.result(plan)).verdict(**named, looks=max(len(plan.get("added", [])), 1), by=by)

    def mixed(self) -> str:
        """A sentence where the trials that were read were computed with several BLAS kernels, else ""."""
        found = [kernels for kernels in self.kernels.values() if kernels]
        if not found or frozenset.intersection(*found):
            return ""
        every = sorted(frozenset.union(*found))
        return f"the trials were computed with several BLAS kernels, which round differently: {', '.join(every)}"


def _said(path, error):
    """An error without the path with which it begins."""
    return str(error).removeprefix(f"{str(path)!r} ")


def _identities(settings):
    """{label: what all trials of a rule share} by the settings of a plan."""
    config = config_of(settings)
    stage = settings.get("stage", "report")
    return {label: trials.common(config, label, settings["sums"], stage) for label in config.rules}


def _differences(then, now, path=()):
    """(path, then, now) of every leaf that differs between two trees of dicts."""
    for key in sorted(then.keys() | now.keys()):
        was, is_ = then.get(key), now.get(key)
        if isinstance(was, dict) and isinstance(is_, dict):
            yield from _differences(was, is_, (*path, key))
        elif was != is_:
            yield (*path, key), was, is_


def text(content: Any, **options: Any) -> str:
    """JSON; the same content gives the same text."""
    return json.dumps(content, allow_nan=False, **options) + "\n"


def compact(x: Any) -> Any:
    """Numbers with the seven digits that float32 has; nan and inf, which JSON does not know, as null."""
    if isinstance(x, float):
        return float(f"{x:.7g}") if math.isfinite(x) else None
    if isinstance(x, dict):
        return {key: compact(value) for key, value in x.items()}
    return [compact(value) for value in x] if isinstance(x, (list, tuple)) else x
