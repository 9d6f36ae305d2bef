"""`minimix data`: what data sets there are, and where; download them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..data.cache import VARIABLE, default_root
from ..data.cifar import fetch_cifar10, find_cifar10
from ..data.idx import fetch_mnist, find_mnist, is_mnist
from .options import Group, OneOf

FETCH = {"mnist": fetch_mnist, "cifar10": fetch_cifar10}
FIND = {"mnist": find_mnist, "cifar10": find_cifar10}
ROW = "{:<9}{:<18}{:<34}{}"


@click.group(cls=Group)
def data() -> None:
    """List and download data sets."""


@data.command("list")
def list_() -> None:
    """Show every data set: its images, its classes and where it was found."""
    click.echo(ROW.format("name", "images", "classes", "where"))
    click.echo(ROW.format("glyphs", "any (24,000)", "digits 0 to 9, printed", "embedded: drawn when asked for"))
    click.echo(ROW.format("shapes", "any (12,000)", "10 shapes and textures", "embedded: drawn when asked for"))
    click.echo(ROW.format("mnist", "60,000 + 10,000", "digits 0 to 9, handwritten", _where("mnist")))
    click.echo(ROW.format("cifar10", "50,000 + 10,000", "10 animals and vehicles", _where("cifar10")))


@data.command()
@click.argument("name", type=OneOf(list(FETCH)))
@click.option("--to", type=click.Path(path_type=Path), help="Folder to put it in. [default: the cache folder]")
@click.option("--mirror", multiple=True, metavar="URL", help="Folder to download from; repeat for more.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    help="Seconds of silence after which to give a mirror up.",
)
def fetch(name: str, to: Path | None, mirror: tuple[str, ...], timeout: float) -> None:
    """Download a data set and verify it."""
    root = to or default_root()
    mirrors = {"mirrors": mirror} if mirror else {}
    fetched = FETCH[name](root, timeout=timeout, progress=Bar, **mirrors)
    where = _folder(FIND[name](root))
    click.echo(f"{name} is in {where}, verified." if fetched else f"{name} was in {where} already, verified.")
    if to:
        click.echo(f"To use it, set {VARIABLE}={to}")


def _where(name):
    try:
        paths = FIND[name]()
    except FileNotFoundError:
        return f"not found: run `minimix data fetch {name}`"
    doubt = ", but the files there are not the official ones" if name == "mnist" and not is_mnist(paths) else ""
    return f"{_folder(paths)}{doubt}"


def _folder(paths):
    return next(iter(paths.values())).parent


class Bar:
    """click's progress bar behind the interface that pooch expects."""

    def __init__(self, label: str):
        self._bar = click.progressbar(length=0, label=label, file=sys.stderr)

    @property
    def total(self) -> int:
        """How many bytes there will be; 0 where nobody knows."""
        return self._bar.length or 0

    @total.setter
    def total(self, steps: int) -> None:
        self._bar.length = steps or None
        self._bar.render_progress()

    def update(self, steps: int) -> None:
        """So many bytes more."""
        self._bar.update(steps)

    def reset(self) -> None:
        """Begin anew."""
        self._bar.pos = 0

    def close(self) -> None:
        """There is no more."""
        self._bar.render_finish()
