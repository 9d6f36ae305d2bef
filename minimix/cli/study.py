"""minimix study."""

import time
from pathlib import Path

import click

from ..comparison import load_data
from ..config import Config
from ..hint import one_of
from ..study import running
from ..study.folder import Folder
from ..study.plans import figures
from ..verdict import judge
from .options import side_by_side

OUT = click.option("--out", type=click.Path(path_type=Path), default="runs/study", help="The study's folder.")


@click.command()
@click.argument("figure", nargs=-1)
@OUT
@click.option("--trials", "count", type=click.IntRange(1), help="Trials of each optimizer. [default: the report's]")
@click.option("--epochs", type=click.IntRange(1), help="Passes over the training set. [default: the report's]")
@click.option("--record", type=click.IntRange(1), help="Recordings an epoch. [default: the report's]")
@side_by_side(jobs=1)
def study(
    figure: tuple[str, ...],
    out: Path,
    count: int | None,
    epochs: int | None,
    record: int | None,
    n_jobs: int,
    dask: str | None,
) -> None:
    """Reproduce figures of the report: fig2, fig3, fig4a … fig7, or all; `list` says what they are.

    Each finished trial is a file in the study's folder, which figures share; the same command goes on where it was
    stopped.
    """
    known = figures()
    if not figure or figure == ("list",):
        for name, plan in known.items():
            click.echo(f"{name:6}{plan.about}; {plan.trials} x {len(plan.rules)} trials of {_epochs(plan)} epochs")
        return
    names = list(known) if figure == ("all",) else [one_of("figure", name, known) and name for name in figure]
    folder, data, sums = Folder(out), {}, {}
    for name in names:
        plan = known[name]
        given = {"epochs": epochs, "record": record}
        procedure = plan.procedure | {key: x for key, x in given.items() if x is not None}
        config = Config(**procedure, optimizers=plan.rules, trials=count or plan.trials)
        if config.data not in data:
            data[config.data] = load_data(config)
            sums[config.data] = data[config.data].about()["sha256"]
        about = {"sums": sums[config.data], "trials": config.trials}
        folder.plan(name, {"optimizers": plan.rules, **about, **procedure})
        todo = running.jobs(config, sums[config.data])
        _run(name, folder, todo, data[config.data], n_jobs, dask)
        result = folder.result(folder.plans()[name])
        reference = "Adam" if "Adam" in result.labels else result.labels[0]
        for sentence in judge(result.trials, result.labels, reference).sentences():
            click.echo(f"  {sentence}")


def _epochs(plan):
    return plan.procedure["epochs"]


def _run(name, folder, todo, data, n_jobs, dask):
    missing = [job for job in todo if not folder.done(job.name)]
    click.echo(f"{name}: {len(todo) - len(missing)} of {len(todo)} trials are there")
    start, done = time.perf_counter(), 0

    def tell(job, error):
        nonlocal done
        done += 1
        if error:
            click.echo(error, err=True)
            return
        accuracy = folder.read(job.name)["recorded"]["val_accuracy"][-1]
        left = (time.perf_counter() - start) / done * (len(missing) - done)
        click.echo(
            f"  {job.label}, trial {job.number + 1}: {accuracy:.2%}; {done} of {len(missing)}, "
            f"about {left / 60:.0f} min left"
        )

    running.run(folder, missing, data, n_jobs, tell, dask=dask)
