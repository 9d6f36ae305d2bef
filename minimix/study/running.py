"""Trials side by side, by joblib: each in a process with one BLAS thread, its file written where it was computed."""

import functools
import json
import os
import platform
import socket
import time
from dataclasses import asdict, dataclass
from importlib import metadata

import joblib
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import TerminatedWorkerError
from threadpoolctl import threadpool_limits

from .. import __version__
from ..backend import using
from ..comparison import run_trial, start_trial
from ..config import Config
from ..threads import blas_libraries
from . import trials

ATTEMPTS = 3


@dataclass(frozen=True)
class Job:
    """One trial to do: a Config's settings with a single rule, its label there and the trial's number."""

    name: str
    identity: dict
    settings: dict
    label: str
    number: int


def jobs(config, sums, stage="report"):
    """The Jobs of a Config, trial by trial, so that an interruption leaves as many of each rule."""
    found = []
    for number in range(config.trials):
        for label, spec in config.optimizers.items():
            settings = config.settings() | {"optimizers": {label: spec}}
            identity = trials.identity(config, label, number, sums, stage)
            found.append(Job(trials.name(identity), identity, settings, label, number))
    return found


def run(folder, todo, data, n_jobs=1, on_trial=None):
    """Do the Jobs that `folder` has not; on_trial(job, error) is called after each, error a sentence or None.

    A worker that dies costs the trials under way; they are tried again, at most twice.
    """
    for _ in range(ATTEMPTS):
        left = list({job.name: job for job in todo if not folder.done(job.name)}.values())
        if not left:
            break
        with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
            parallel = joblib.Parallel(n_jobs=n_jobs, return_as="generator_unordered", batch_size=1)
            work = joblib.delayed(functools.partial(_do, folder, data))
            try:
                for job, error in parallel(work(job) for job in left):
                    if on_trial:
                        on_trial(job, error)
            except TerminatedWorkerError:
                continue
            finally:
                if n_jobs != 1:
                    get_reusable_executor().shutdown(kill_workers=True)
        break


def _do(folder, data, job):
    if folder.done(job.name):
        return job, None
    with threadpool_limits(1, "blas"):
        return job, _train(folder, data, job)


def _train(folder, data, job):
    """Do a trial and keep it; returns None, or a sentence about why it could not be done."""
    start, config = time.time(), Config(**job.settings)
    progress = folder.progress(job.name)
    progress.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with open(progress, "w", encoding="utf-8") as file, using(config.backend):

        def on_record(trial):
            nonlocal written
            for k in range(written, len(trial.epoch)):
                json.dump([trial.epoch[k], trial.train_loss[k], trial.val_loss[k], trial.val_accuracy[k]], file)
                file.write("\n")
            written = len(trial.epoch)
            file.flush()

        try:
            trial = run_trial(config, data, *start_trial(config, job.label, job.number), on_record)
        except (ValueError, RuntimeError, ArithmeticError) as error:
            return f"{job.label}, trial {job.number + 1}: {error}"
    recorded = asdict(trial)
    speed = recorded.pop("seconds_per_epoch")
    folder.write(job.name, job.identity, recorded, _circumstances(start, speed))
    return None


def _circumstances(start, seconds_per_epoch):
    """What stands beside a trial's numbers: they do not depend on it, but for the rounding of the BLAS kernel."""
    return {
        "blas": [" ".join(map(str, library)) for library in blas_libraries()],
        "host": socket.gethostname(),
        "minimix": __version__,
        "numpy": metadata.version("numpy"),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "seconds": round(time.time() - start, 1),
        "seconds_per_epoch": round(seconds_per_epoch, 4),
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start)),
    }
