"""minimix compare."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from ..comparison import load_data
from ..config import OPTIMIZERS, Config
from ..hint import one_of
from ..study import running
from ..study.folder import Folder
from ..study.forms import SETTINGS, data_of, read_settings
from ..study.summary import summarize
from ..verdict import ACCURACY, LOSS, check_target, reference_of
from . import progress
from .options import OWN_HELP, SPEC_HELP, processes, setting_options, side_by_side, title

PLAN = "compare"


def _use_settings(ctx, option, path):
    """Take defaults from a file; --resume names the folder to go on with, too."""
    if path:
        settings = read_settings(path)
        judged = ("reference", "margin", "target")
        ctx.default_map = {key: x for key, x in settings.items() if key in SETTINGS or key in judged}
    return path


@click.command(epilog=f"{OWN_HELP}\n{SPEC_HELP}")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    is_eager=True,
    expose_value=False,
    callback=_use_settings,
    help="Take the settings from the study.json of a folder, or from the folder; other options override them.",
)
@click.option(
    "--optimizer",
    "-o",
    "optimizers",
    multiple=True,
    default=OPTIMIZERS,
    metavar="SPEC",
    help="An optimizer to compare; repeatable. See below for how to write one.",
)
@setting_options()
@click.option("--reference", metavar="LABEL", help="The optimizer that the others are held to. [default: Adam]")
@click.option("--margin", type=click.FloatRange(0), help="Differences within this are called equal. [default: 0.001]")
@click.option("--target", type=float, help="An accuracy (or loss) to reach: how soon, and in how many trials.")
@side_by_side(None, "--workers")
@click.option("--out", type=click.Path(path_type=Path), help="The study's folder. [default: runs/MODEL-DATA-NUMBER]")
@click.option(
    "--resume",
    type=click.Path(path_type=Path),
    is_eager=True,
    callback=_use_settings,
    help="Go on in this folder, with its settings; more --trials may be asked for.",
)
@click.pass_context
def compare(
    ctx: click.Context,
    n_jobs: int | None,
    dask: str | None,
    out: Path | None,
    resume: Path | None,
    reference: str | None,
    margin: float | None,
    target: float | None,
    **settings: Any,
) -> None:
    """Train one network with several optimizers, several trials each, and say which wins.

    Without options: the MLP on drawn digits with SGD, Adam, layer split and MAS. Writes a folder with a file for each
    finished trial, study.json, which holds the settings, figure.png and summary.json. The same command with the same
    --out goes on where it was stopped.
    """
    read = lambda name: ctx.get_parameter_source(name) is click.core.ParameterSource.DEFAULT_MAP
    if read("optimizers"):
        settings["optimizers"] = ctx.default_map["optimizers"]  # type: ignore[index]  # with their labels
    config = Config(**settings)
    if read("reference") and reference not in config.rules:
        reference = None
    check_target(ACCURACY if config.loss == "cross-entropy" else LOSS, target)
    judged = {"kind": "compare", "reference": _reference(config, reference), "margin": margin, "target": target}
    click.echo(f"loading {config.data}")
    data = load_data(config)
    known = data_of(data.about())
    plan, sums = config.settings() | judged | known, known["sums"]
    folder = Folder(resume or out or _free_folder(title(config), plan))
    plan = folder.plan(PLAN, plan)
    config.trials = plan["trials"]
    done = len(folder.result(plan).trials)  # what is damaged is set aside
    _tell(folder.complaints)
    todo = [job for job in running.jobs(config, sums) if not folder.done(job.name)]
    n_jobs = processes(n_jobs, config, len(todo))
    where = f" on {dask}" if dask else f", {n_jobs} at a time" if n_jobs > 1 else ""
    click.echo(f"{config.model} on {data!r}; {config.trials} x {len(config.rules)} trials{where}")
    click.echo("SHA-256: " + "  ".join(f"{name} {sum_[:8]}" for name, sum_ in sums.items()))
    if done:
        click.echo(f"{folder.path}: {done} finished trials are there")
    stopped = False
    try:
        progress.run(folder, todo, data, n_jobs, dask)
    except KeyboardInterrupt:
        stopped = True
    finally:
        left = sum(not folder.done(job.name) for job in todo)
        if left:
            kept = done + len(todo) - left
            said = f"{kept} finished trials kept; --resume {folder.path} does the others"
            click.echo("\n" + "stopped; " * stopped + said, err=True)
    _show(folder, plan)
    if left:
        sys.exit(130 if stopped else 1)


def _show(folder, plan):
    """Table, figure and summary.json of the trials that are done."""
    if (result := folder.result(plan)).trials:
        verdict = folder.verdict(plan, result)
        click.echo(f"\n{verdict}")
        _tell([said for said in [*folder.complaints, folder.mixed()] if said])
        folder.draw("figure.png", result.figure(verdict))
        summarize(folder)
        click.echo(f"\n{folder.path}: figure.png, summary.json, study.json, trials/")


def _tell(sentences):
    for sentence in sentences:
        click.echo(sentence, err=True)


def _reference(config, given):
    """The label that is meant by --reference, which may be a spec; by default the first Adam's, or the first."""
    labels = list(config.rules)
    if given is None:
        return reference_of(labels)
    if given not in labels:
        with suppress(ValueError):
            given = next(iter(Config(optimizers=[given], lr=config.lr, gamma=config.gamma).rules))
    one_of("reference", given, labels)
    return given


def _free_folder(name, plan):
    """runs/NAME-1, -2, …: the last one, where it is the same comparison and not finished, or the first that is free."""
    number = 1
    while (path := Path("runs") / f"{name}-{number}").exists():
        number += 1
    last = Folder(Path("runs") / f"{name}-{number - 1}")
    with suppress(ValueError, OSError):
        before = last.plans().get(PLAN)
        if before and before["trials"] == plan["trials"] and not all(map(last.done, last.names(before).values())):
            last.plan(PLAN, plan)
            return last.path
    return path
