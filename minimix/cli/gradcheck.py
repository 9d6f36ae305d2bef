"""minimix gradcheck."""

import math
import re
from pathlib import Path
from typing import Any

import click

from ..own.apart import answer
from .options import FIGURE

SECONDS = 20  # for the comparison
ALTOGETHER = 120  # with reading the file and drawing
LARGEST = 2000  # elements of one input: the picture takes two calls for each


class Shape(click.ParamType):
    """ "3,4" as (3, 4); "" as (), a single number."""

    name = "shape"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, tuple):
            return value
        parts = [part for part in value.replace("x", ",").split(",") if part.strip()]
        if not all(re.fullmatch(r"\s*[1-9]\d{0,8}\s*", part) for part in parts):
            self.fail(f"{value!r} is not a shape like 3,4", param, ctx)
        shape = tuple(map(int, parts))
        if math.prod(shape) > LARGEST:
            self.fail(f"{value!r} has more than {LARGEST} elements: check the operator on a small input", param, ctx)
        return shape


@click.command()
@click.argument("operator", metavar="FILE.PY:NAME")
@click.option(
    "--shape", "shapes", type=Shape(), multiple=True, help="An input's shape, as 3,4; repeat. [default: 3,4 for each]"
)
@click.option("--order", type=click.IntRange(1, 2), default=1, help="2 checks the gradient of the gradient too.")
@click.option("--seed", type=int, default=0, help="Seed of the inputs, which are standard normal.")
@click.option("--png", type=FIGURE, help="Draw both Jacobians into this file.")
def gradcheck(operator: str, shapes: tuple[tuple[int, ...], ...], order: int, seed: int, png: Path | None) -> None:
    """Compare an operator of your own with central differences, and say where they part.

    FILE.PY:NAME is a function of Tensors that returns one. The exit code is 0 where they agree.

    \b
    minimix gradcheck my_ops.py:softplus
    minimix gradcheck my_ops.py:dense --shape 5,3 --shape 2,3 --shape 2 --png dense.png
    """
    request = {"operator": operator, "shapes": shapes, "order": order, "seed": seed, "seconds": SECONDS}
    name = operator.rpartition(":")[2] or operator
    found = answer("minimix.course.operators:examine", request | {"png": png and str(png)}, name, ALTOGETHER)
    click.echo(found["text"])
    if found["png"]:
        click.echo(found["png"])
    if not found["right"]:
        raise SystemExit(1)
