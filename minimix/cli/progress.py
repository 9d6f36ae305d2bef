"""Trials that run, shown: a bar with the results so far on a terminal, a line for each finished trial in a pipe."""

import shutil
import sys
import time
from collections import Counter
from typing import Any

import click

from ..data.dataset import Dataset
from ..study import running
from ..study.folder import Folder
from ..training import Trial
from ..verdict import written


def run(folder: Folder, jobs: list[running.Job], data: Dataset, n_jobs: int = 1, dask: str | None = None) -> None:
    """`study.running.run`, shown. Errors are said on the standard error; what failed is not done afterwards."""
    with Shown(folder, jobs) as shown:
        running.run(folder, jobs, data, n_jobs, shown.trial, shown.record if shown.live else None, dask)


class Shown:
    """Listens to `running.run` for these jobs: `record` and `trial` are what it calls."""

    def __init__(self, folder: Folder, jobs: list[running.Job]):
        self.folder, self.count, self.done = folder, len(jobs), 0
        self.recordings = {job.name: _recordings(job.identity["procedure"]) for job in jobs}
        self.recorded: Counter[str] = Counter()
        self.results: dict[str, str] = {}
        self.live, columns = sys.stdout.isatty(), shutil.get_terminal_size().columns
        width = 24 if columns > 60 else 4
        self.room = columns - width - 24  # beside the bar, its percentage and its time
        length = sum(self.recordings.values())
        self.bar: Any = click.progressbar(
            length=length, item_show_func=self._results, width=width, hidden=not self.live
        )
        self.start = time.perf_counter()

    def __enter__(self):
        self.bar.__enter__()
        return self

    def __exit__(self, *exception):
        self.bar.__exit__(*exception)

    def _results(self, newest):
        """What stands beside the bar: all results where there is room, or as much as fits of the newest."""
        names = [spec.partition(":")[0] for spec in self.results]
        labels = [name if names.count(name) == 1 else spec for name, spec in zip(names, self.results, strict=True)]
        said = {spec: f"{label} {self.results[spec]}" for label, spec in zip(labels, self.results, strict=True)}
        whole = "  ".join(said.values())
        return whole if len(whole) <= self.room else said.get(newest, "")[: max(self.room, 0)]

    def record(self, job: running.Job, recording: tuple) -> None:
        """Show a recording of a running trial."""
        epoch, train_loss, val_loss, val_accuracy = recording
        self.results[job.label] = written(Trial([epoch], [train_loss], [val_loss], [val_accuracy]))
        self.recorded[job.name] += 1
        self.bar.update(1, job.label)

    def trial(self, job: running.Job, error: str | None) -> None:
        """Show a finished trial, or why it could not be done."""
        self.done += 1
        if error:
            click.echo(error, err=True)
        elif content := self.folder.read(job.name):
            trial = Trial(**content["recorded"], seconds_per_epoch=content["run"]["seconds_per_epoch"])
            if trial.stopped:
                click.echo(f"\n{job}: {trial.stopped}", err=True)
            if not self.live:
                click.echo(
                    f"{time.perf_counter() - self.start:7.1f} s  {self.done} of {self.count}  {job}: {written(trial)}, "
                    f"{trial.seconds_per_epoch:.3g} s/epoch"
                )
        self.bar.update(self.recordings[job.name] - self.recorded.pop(job.name, 0), job.label)


def _recordings(procedure):
    return procedure["epochs"] * procedure["record"]
