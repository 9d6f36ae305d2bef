"""Trials side by side, by joblib: each in a process with one BLAS thread, its file written where it was computed."""

from __future__ import annotations

import collections
import contextlib
import json
import os
import platform
import socket
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .. import __version__, processes
from ..backend import using
from ..comparison import run_trial, start_trial
from ..config import Config
from ..data import Dataset
from ..threads import blas_libraries
from . import cluster, trials
from .chains import Chain
from .folder import Folder
from .watching import Watch, touched

ATTEMPTS = 3


@dataclass(frozen=True)
class Job:
    """One trial to do: a Config's settings with a single rule, its label there and the trial's number.

    before: those that it continues, first to last.
    """

    name: str
    identity: dict
    settings: dict
    label: str
    number: int
    before: tuple[Job, ...] = ()

    def __str__(self):
        return f"{self.label}, trial {self.number + 1}"


def jobs(config: Config, sums: dict, stage: str = "report") -> list[Job]:
    """The Jobs of a Config, trial by trial, so that an interruption leaves as many of each rule."""
    found: list[Job] = []
    optimizers = config.settings()["optimizers"]
    for number in range(config.trials):
        for label, spec in optimizers.items():
            settings = config.settings() | {"optimizers": {label: spec}}
            identity = trials.identity(config, label, number, sums, stage)
            before = tuple(job for job in found if job.label == label) if config.continue_trials else ()
            found.append(Job(trials.name(identity), identity, settings, label, number, before))
    return found


def run(
    folder: Folder,
    todo: Iterable[Job],
    data: Dataset,
    n_jobs: int = 1,
    on_trial: Callable | None = None,
    on_record: Callable | None = None,
    dask: str | None = None,
) -> None:
    """Do the Jobs that `folder` has not, n_jobs at a time (as joblib counts: -1 for all cores).

    dask: the address of a Dask scheduler, whose workers do them instead. on_trial(job, error) is called after each
    Job, error a sentence or None; on_record(job, recording) after each recording, see `Watch`. A worker that dies costs
    the trials under way; they are tried again, at most twice. Raises ValueError where something cannot be sent to
    another process, OSError where a trial cannot be written or there is no such scheduler: what is finished stands.
    """
    left = list({job.name: job for job in todo if not folder.done(job.name)}.values())
    if dask and any(job.before for job in left):
        raise ValueError("trials that continue one another go on in one process: run them with --jobs, not --dask")
    before, waiting = {link.name for job in left for link in job.before}, {job.name for job in left}
    ends = [job for job in left if job.name not in before]  # one that continues others is done with them
    outcomes = cluster.each(dask, folder, data, ends) if dask else _side_by_side(folder, data, ends, n_jobs)
    with Watch(folder, left, on_record) as watch, contextlib.closing(outcomes):
        for job, content, error in outcomes:
            if content and not folder.done(job.name):
                folder.write(job.name, job.identity, content["recorded"], content["run"])
            links = [link for link in job.before if link.name in waiting and folder.done(link.name)]
            for one, told in (*((link, folder.read(link.name)) for link in links), (job, content)):
                watch.finish(one, told and told["recorded"])
                if on_trial:
                    with watch.lock:
                        on_trial(one, error if one is job else None)


def _side_by_side(folder: Folder, data: Dataset, todo: list[Job], n_jobs: int) -> Generator[tuple, None, None]:
    """Yield (job, content, error) of each Job as it is done.

    When a worker dies, joblib ends them all and does not say which trial it was. So those that were under way are
    suspects: the first time they are done again with the others, the second time each by itself.
    """
    left, attempts = {job.name: job for job in todo}, collections.Counter[str]()
    strange = 0  # ends of workers with no trial under way
    while left:
        together = [job for job in left.values() if attempts[job.name] < ATTEMPTS - 1]
        now = together or [next(iter(left.values()))]
        before = touched(folder)
        try:
            for outcome in _parallel(folder, data, now, n_jobs, attempts):
                del left[outcome[0].name]
                yield outcome
        except processes.Died as error:
            now_touched = {name for name, when in touched(folder).items() if when != before.get(name)}
            suspects = [job.name for job in left.values() if now_touched & {x.name for x in (*job.before, job)}]
            strange += not suspects
            if strange == ATTEMPTS:
                raise RuntimeError(
                    "the workers die before they begin a trial, perhaps for want of memory; take fewer at a time"
                ) from error
            attempts.update(suspects)
            for name in [name for name in suspects if attempts[name] == ATTEMPTS]:
                folder.progress(name).unlink(missing_ok=True)
                job = left.pop(name)
                yield job, None, f"{job}: its process died, {ATTEMPTS} times, perhaps for want of memory"


def _parallel(folder, data, todo, n_jobs, attempts):
    """Yield what `_do` returns for each Job, as it comes; one worker is this process, but for a suspect."""
    n_jobs = processes.count(n_jobs, len(todo))
    tasks = ((folder, data, job, attempts[job.name] + 1) for job in todo)
    return processes.each(_do, tasks, max(n_jobs, 2) if attempts else n_jobs)


def _do(folder, data, job, attempt):
    """(the Job, what its trial's file holds, None), or (the Job, None, a sentence about why there is none)."""
    if content := folder.read(job.name):  # another command has done it by now
        return job, content, None
    chain = Chain(folder) if job.settings["continue_trials"] else None
    error = None
    for link in chain.resume([*job.before, job]) if chain else [job]:
        if not error:
            content, error = _trained(folder, data, link, attempt, chain)
    return job, None if error else content, error


def _trained(folder, data, job, attempt, chain):
    """(what a trial's file holds, None), or (None, a sentence about why there is none)."""
    progress = folder.progress(job.name)
    try:
        progress.parent.mkdir(parents=True, exist_ok=True)
        with open(progress, "wb", buffering=0) as file:
            content, error = train(job, data, file.write, attempt, chain)
        if error or folder.done(job.name):
            progress.unlink(missing_ok=True)
        else:
            folder.write(job.name, job.identity, content["recorded"], content["run"])
        if chain and not error:
            chain.keep(job)
    except OSError as full:
        raise OSError(f"{job}: {full}") from full
    return content, error


def train(
    job: Job, data: Dataset, write: Callable[[bytes], Any], attempt: int | None = None, chain: Chain | None = None
) -> tuple[dict | None, str | None]:
    """({"recorded": …, "run": …} of a Job's trial, None), or (None, a sentence) where it could not be done.

    write: is called with a line of JSON for each recording. chain: what the trial goes on with, and leaves to the next.
    """
    start = time.time()
    try:
        config = Config(**job.settings)
        identity = trials.identity(config, job.label, job.number, job.identity["data"], job.identity["stage"])
        if trials.name(identity) != job.name:
            raise ValueError("a file of yours, or minimix, is another one here and now than when the study began")
        with using(config.backend):
            model, optimizer, rng = start_trial(config, job.label, job.number)
            if chain:
                model, optimizer = chain.go_on(model, optimizer)
            trial = run_trial(config, data, model, optimizer, rng, lambda trial: _note(trial, write))
    except Exception as error:
        said = str(error) if isinstance(error, (ValueError, OSError, RuntimeError)) else ""
        return None, f"{job}: {said or f'{type(error).__name__}: {error}'}"
    recorded = asdict(trial)
    return {"recorded": recorded, "run": _circumstances(start, recorded.pop("seconds_per_epoch"), attempt)}, None


def _note(trial, write):
    """Progress may be lost: a full disk ends the run only where it would lose a trial."""
    newest = [column[-1] for column in (trial.epoch, trial.train_loss, trial.val_loss, trial.val_accuracy)]
    with contextlib.suppress(OSError):
        write(json.dumps(newest).encode() + b"\n")


def _circumstances(start, seconds_per_epoch, attempt) -> dict[str, Any]:
    """What stands beside a trial's numbers: they do not depend on it, but for the rounding of the BLAS kernel."""
    return {
        **({"attempts": attempt} if attempt else {}),
        "blas": [" ".join(map(str, library)) for library in blas_libraries()],
        "host": socket.gethostname(),
        "minimix": __version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "seconds": round(time.time() - start, 1),
        "seconds_per_epoch": round(seconds_per_epoch, 4),
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start)),
    }
