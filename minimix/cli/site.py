"""`minimix site`: the course as a folder of static pages."""

import sys
from pathlib import Path

import click

from .data import Bar
from .options import Group


@click.group(cls=Group)
def site() -> None:
    """Make the course a site: a link for a class, and nothing to install.

    \b
    minimix site build course                       then open course/index.html by a double click
    minimix site fetch pyodide                      for a site that runs without a network:
    minimix site build course --pyodide pyodide
    """


@site.command()
@click.argument("target", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--pyodide",
    type=click.Path(path_type=Path),
    metavar="RUNTIME",
    help="Make Pyodide, in this folder, a part of the site. [default: browsers fetch it where it is public]",
)
@click.option("--only", type=int, multiple=True, metavar="NN", help="This lesson alone; may be given several times.")
@click.option("--jobs", "n_jobs", type=int, default=-1, help="Lessons at a time; -1 for one on each core.")
def build(target: Path, pyodide: Path | None, only: tuple[int, ...], n_jobs: int) -> None:
    """Write the course as a site into the folder DIR, in a minute or two.

    It has every lesson with its outputs, a playground, the stepper, a network's tape, a gallery of all update rules and
    the study's report. Open its index.html by a double click, or put the folder on any web server or share. A site that
    is in DIR already is replaced when the new one is whole; a folder with anything else in it is refused.
    """
    from ..site import building

    with click.progressbar(
        length=1000, label="running the lessons", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        building.build(target, pyodide, only, n_jobs, on_part=lambda done, of: bar.update(1000 * done // of - bar.pos))
    sizes = [path.stat().st_size for path in target.rglob("*") if path.is_file()]
    count = f"{len(sizes)} file{'s' * (len(sizes) != 1)}"
    click.echo(f"{target / 'index.html'}: open it in a browser; {count}, {sum(sizes) / 1e6:.1f} MB")


@site.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    help="Seconds of silence after which to give a server up.",
)
def fetch(folder: Path, timeout: float) -> None:
    """Download Pyodide, Python for browsers, into the folder DIR, each file verified; for build --pyodide.

    It comes from registry.npmjs.org and cdn.jsdelivr.net. What is there already stays.
    """
    from ..site import runtime

    fetched = runtime.fetch(folder, timeout, Bar)
    click.echo(
        f"Pyodide {runtime.VERSION} {'is' if fetched else 'was'} in {folder}{'' if fetched else ' already'}, verified."
    )
