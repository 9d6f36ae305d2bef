"""minimix plot."""

from pathlib import Path

import click

from .. import plots
from ..study.folder import Folder
from ..study.forms import SETTINGS, file_name
from ..study.plans import judged_by
from .options import FIGURE, OneOf


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DIR...")
@click.option(
    "--band",
    type=OneOf(["range", "std"]),
    help="Around the mean over trials: from the lowest to the highest, or one standard deviation on both sides. "
    "[default: std for the CNNs, range for all others]",
)
@click.option("--out", type=FIGURE, help="Draw all in this one file, .png, .pdf or .svg.")
def plot(folders: tuple[Path, ...], band: str | None, out: Path | None) -> None:
    """Redraw the figures of one or several folders, as `minimix compare` and `minimix study` write them.

    In one figure, each label begins with the folder and the settings in which the comparisons differ.
    """
    opened = [found for path in folders for found in _results(path)]

    def draw(some, path):
        bands = {result.band for *_, result, _ in some}
        results = list(zip(_told_apart(some), (result for *_, result, _ in some), strict=True))
        verdict = some[0][-1] if len(some) == 1 else None
        plots.save(plots.comparison(results, band or ("range" if bands == {"range"} else "std"), verdict), path)
        click.echo(path)

    if out:
        draw(opened, out)
    else:
        for one in opened:
            draw([one], one[1])


def _results(path):
    """(name, path of its figure, plan, Result, Verdict) of every plan of a folder that has a finished trial."""
    folder = Folder(path)
    plans = {name: plan for name, plan in folder.plans().items() if plan.get("kind") != "tune"}
    found = [(name, plan, folder.result(plan)) for name, plan in plans.items()]
    for sentence in folder.complaints:
        click.echo(sentence, err=True)
    if not any(result.trials for *_, result in found):
        raise ValueError(f"{str(path)!r} has no finished trial to draw")
    return [
        (
            path.name if name == "compare" else f"{path.name}/{name}",
            path / _figure(name),
            plan,
            result,
            folder.verdict(plan, result, judged_by(name)),
        )
        for name, plan, result in found
        if result.trials
    ]


def _figure(name):
    return "figure.png" if name == "compare" else f"{file_name(name)}.png"


def _told_apart(some):
    """What each of several comparisons is called: its folder, and its settings where they are not those of all."""
    if len(some) == 1:
        return [""]
    told = [_settings(plan) for _, _, plan, *_ in some]
    keys = [key for key in dict.fromkeys(key for own in told for key in own)
            if any(own.get(key) != told[0].get(key) for own in told)]  # fmt: skip
    said = [", ".join(f"{key}: {_short(own.get(key))}" for key in keys) for own in told]
    return [f"{name} " + (f"({own}) " if own else "") for (name, *_), own in zip(some, said, strict=True)]


def _settings(plan):
    """What a plan's numbers depend on, beside its rules and data, which the figure tells: settings, and own files."""
    own = {key: plan[key] for key in SETTINGS if key in plan and key not in ("optimizers", "trials", "data")}
    files = {file: sum_ for identity in plan.get("identities", {}).values() for file, sum_ in identity["files"].items()}
    return own | ({"files": files} if files else {})


def _short(setting):
    """A setting in a label; of files and their SHA-256, names and the first letters."""
    if isinstance(setting, dict):
        return " ".join(f"{Path(name).name} {str(said)[:6]}" for name, said in setting.items())
    return setting
