"""minimix compare."""

import os
import sys
import time
from pathlib import Path

import click

from .. import plots
from .. import runs as run_folders
from ..comparison import OPTIMIZERS, Config, load_data
from ..comparison import compare as run_comparison
from .options import SPEC_HELP, procedure_options


def _use_config(ctx, _, path):
    if path:
        ctx.default_map = run_folders.read_config(path)


@click.command(epilog=SPEC_HELP)
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
@procedure_options
@click.option("--trials", type=int, default=3, help="Trials of each optimizer.")
@click.option(
    "--continue-trials",
    is_flag=True,
    help="Let each trial go on from the last one's weights, as the published MLP experiments do.",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    help="Processes that share the trials, each with one BLAS thread. [default: the cores there are; 1 with cupy]",
)
@click.option("--out", type=click.Path(path_type=Path), help="The run folder. [default: runs/MODEL-DATA-NUMBER]")
@click.option("--resume", type=click.Path(path_type=Path), help="Finish the run in this folder; its own settings hold.")
def compare(workers, out, resume, **settings):
    """Train one network with several optimizers, several trials each, and say which wins.

    Without options: the MLP on drawn digits with SGD, Adam, layer split and MAS. Writes a folder with the figure,
    results.json and config.json.
    """
    if resume:
        run = run_folders.Run.open(resume)
        config = run.config
    else:
        settings["optimizers"] = list(settings["optimizers"])
        config = Config(**settings)
    click.echo(f"loading {config.data}")
    data = load_data(config)
    if not resume:
        run = run_folders.Run.create(out or run_folders.new_folder(config), config)
    workers = workers or _workers(config)
    missing = config.trials * len(config.optimizers) - len(run.done)
    side_by_side = f", {workers} at a time" if workers > 1 else ""
    click.echo(f"{config.model} on {data!r}; {config.trials} x {len(config.optimizers)} trials{side_by_side}")
    try:
        with Progress(config, missing) as progress:
            listeners = {"on_record": progress.record, "on_trial": _keep(run, progress)}
            run_comparison(config, data, workers=workers, done=run.done, **listeners)
    except KeyboardInterrupt:
        kept = f"{len(run.trials)} finished trials kept; --resume {run.folder} does the others"
        click.echo(f"\nstopped; {kept if run.trials else 'no trial was finished'}")
    finally:
        if not run.trials:
            run.discard()
    if run.trials:
        click.echo("\n" + table(run.summary))
        figure = plots.comparison(
            [("", run.trials, config.optimizers)], band="range" if config.model == "mlp" else "std"
        )
        plots.save(figure, run.folder / "figure.png")
        click.echo(f"\n{run.folder}: figure.png, results.json, config.json")
    if len(run.done) < config.trials * len(config.optimizers):
        sys.exit(130)


def _workers(config):
    """By the config and the machine alone, not by what is left to do, so that a resumed run computes the same."""
    trials = len(config.optimizers) * (1 if config.continue_trials else config.trials)
    return 1 if config.backend == "cupy" else min(_cores(), trials)


def _cores():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _keep(run, progress):
    def on_trial(spec, number, trial):
        run.add(spec, number, trial)
        progress.trial(spec, number, trial)

    return on_trial


class Progress:
    """A bar with the current accuracies on a terminal; in a pipe a line for each finished trial."""

    def __init__(self, config, trials):
        self.accuracies, self.live = {}, sys.stdout.isatty()
        length = max(trials, 0) * config.epochs * config.record
        self.bar = click.progressbar(length=length, item_show_func=self._accuracies, width=24) if self.live else None
        self.start = time.perf_counter()

    def __enter__(self):
        if self.live:
            self.bar.__enter__()
        return self

    def __exit__(self, *exception):
        if self.live:
            self.bar.__exit__(*exception)

    def _accuracies(self, _):
        names = [spec.partition(":")[0] for spec in self.accuracies]
        labels = [name if names.count(name) == 1 else spec for name, spec in zip(names, self.accuracies, strict=True)]
        accuracies = zip(labels, self.accuracies.values(), strict=True)
        return "  ".join(f"{label} {100 * accuracy:.1f} %" for label, accuracy in accuracies)

    def record(self, spec, number, trial):
        self.accuracies[spec] = trial.val_accuracy[-1]
        if self.live:
            self.bar.update(1, spec)

    def trial(self, spec, number, trial):
        if trial.stopped:
            click.echo(f"\n{spec}, trial {number + 1}: {trial.stopped}", err=True)
        if not self.live:
            click.echo(
                f"{time.perf_counter() - self.start:6.1f} s  trial {number + 1}  {spec}: "
                f"{100 * trial.val_accuracy[-1]:.2f} %, {trial.seconds_per_epoch:.3f} s/epoch"
            )


def table(summary):
    """The summary as text: last validation accuracy and time per epoch, and both against Adam."""
    reference = next((s["against"]["optimizer"] for s in summary.values() if "against" in s), None)
    against = f"against {reference}" if reference else ""
    rows = [("optimizer", "mean", "min", "max", "s/epoch", "time", f"accuracy {against}" if reference else "")]
    for spec, s in summary.items():
        accuracy = s["val_accuracy"]
        numbers = [f"{100 * accuracy[k]:.2f} %" for k in ("mean", "min", "max")]
        time_ratio = "1.00x" if spec == reference else ""
        difference = "reference" if spec == reference else ""
        if "against" in s:
            a = s["against"]
            time_ratio = f"{a['time_ratio']:.2f}x"
            difference = "no trial in common" if a["difference"] is None else f"{100 * a['difference']:+.2f} points"
            if a["interval"]:
                low, high = a["interval"]
                difference += f" [{100 * low:+.2f}, {100 * high:+.2f}], {a['verdict']}"
        if s["stopped"]:
            difference += f" ({s['stopped']} stopped: loss not finite)"
        rows.append((spec, *numbers, f"{s['seconds_per_epoch']:.3f}", time_ratio, difference))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            [
                f"{row[0]:{widths[0]}}",
                *(f"{c:>{w}}" for c, w in zip(row[1:6], widths[1:6], strict=True)),
                row[6],
            ]
        )
        for row in rows
    ]
    if reference:
        lines.append(
            "mean, min, max over trials of the last validation accuracy; [95 % interval of paired differences]"
        )
    return "\n".join(line.rstrip() for line in lines)
