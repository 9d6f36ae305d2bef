"""minimix plot."""

from pathlib import Path

import click

from .. import plots
from ..runs import Run


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option("--band", type=click.Choice(["range", "std"]), help="[default: std for the CNNs, range for all others]")
@click.option("--out", type=click.Path(path_type=Path), help="Draw all runs in this one file, .png, .pdf or .svg.")
def plot(runs, band, out):
    """Redraw the figure of one or several run folders."""
    opened = [Run.open(folder) for folder in runs]
    for run in opened:
        if not run.result.trials:
            raise ValueError(f"{str(run.folder)!r} has no finished trial to draw")

    def draw(some, path):
        bands = {run.result.band for run in some}
        results = [(f"{run.folder.name} " if len(some) > 1 else "", run.result) for run in some]
        plots.save(plots.comparison(results, band or ("range" if bands == {"range"} else "std")), path)
        click.echo(path)

    if out:
        draw(opened, out)
    else:
        for run in opened:
            draw([run], run.folder / "figure.png")
