"""minimix tape."""

from pathlib import Path
from typing import Any

import click

from ..nn.models import MODELS
from .showing import bar, files_to_write, show, written


class Point(click.ParamType):
    """Numbers, as 1,2."""

    name = "X,…"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return tuple(map(float, value.split(",")))
        except ValueError:
            self.fail(f"{value!r} is not numbers like 1,2", param, ctx)


@click.command()
@click.argument("what", metavar=f"FILE.PY:NAME|{'|'.join(MODELS)}")
@click.option("--at", type=Point(), help="The arguments of a function. [default: 1,1]")
@click.option("--data", help="The data of a network. [default: glyphs, for the CNNs shapes]")
@click.option("--batch", type=click.IntRange(1, 256), help="How many samples a network gets. [default: 4]")
@click.option("--seed", type=click.IntRange(0), default=0, help="Seed of a network's weights.")
@click.option("--second", is_flag=True, help="Go on through the graph of the gradient: differentiate its squared norm.")
@files_to_write("every value, gradient and what was handed on", "a picture of the tape")
def tape(what: str, html: Path | None, csv: Path | None, png: Path | None, **settings: Any) -> None:
    """Watch a loss being computed, and backward going through its tape.

    FILE.PY:NAME is a function without arguments that returns a loss, or of one Tensor or of several; or a network, a
    function that returns a Module. On a terminal, keys go forward and back; in a pipe every step is a block of text.

    \b
    Examples:
      minimix tape my.py:f --at 1,2
      minimix tape my.py:loss --html tape.html
      minimix tape mlp --batch 2
      minimix tape my.py:f --at 3 --second
    """
    from ..backward import terminal
    from ..backward.source import tape_of

    with bar("computing", 1) as computing:
        steps = tape_of(what, **settings)
        computing.update(1)
    if not written(steps, len(steps.steps), html, csv, png):
        show(steps, terminal.interact)
