"""minimix study."""

import re
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import click

from ..hint import one_of
from ..study import claims, cost, figures, gamma, running, status
from ..study.folder import Folder
from ..study.parts import Read
from ..study.plans import base, in_reading
from ..study.reading import READINGS, USUAL, Reading
from ..study.summary import summarize
from .options import Group, OneOf, side_by_side
from .works import announce, configured, measure, prepare, train


class Study(Group):
    """Figures may stand where a group has the names of its commands: `study fig2` is `study run fig2`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """What click makes of the words after `study`."""
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["run", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Study)
def study() -> None:
    """Reproduce the study: its report's figures and numbers, and whether each of its claims holds.

    `minimix study list` says what there is and what it costs, `minimix study fig2 fig3` trains and draws these (short
    for `minimix study run`, whose --help tells its options), `minimix study status DIR` says how far a folder is, and
    `minimix study claims DIR` holds the report's numbers against what it has.
    """


def reading_options(command: Callable) -> Callable:
    """--as, and an option for each difference between the report and its experiments."""
    for difference in reversed(fields(Reading)):
        kind, (about, *choices) = difference.type.__origin__, difference.type.__metadata__
        form: dict[str, Any] = {"is_flag": True} if kind is bool else {"type": OneOf(choices[0])}
        name = difference.name.replace("_", "-")
        name = f"--{name}/--no-{name}" if kind is bool else f"--{name}"
        command = click.option(name, default=None, show_default=False, help=about, **form)(command)
    sets = {name: [_written(key, x) for key, x in reading.given().items()] for name, reading in READINGS.items()}
    about = "All differences between the report and its experiments at once: " + "; ".join(
        f"{name} is {', '.join(given)}" for name, given in sets.items()
    )
    return click.option("--as", "as_", type=OneOf(READINGS), help=about)(command)


def _written(key, x):
    return f"--{key.replace('_', '-')}" + ("" if x is True else f" {x}")


@study.command(name="list")
@click.option("--quick", is_flag=True, help="What --quick would do.")
def list_(quick: bool) -> None:
    """Say what the figures are, and what they cost on this machine: a few steps of each are measured."""
    plans = in_reading(quick=quick)
    configs = {name: configured(plan) for name, plan in plans.items()}
    measured = measure(configs)
    click.echo(f"{'':{max(map(len, plans))}}  trials x rules x epochs  on one core")
    for name, plan in plans.items():
        size = f"{plan.trials} x {len(plan.rules)} x {configs[name].epochs}"
        spent = sum(measured[name].values()) * plan.trials
        click.echo(f"{name:{max(map(len, plans))}}  {size:>22}  {cost.lasting(spent):>11}  {plan.about}")
    click.echo("gamma: gamma learned by its hypergradient beside a grid, on a small network: less than a minute")
    jobs = ((name, job) for name, config in configs.items() for job in running.jobs(config, {"data": str(config.data)}))
    once = {job.name: measured[name][job.label] for name, job in jobs}
    click.echo(f"all: each distinct trial once: {cost.lasting(sum(once.values()))}")


@study.command(name="claims")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def claims_(folder: Path) -> None:
    """Hold the report's numbers and statements against the trials of a study's folder."""
    judged = claims.judged(Folder(folder))
    click.echo(claims.table(judged) if judged else f"{folder} has no figure of the report that makes a claim")


@study.command(name="status")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def status_(folder: Path) -> None:
    """Say how far a folder is, while trials run in it or not: what is done, what runs, what is left, when it ends."""
    kept = Folder(folder)
    click.echo(status.told(status.of(kept)) or f"{folder} has no plan yet")
    for sentence in kept.complaints:
        click.echo(sentence, err=True)


@study.command()
@click.argument("figure", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), default="runs/study", help="The study's folder.")
@click.option("--trials", type=click.IntRange(1), help="Trials of each rule. [default: the report's]")
@click.option("--epochs", type=click.IntRange(1), help="Passes over the training set. [default: the report's]")
@click.option("--record", type=click.IntRange(1), help="Recordings an epoch. [default: the report's]")
@side_by_side(jobs=1)
@click.option("--quick", is_flag=True, help="In minutes, for a classroom: few drawn images, few epochs, 3 trials.")
@click.option("--figures", "ending", type=OneOf(("svg", "png", "pdf")), default="svg", help="What to draw them as.")
@reading_options
def run(figure: tuple[str, ...], **options: Any) -> None:
    """Train and draw figures of the report: fig2 to fig7 (fig4 is fig4a to fig4d), and its timing table: time.

    And what it leaves open: related (SWATS, Frank-Wolfe, MAS polynomial), gain and gain-cnn (is any gain of MAS linear
    left when Adam may choose its rate?), gamma (learned by hypergradient, beside a grid). all: all of these.

    Each finished trial is a file in the study's folder, which figures share; the same command goes on where it was
    stopped. A figure that is not run as usual has a name that says so, as fig2+code.
    """
    given = {f.name: options[f.name] for f in fields(Reading) if options[f.name] is not None}
    plans = in_reading(replace(READINGS.get(options["as_"], USUAL), **given), options["quick"])
    changes = {key: options[key] for key in ("trials", "epochs", "record") if options[key] is not None}
    names, folder = _chosen(figure, plans), Folder(options["out"])
    works = prepare({name: plans[name] for name in names if name != "gamma"}, changes, folder)
    try:
        if works:
            announce(works, folder, options["n_jobs"])
        for work in works:
            train(work, folder, *((1, None) if work.plan.timed else (options["n_jobs"], options["dask"])))
        drawn = {"gamma": _gamma(folder.path)} if "gamma" in names else {}
    except KeyboardInterrupt:
        click.echo("\nstopped; the same command goes on from here", err=True)
        sys.exit(130)
    _show(folder, drawn, options["ending"])
    if missing := {job.name for work in works for job in work.left(folder)}:
        raise click.ClickException(f"trials that failed: {len(missing)}; the same command tries them again")


def _chosen(words, plans):
    """The names of plans that words on the command line mean."""
    known: dict[str, list[str]] = {"all": [*plans, "gamma"], "gamma": ["gamma"]}
    for name in plans:
        for word in {name, base(name), re.sub(r"^fig4.*", "fig4", name)}:
            known.setdefault(word, []).append(name)
    alone = study.commands.keys() - {"run"}
    for word in words:
        if one_of("figure", word, [*known, *sorted(alone)]) in alone:
            raise click.UsageError(f"{word!r} goes with no figure: write minimix study {word}")
    return list(dict.fromkeys(name for word in words for name in known[word]))


def _gamma(path):
    """The figure of learned gammas, whose numbers are printed and kept in gamma.json."""
    kept = path / "gamma.json"
    if kept.exists():
        found = gamma.read(kept)
    else:
        with click.progressbar(length=gamma.RUNS, label=f"gamma: {gamma.RUNS} trainings") as bar:
            found = gamma.explore(lambda: bar.update(1))
        path.mkdir(parents=True, exist_ok=True)
        gamma.write(kept, found)
    click.echo("\n".join([gamma.table(found), *(f"  {one.sentence()}" for one in found)]))
    return gamma.draw(found)


def _show(folder, drawn, ending):
    """Figures, summary.json and the report's claims of what is there; drawn: figures besides, by name."""
    once = Read(folder.path)
    drawn = figures.drawn(once) | drawn
    if folder.plans():
        summarize(once)
    for name, picture in drawn.items():
        folder.draw(f"{name}.{ending}", picture)
    if judged := claims.judged(once):
        click.echo("\n" + claims.table(judged))
    for sentence in filter(None, [*folder.complaints, *once.complaints, once.mixed()]):
        click.echo(sentence, err=True)
    click.echo(f"\n{folder.path}: {', '.join(f'{name}.{ending}' for name in drawn)}")
