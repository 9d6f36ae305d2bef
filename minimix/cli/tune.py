"""minimix tune."""

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from ..comparison import load_data
from ..config import Config
from ..study import sensitivity, tuning
from ..study.folder import Folder
from ..study.forms import file_name
from ..study.summary import summarize
from . import progress
from .options import OWN_HELP, SPEC_HELP, setting_options, side_by_side, title


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
@click.option("--reference", metavar="LABEL", help="What the others are compared with. [default: Adam]")
@click.option("--margin", type=click.FloatRange(0), help="Differences within this are called equal. [default: 0.001]")
@click.option("--name", help="The name of the plan in the folder. [default: MODEL-DATA]")
@click.option("--out", type=click.Path(path_type=Path), default="runs/tune", help="The study's folder.")
@side_by_side(jobs=1)
@setting_options(without=("optimizers", "trials", "continue_trials"))
def tune(
    optimizers: tuple[str, ...],
    name: str | None,
    out: Path,
    reference: str | None,
    margin: float | None,
    n_jobs: int,
    dask: str | None,
    **settings: Any,
) -> None:
    """Compare optimizers with equal chances: each tries as many values of its learning rate as any other.

    Of gamma too, where it has one, and of all rates of a layer split: with a rate and a gamma it still tries no more.

    Values are chosen on a part of the training set that is held out, the same for all; the test set is looked at once,
    at the end, by trials with other seeds on the whole training set, at the default and at the chosen values. Where a
    best rate is at the edge of its range, the range is widened, and every optimizer gets as many runs more.

    Each finished trial is a file in the folder; the same command goes on where it was stopped.
    """
    search = {key: settings.pop(key) for key in tuning.OWN}
    config = Config(optimizers=_labelled(optimizers), **settings)
    click.echo(f"loading {config.data}")
    folder, data, name = Folder(out), load_data(config), name or title(config)
    run = _runner(folder, n_jobs, dask)
    try:
        found = tuning.tune(folder, name, config, data, run, reference, margin, **search)
    except KeyboardInterrupt:
        click.echo("\nstopped; the same command goes on", err=True)
        sys.exit(130)
    if found.left:
        raise click.ClickException(f"{len(found.left)} trials could not be done; the same command tries them again")
    _show(folder, name, found)
    summarize(folder)


def _show(folder, name, found):
    """What the chosen values say, beside the default ones; and the figure."""
    default, tuned = (folder.verdict(folder.plans()[f"{name}, {kind}"]) for kind in ("default", "tuned"))
    notes = [note for note in tuned.notes() if not note.startswith(("p:", "ahead:", "s/epoch:"))]
    click.echo("\nAt the chosen values:")
    for text in (tuned.winner(), *tuned.sentences()):
        click.echo(click.wrap_text(text, width=_columns(), subsequent_indent="  "))
    click.echo(f"\n{sensitivity.table(found, default, tuned)}\n")
    for text in (*sensitivity.notes(found), *notes, *folder.complaints, folder.mixed()):
        click.echo(click.wrap_text(text, width=_columns(), subsequent_indent="  ") + "\n" * bool(text), nl=False)
    path = folder.draw(f"{file_name(name)}.png", sensitivity.figure(found))
    click.echo(f"\n{path}: {found.measure.name} on the held-out part against the learning rate")


def _columns():
    return shutil.get_terminal_size().columns


def _labelled(texts):
    """{label: spec} of texts LABEL=SPEC; a text without a label is its own."""
    pairs = [(text, text) if not (m := re.match(r"([^=:()]+)=(.+)", text)) else m.groups() for text in texts]
    for label, _ in pairs:
        if [one for one, _ in pairs].count(label) > 1:
            raise click.UsageError(f"optimizer {label!r} was given twice")
    return {label.strip(): spec.strip() for label, spec in pairs}


def _runner(folder, n_jobs, dask):
    """The function that does Jobs."""

    def run(jobs, data):
        missing = [job for job in jobs if not folder.done(job.name)]
        stage = "to choose values" if jobs[0].identity["stage"] == "tune" else "to report"
        click.echo(f"{len(jobs) - len(missing)} of {len(jobs)} trials {stage} are there")
        progress.run(folder, missing, data, n_jobs, dask)

    return run
