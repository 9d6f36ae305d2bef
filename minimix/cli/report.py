"""minimix report."""

import sys
from pathlib import Path

import click

from ..study import report as pages
from ..study.folder import Folder
from .options import OutFile


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--out", type=OutFile(".html"), help="The page's file. [default: report.html in the folder]")
def report(folder: Path, out: Path | None) -> None:
    """Write all that a study's folder says as one web page, report.html in it.

    The page has verdicts, tables and figures, what failed, how it was done and with what, and the data. It needs no
    network and no scripts, and is made from the finished trials alone: make it again at any time.
    """
    live = sys.stderr.isatty()
    tell = lambda text: click.echo(f"\r{text[:60]:60}\r", err=True, nl=False) if live else None
    path = pages.write(Folder(folder), out, tell)
    tell("")
    click.echo(f"{path}: open it in a browser")
