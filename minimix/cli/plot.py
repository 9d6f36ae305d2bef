"""minimix plot."""

from pathlib import Path

import click

from .. import plots
from ..runs import Run


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option("--band", type=click.Choice(["range", "std"]), help="[default: range for the MLP, std for the CNNs]")
@click.option("--out", type=click.Path(path_type=Path), help="Draw all runs in this one file, .png, .pdf or .svg.")
def plot(runs, band, out):
    """Redraw the figure of one or several run folders."""
    opened = [Run.open(folder) for folder in runs]
    for run in opened:
        if not run.trials:
            raise ValueError(f"{str(run.folder)!r} has no finished trial to draw")

    def draw(some, path):
        labels = [f"{run.folder.name} " if len(some) > 1 else "" for run in some]
        kind = band or ("range" if all(run.config.model == "mlp" for run in some) else "std")
        lines = [(label, run.trials, run.config.optimizers) for label, run in zip(labels, some, strict=True)]
        plots.save(plots.comparison(lines, kind), path)
        click.echo(path)

    if out:
        draw(opened, out)
    else:
        for run in opened:
            draw([run], run.folder / "figure.png")
