"""minimix plot."""

from pathlib import Path

import click

from .. import plots
from ..runs import Run
from .options import FIGURE, OneOf


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option(
    "--band",
    type=OneOf(["range", "std"]),
    help="Around the mean over trials: from the lowest to the highest, or one standard deviation on both sides. "
    "[default: std for the CNNs, range for all others]",
)
@click.option("--out", type=FIGURE, help="Draw all runs in this one file, .png, .pdf or .svg.")
def plot(runs: tuple[Path, ...], band: str | None, out: Path | None) -> None:
    """Redraw the figure of one or several run folders.

    In one figure, each label begins with the folder and the settings in which the runs differ.
    """
    opened = [Run.open(folder) for folder in runs]
    for run in opened:
        if not run.result.trials:
            raise ValueError(f"{str(run.folder)!r} has no finished trial to draw")

    def draw(some, path):
        bands = {run.result.band for run in some}
        results = list(zip(_told_apart(some), (run.result for run in some), strict=True))
        plots.save(plots.comparison(results, band or ("range" if bands == {"range"} else "std")), path)
        click.echo(path)

    if out:
        draw(opened, out)
    else:
        for run in opened:
            draw([run], run.folder / "figure.png")


def _told_apart(runs):
    """What each of several runs is called: its folder, and its settings where they are not those of all."""
    if len(runs) == 1:
        return [""]
    known = ("optimizers", "trials", "dataset", *(["data"] if all(run.result.data for run in runs) else []))
    keys = dict.fromkeys(key for run in runs for key in run.settings if key not in known)
    differ = [key for key in keys if any(run.settings.get(key) != runs[0].settings.get(key) for run in runs)]
    told = lambda run: ", ".join(f"{key}: {_short(run.settings.get(key))}" for key in differ)
    return [f"{run.folder.name} " + (f"({told(run)}) " if differ else "") for run in runs]


def _short(setting):
    """A setting in a label; of files and their SHA-256, names and the first letters."""
    if isinstance(setting, dict):
        return " ".join(f"{Path(name).name} {str(said)[:6]}" for name, said in setting.items())
    return setting
