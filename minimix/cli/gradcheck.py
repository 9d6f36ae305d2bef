"""minimix gradcheck."""

import inspect
from pathlib import Path

import click
import numpy as np

from ..course import jacobian
from ..differences import GradientError
from ..differences import gradcheck as compare
from ..own import Limit, TimeUp, fault, load, source_file
from ..plots import save

SECONDS = 20
LARGEST = 2000  # elements of one input: the picture takes two calls for each


class Shape(click.ParamType):
    """ "3,4" as (3, 4); "" as (), a single number."""

    name = "shape"

    def convert(self, value, param, ctx):
        if isinstance(value, tuple):
            return value
        parts = [part for part in value.replace("x", ",").split(",") if part.strip()]
        if not all(part.strip().isdigit() and int(part) for part in parts):
            self.fail(f"{value!r} is not a shape like 3,4", param, ctx)
        shape = tuple(map(int, parts))
        if np.prod(shape) > LARGEST:
            self.fail(f"{value!r} has more than {LARGEST} elements: check the operator on a small input", param, ctx)
        return shape


@click.command()
@click.argument("operator", metavar="FILE.PY:NAME")
@click.option(
    "--shape", "shapes", type=Shape(), multiple=True, help="An input's shape, as 3,4; repeat. [default: 3,4 for each]"
)
@click.option("--order", type=click.IntRange(1, 2), default=1, help="2 checks the gradient of the gradient too.")
@click.option("--seed", type=int, default=0, help="Seed of the inputs, which are standard normal.")
@click.option("--png", type=click.Path(dir_okay=False, path_type=Path), help="Draw both Jacobians into this file.")
def gradcheck(operator, shapes, order, seed, png):
    """Compare an operator of your own with central differences, and say where they part.

    FILE.PY:NAME is a function of Tensors that returns one. The exit code is 0 where they agree.

    \b
    minimix gradcheck my_ops.py:softplus
    minimix gradcheck my_ops.py:dense --shape 5,3 --shape 2,3 --shape 2 --png dense.png
    """
    f = load(operator, "an operator")
    name = operator.rpartition(":")[2]
    shapes = shapes or ((3, 4),) * _count(f, name)
    rng = np.random.default_rng(seed)
    inputs = [rng.standard_normal(shape) for shape in shapes]
    watched = _watch(f, operator)
    described = " and ".join(map(str, shapes))
    try:
        Limit(SECONDS)(compare, watched, inputs, order)
        wrong = None
    except GradientError as error:
        wrong = error
    except TimeUp as error:
        raise fault(error, name, source_file(operator), f" with inputs of shape {described}", SECONDS) from error
    click.echo(wrong or f"{name} agrees with central differences to order {order}, inputs of shape {described}.")
    if png and (wrong is None or wrong.input is not None):
        save(jacobian.draw(watched, inputs, name), png)
        click.echo(png)
    if wrong:
        raise SystemExit(1)


def _count(f, name):
    """How many inputs a function takes: its positional arguments without defaults."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(f).parameters.values()
    count = sum(p.kind in kinds and p.default is p.empty for p in parameters)
    if not count:
        raise ValueError(f"{name} says not how many inputs it takes: give a --shape for each")
    return count


def _watch(f, operator):
    """f, whose failures are told in one sentence."""
    name = operator.rpartition(":")[2]

    def watched(*inputs):
        before = [x.numpy().copy() if hasattr(x, "numpy") else x for x in inputs]
        try:
            y = f(*inputs)
        except TimeUp:
            raise
        except NotImplementedError:
            raise ValueError(f"{name}: not done yet") from None
        except BaseException as error:
            shapes = " and ".join(str(tuple(x.shape)) for x in inputs)
            raise fault(error, name, source_file(operator), f" for inputs of shape {shapes}") from error
        for k, (old, new) in enumerate(zip(before, inputs, strict=True)):
            if not np.array_equal(old, new.numpy(), equal_nan=True):
                raise ValueError(f"{name} changes its input {k} in place; compute a new array instead")
        return y

    return watched
