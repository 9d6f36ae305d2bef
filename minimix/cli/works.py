"""What `minimix study` trains: figures with their data and trials, what they cost, and how they are told."""

from dataclasses import dataclass
from typing import Any

import click

from .. import processes
from ..comparison import load_data
from ..config import Config
from ..data.dataset import Dataset
from ..study import cost, running
from ..study.folder import Folder
from ..study.forms import data_of
from ..study.plans import Plan, judged_by
from . import progress


@dataclass(frozen=True)
class Work:
    """A figure to be trained: its name, its plan, the settings that hold, its data and its trials."""

    name: str
    plan: Plan
    config: Config
    data: Dataset
    jobs: list[running.Job]

    def left(self, folder: Folder) -> list[running.Job]:
        """The trials that are not there."""
        return [job for job in self.jobs if not folder.done(job.name)]


def prepare(plans: dict[str, Plan], changes: dict[str, int], folder: Folder) -> list[Work]:
    """A Work for each plan, which is kept in the folder."""
    data: dict = {}
    works = []
    configs = {name: configured(plan, **changes) for name, plan in plans.items()}
    for config in configs.values():
        if config.data not in data:
            click.echo(f"loading {config.data}")
            data[config.data] = (dataset := load_data(config)), data_of(dataset.about())
    for name, config in configs.items():
        dataset, known = data[config.data]
        procedure = {key: getattr(config, key) for key in (*plans[name].procedure, "backend")}
        folder.plan(name, plans[name].settings() | procedure | {"trials": config.trials, "kind": "study"} | known)
        works.append(Work(name, plans[name], config, dataset, running.jobs(config, known["sums"])))
    return works


def configured(plan: Plan, trials: int | None = None, **changes: Any) -> Config:
    """The Config of a plan, with the settings that are given in place of its own."""
    return Config(**plan.procedure | changes, optimizers=plan.rules, trials=trials or plan.trials)


def measure(configs: dict[str, Config]) -> dict[str, dict[str, float]]:
    """{figure: {label: seconds a trial}}, measured on this machine."""
    pairs = [(name, label) for name, config in configs.items() for label in config.rules]
    found: dict[str, dict[str, float]] = {name: {} for name in configs}
    known: dict = {}
    with click.progressbar(pairs, label="measuring a few steps of each rule") as bar:
        for name, label in bar:
            found[name][label] = cost.seconds(configs[name], label, known)
    return found


def announce(works: list[Work], folder: Folder, n_jobs: int) -> None:
    """Say how many trials there are and about how long the others take."""
    every = {job.name for work in works for job in work.jobs}
    left = {job.name: (work, job) for work in works for job in work.left(folder)}
    click.echo(f"{len(every) - len(left)} of {len(every)} trials are there")
    if left:
        measured = measure({work.name: work.config for work, _ in left.values()})
        cores = processes.count(n_jobs, len(left))
        spent = sum(measured[work.name][job.label] for work, job in left.values()) / cores
        click.echo(f"the others take about {cost.lasting(spent)}, {cores} at a time")


def train(work: Work, folder: Folder, n_jobs: int, dask: str | None) -> None:
    """Do what is left of a figure, and say what its trials say."""
    left = work.left(folder)
    click.echo(f"\n{work.name}: {work.plan.about}; {len(work.jobs) - len(left)} of {len(work.jobs)} trials are there")
    progress.run(folder, left, work.data, n_jobs, dask)
    plan = folder.plans()[work.name]
    if (result := folder.result(plan)).trials:
        click.echo(f"\n{folder.verdict(plan, result, judged_by(work.name))}\n")
