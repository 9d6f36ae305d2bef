"""How far the plans of a folder are: what is done, what runs, what is left, and about how long it takes."""

from __future__ import annotations

import json
import os
import statistics
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from . import tuning
from .cost import lasting
from .folder import Folder

SILENCE = 600
"""Seconds without a recording after which a trial that was begun counts as stopped, not as running."""
SAMPLE = 5  # trials of each rule whose seconds are read


@dataclass(frozen=True)
class Running:
    """A trial that is under way: its label and number, and the epoch of its last recording."""

    label: str
    number: int
    epoch: float


@dataclass(frozen=True)
class Status:
    """Of one plan: how many trials are done and left, those that run, and the processor seconds that are left.

    epochs: of a trial, or None. seconds: None where no trial tells how long one takes.
    """

    name: str
    done: int
    left: int
    epochs: int | None
    running: list[Running] = field(default_factory=list)
    seconds: float | None = None


def of(folder: Folder, now: float | None = None) -> list[Status]:
    """The Status of every plan in a folder; now: the time, as time.time() tells it."""
    finished = _files(folder, "trials")
    begun = {name: at for name, at in _files(folder, "progress").items() if name not in finished}
    fresh = {name for name, at in begun.items() if (time.time() if now is None else now) - at < SILENCE}
    return [_status(folder, name, plan, finished, fresh) for name, plan in folder.plans().items()]


def _files(folder, room):
    """{trial: when its file was changed}."""
    found: dict[str, float] = {}
    with suppress(FileNotFoundError), os.scandir(folder.path / room) as entries:
        for entry in entries:
            if entry.name.endswith((".json", ".jsonl")):
                with suppress(OSError):  # a trial that has just ended, or a link that leads nowhere
                    found[entry.name.partition(".")[0]] = entry.stat().st_mtime
    return found


def _status(folder, name, plan, finished, fresh):
    done, missing = _trials(folder, plan, finished)
    lasting = _lasting(folder, done)
    damaged = {one for one in done if one in finished and not folder.done(one)}  # found, and set aside, just now
    missing |= {one: done.pop(one) for one in damaged}
    running = [
        Running(*missing[one], epoch) for one in missing.keys() & fresh if (epoch := _epoch(folder, one)) is not None
    ]
    running.sort(key=lambda trial: (trial.number, trial.label))
    every = statistics.fmean(lasting.values()) if lasting else 0
    epochs = plan.get("epochs")
    seconds = sum(lasting.get(label, every) for label, _ in missing.values())
    seconds -= sum(lasting.get(trial.label, every) * trial.epoch / epochs for trial in running) if epochs else 0
    return Status(name, len(done), len(missing), epochs, running, max(seconds, 0) if lasting else None)


def _trials(folder, plan, finished):
    """({name: (label, number)} of the trials that are done, the same of those that are not)."""
    if plan.get("kind") == "tune":
        names = {job.name: (job.label, job.number) for job in tuning.search(folder, plan).jobs}
    else:
        names = {name: who for who, name in folder.names(plan).items()}
    done = {name: who for name, who in names.items() if name in finished}
    return done, {name: who for name, who in names.items() if name not in finished}


def _lasting(folder, done):
    """{label: the median seconds of a few of its finished trials}."""
    seconds: dict[str, list[float]] = {}
    for name, (label, _) in done.items():
        known = seconds.setdefault(label, [])
        if len(known) < SAMPLE and folder.trial(name).exists() and (found := folder.read(name)):
            known.append(float(found["run"].get("seconds", 0)))
    return {label: statistics.median(known) for label, known in seconds.items() if known}


def _epoch(folder, name):
    """The epoch of the last whole recording of a trial that was begun, 0 before the first; None where it is done."""
    try:
        lines = folder.progress(name).read_bytes().splitlines(keepends=True)
        whole = [line for line in lines if line.endswith(b"\n")]
        return float(json.loads(whole[-1])[0]) if whole else 0.0
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, IndexError):  # it is being written
        return 0.0


def told(found: list[Status], now: float | None = None) -> str:
    """Statuses as text, a paragraph for each plan."""
    return "\n".join(_told(one, time.time() if now is None else now) for one in found)


def _told(one: Status, now: float) -> str:
    lines = [f"{one.name}: {one.done} of {one.done + one.left} trials are done"]
    of: Any = f" of {one.epochs}" if one.epochs else ""
    lines += [f"  {x.label}, trial {x.number + 1}: at epoch {x.epoch:.4g}{of}" for x in one.running]
    if one.left:
        rest = f"  {one.left - len(one.running)} more are to be done"
        if not one.running:
            rest += ", none runs; the same command goes on"
        elif one.seconds is not None:
            left = one.seconds / len(one.running)
            end = time.strftime("%d %B, %H:%M", time.localtime(now + left))
            rest += f"; with {len(one.running)} at a time all end in about {lasting(left)}, {end}"
        else:
            rest += "; when they end is known when the first is done"
        lines.append(rest)
    return "\n".join(lines)
