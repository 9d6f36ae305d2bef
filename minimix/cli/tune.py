"""minimix tune."""

import re
import sys
import time
from pathlib import Path
from typing import Any

import click

from .. import plots
from ..comparison import load_data
from ..config import Config
from ..study import running, sensitivity, tuning
from ..study.folder import Folder
from .options import OWN_HELP, SPEC_HELP, setting_options, side_by_side


@click.command(epilog=f"{OWN_HELP}\n{SPEC_HELP}")
@click.option(
    "--optimizer",
    "-o",
    "optimizers",
    multiple=True,
    required=True,
    metavar="[LABEL=]SPEC",
    help="An optimizer to tune; repeatable. Rates and gamma in it are its default, in the middle of the range.",
)
@click.option("--runs", default=8, show_default=True, help="Values that each optimizer tries in the first round.")
@click.option("--seeds", default=3, show_default=True, help="Trials of each value, with seeds that are not reported.")
@click.option("--trials", default=10, show_default=True, help="Trials to report, of the default and the chosen value.")
@click.option(
    "--lr-range",
    type=(float, float),
    metavar="LOW HIGH",
    help="Where rates are sought. [default: two decades to both sides of the optimizer's own]",
)
@click.option("--validation", default=tuning.VALIDATION, show_default=True, help="Share of the training set held out.")
@click.option("--reference", metavar="LABEL", help="What the others are compared with. [default: the first]")
@click.option("--name", help="The name of the plan in the folder. [default: MODEL-DATA]")
@click.option("--out", type=click.Path(path_type=Path), default="runs/tune", help="The study's folder.")
@side_by_side(jobs=1)
@setting_options(without=("optimizers", "trials", "continue_trials"))
def tune(
    optimizers: tuple[str, ...],
    name: str | None,
    out: Path,
    reference: str | None,
    n_jobs: int,
    dask: str | None,
    **settings: Any,
) -> None:
    """Compare optimizers with equal chances: each tries as many learning rates, and values of gamma, as any other.

    Values are chosen on a part of the training set that is held out, the same for all; the test set is looked at once,
    at the end, by trials with other seeds on the whole training set, at the default and at the chosen values. Where a
    best rate is at the edge of its range, the range is widened, and every optimizer gets as many runs more.

    Each finished trial is a file in the folder; the same command goes on where it was stopped.
    """
    search = {key: settings.pop(key) for key in ("runs", "seeds", "lr_range", "validation")}
    config = Config(optimizers=_labelled(optimizers), **settings)
    folder, data = Folder(out), load_data(config)
    name = name or f"{Path(str(config.model)).stem}-{data.name}"
    found = tuning.tune(folder, name, config, data, _runner(folder, n_jobs, dask), reference, **search)
    if found.left:
        raise click.ClickException(f"{len(found.left)} trials could not be done; the same command tries them again")
    both = [folder.result(folder.plans()[f"{name}, {kind}"]) for kind in ("default", "tuned")]
    click.echo("\n" + sensitivity.table(found, *both))
    figure = folder.path / (re.sub(r"[^\w.-]+", "-", name) + ".png")
    plots.save(sensitivity.figure(found), figure)
    click.echo(f"\n{figure}: {found.measure.name} on the held-out part against the learning rate")


def _labelled(texts):
    """{label: spec} of texts LABEL=SPEC; a text without a label is its own."""
    pairs = [(text, text) if not (m := re.match(r"([^=:()]+)=(.+)", text)) else m.groups() for text in texts]
    for label, _ in pairs:
        if [one for one, _ in pairs].count(label) > 1:
            raise click.UsageError(f"optimizer {label!r} was given twice")
    return {label.strip(): spec.strip() for label, spec in pairs}


def _runner(folder, n_jobs, dask):
    """The function that does Jobs, with a bar on a terminal and a line for each trial in a pipe."""

    def run(jobs, data):
        missing = [job for job in jobs if not folder.done(job.name)]
        stage = "to choose values" if jobs[0].identity["stage"] == "tune" else "to report"
        click.echo(f"{len(jobs) - len(missing)} of {len(jobs)} trials {stage} are there")
        start, done, live = time.perf_counter(), 0, sys.stdout.isatty()
        with click.progressbar(length=len(missing), width=24, hidden=not live) as bar:

            def tell(job, error):
                nonlocal done
                done += 1
                bar.update(1)
                if error:
                    click.echo(error, err=True)
                elif not live:
                    left = (time.perf_counter() - start) / done * (len(missing) - done)
                    click.echo(f"  {done} of {len(missing)}, about {left / 60:.0f} min left: {job}")

            running.run(folder, missing, data, n_jobs, tell, dask=dask)

    return run
