"""minimix compare."""

import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import click

from .. import plots
from .. import runs as run_folders
from ..backend import load
from ..comparison import load_data
from ..comparison import run as run_comparison
from ..config import OPTIMIZERS, Config
from ..training import Trial
from ..verdict import written
from .options import OWN_HELP, SPEC_HELP, setting_options


def _use_config(ctx, _, path):
    if path:
        ctx.default_map = run_folders.read_config(path)


@click.command(epilog=f"{OWN_HELP}\n{SPEC_HELP}")
@click.option(
    "--config",
    type=click.Path(dir_okay=False),
    is_eager=True,
    expose_value=False,
    callback=_use_config,
    help="Take the settings from the config.json of a run; other options override them.",
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
@click.option(
    "--workers",
    type=click.IntRange(1),
    help="Processes that share the trials, each with one BLAS thread. [default: the cores there are; 1 on a GPU]",
)
@click.option("--out", type=click.Path(path_type=Path), help="The run folder. [default: runs/MODEL-DATA-NUMBER]")
@click.option("--resume", type=click.Path(path_type=Path), help="Finish the run in this folder; its own settings hold.")
def compare(workers: int | None, out: Path | None, resume: Path | None, **settings: Any) -> None:
    """Train one network with several optimizers, several trials each, and say which wins.

    Without options: the MLP on drawn digits with SGD, Adam, layer split and MAS. Writes a folder with the figure,
    results.json and config.json.
    """
    run = resume and run_folders.Run.open(resume)
    config = run.config() if run else Config(**settings)
    click.echo(f"loading {config.data}")
    data = load_data(config)
    about = data.about()
    if run:
        run.check_data(about)
    else:
        run = run_folders.Run.create(out or run_folders.new_folder(config), config, about)
    workers = workers or _workers(config)
    missing = config.trials * len(config.rules) - len(run.result.done)
    side_by_side = f", {workers} at a time" if workers > 1 else ""
    click.echo(f"{config.model} on {data!r}; {config.trials} x {len(config.rules)} trials{side_by_side}")
    click.echo("SHA-256: " + "  ".join(f"{name} {sum_[:8]}" for name, sum_ in about["sha256"].items()))
    kept = lambda: f"{len(run.result.trials)} finished trials kept; --resume {run.folder} does the others"
    try:
        with Progress(config, missing) as progress:
            listeners = {"on_record": progress.record, "on_trial": _keep(run, progress)}
            run_comparison(config, data, workers=workers, into=run.result, **listeners)
    except KeyboardInterrupt:
        click.echo(f"\nstopped; {kept() if run.result.trials else 'no trial was finished'}")
    except Exception:
        if run.result.trials:
            click.echo(f"\n{kept()}", err=True)
        raise
    finally:
        if not (run.result.trials or resume):
            run.discard()
    if run.result.trials:
        click.echo("\n" + run.result.table())
        plots.save(run.result.figure(), run.folder / "figure.png")
        click.echo(f"\n{run.folder}: figure.png, results.json, config.json")
    if len(run.result.done) < config.trials * len(config.rules):
        sys.exit(130)


def _workers(config):
    """By the config and the machine alone, not by what is left to do, so that a resumed run computes the same."""
    trials = len(config.rules) * (1 if config.continue_trials else config.trials)
    return 1 if load(config.backend).device else min(_cores(), trials)


def _cores():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _keep(run, progress):
    def on_trial(*about):
        run.save()
        progress.trial(*about)

    return on_trial


def _columns():
    return shutil.get_terminal_size().columns


class Progress:
    """A bar with the current results on a terminal; in a pipe a line for each finished trial."""

    def __init__(self, config: Config, trials: int):
        self.results: dict[str, str] = {}
        self.live = sys.stdout.isatty()
        length = max(trials, 0) * config.epochs * config.record  # type: ignore[operator]  # a Config has filled them in
        width = 24 if _columns() > 60 else 4
        self.room = _columns() - width - 24  # beside the bar, its percentage and its time
        self.bar: Any = None
        if self.live:
            self.bar = click.progressbar(length=length, item_show_func=self._results, width=width)
        self.start = time.perf_counter()

    def __enter__(self):
        if self.live:
            self.bar.__enter__()
        return self

    def __exit__(self, *exception):
        if self.live:
            self.bar.__exit__(*exception)

    def _results(self, newest):
        """What stands beside the bar: all results where there is room, or as much as fits of the newest."""
        names = [spec.partition(":")[0] for spec in self.results]
        labels = [name if names.count(name) == 1 else spec for name, spec in zip(names, self.results, strict=True)]
        said = {spec: f"{label} {self.results[spec]}" for label, spec in zip(labels, self.results, strict=True)}
        whole = "  ".join(said.values())
        return whole if len(whole) <= self.room else said.get(newest, "")[: max(self.room, 0)]

    def record(self, spec: str, number: int, trial: Trial) -> None:
        """Show a recording."""
        self.results[spec] = written(trial)
        if self.live:
            self.bar.update(1, spec)

    def trial(self, spec: str, number: int, trial: Trial) -> None:
        """Show a finished trial."""
        if trial.stopped:
            click.echo(f"\n{spec}, trial {number + 1}: {trial.stopped}", err=True)
        if not self.live:
            click.echo(
                f"{time.perf_counter() - self.start:6.1f} s  trial {number + 1}  {spec}: {written(trial)}, "
                f"{trial.seconds_per_epoch:.3f} s/epoch"
            )
