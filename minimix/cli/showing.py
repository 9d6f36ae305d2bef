"""What the commands share that show steps: files to write, a terminal to fill, a bar while it lasts."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from .options import FIGURE, OutFile


def files_to_write(what: str, sheet: str) -> Callable:
    """The options --html, --csv and --png of a command. what: the numbers in the CSV; sheet: the picture."""

    def give(command):
        for option in (
            click.option(
                "--png", type=FIGURE, help=f"Write {sheet}; with {{step}} in the name, one picture for each step."
            ),
            click.option("--csv", type=OutFile(), help=f"Write {what}, with all digits."),
            click.option("--html", type=OutFile(), help="Write a page that needs no network, to open in any browser."),
        ):
            command = option(command)
        return command

    return give


def written(steps: Any, count: int, html: Path | None, csv: Path | None, png: Path | None) -> bool:
    """Write the files that were asked for, and say so; whether there were any. count: pictures with {step}."""
    if html:
        steps.html(html)
        click.echo(f"{html}: open it in a browser")
    if csv:
        steps.csv(csv)
        click.echo(csv)
    if png:
        with bar("drawing", count if "{step}" in str(png) else 1) as drawing:
            steps.png(str(png), on_picture=lambda: drawing.update(1))
        click.echo(png)
    return bool(html or csv or png)


def show(steps: Any, interact: Callable) -> None:
    """By keys on a terminal, as plain text in a pipe."""
    if sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        interact(steps)
    else:
        click.echo(steps.text())


def bar(label: str, length: int) -> Any:
    """A bar on a terminal, to be used in a `with`."""
    return click.progressbar(length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty())
