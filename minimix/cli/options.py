"""What several commands share."""

import typing
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from .. import files
from ..backend import load
from ..config import Config
from ..hint import did_you_mean
from ..nn.models import MODELS, OWN, PROCEDURE
from ..processes import count
from ..spec import GRAMMAR


class OneOf(click.Choice):
    """A choice that answers a near miss with what was probably meant."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value not in self.choices:
            allowed = ", ".join(self.choices)
            self.fail(f"{value!r} is not one of {allowed}{did_you_mean(value, self.choices)}", param, ctx)
        return value


class Group(click.Group):
    """A group that answers a misspelt command with the nearest one."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Name, command and arguments; raises click.UsageError for a name that is none."""
        if args and self.get_command(ctx, args[0]) is None:
            raise click.UsageError(f"No such command {args[0]!r}{did_you_mean(args[0], self.list_commands(ctx))}", ctx)
        return super().resolve_command(ctx, args)


class OutFile(click.ParamType):
    """A file to write: refused, before any work is done, where it could not be written, or for its ending."""

    name = "file"

    def __init__(self, *endings: str):
        self.endings = endings

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = Path(value)
        if self.endings and path.suffix.lower() not in self.endings:
            self.fail(f"{value!r} must end in {' or '.join(self.endings)}", param, ctx)
        try:
            files.check_target(path)
        except OSError as error:
            self.fail(str(error), param, ctx)
        return path


FIGURE = OutFile(".png", ".pdf", ".svg")


def setting_options(without: Sequence[str] = ("optimizers",)) -> Callable:
    """The options of a command for the settings of a Config."""

    def give(command):
        for setting in reversed(fields(Config)):
            if setting.name not in without:
                command = _option(setting)(command)
        return command

    return give


def _option(setting):
    """The click option of a setting, from its annotation: a type, a sentence, and perhaps the choices."""
    kind, (about, *choices) = setting.type.__origin__, setting.type.__metadata__
    kind = (typing.get_args(kind) or (kind,))[0]
    if setting.name in PROCEDURE:
        mlp, cnn, own = (getattr(model, setting.name) for model in (MODELS["mlp"], MODELS["cnn"], OWN))
        about += f" [default: {mlp} for mlp, {cnn} for the CNNs, {own} for your own]"
    options = {"is_flag": True} if kind is bool else {"type": OneOf(choices[0]) if choices else kind}
    return click.option("--" + setting.name.replace("_", "-"), default=setting.default, help=about, **options)


def side_by_side(jobs: int | None, *names: str) -> Callable:
    """The options of a command for what trials run on: n_jobs, whose default is `jobs`, see `processes`; dask.

    names: others of --jobs.
    """

    def give(command):
        for option in (
            click.option(
                "--dask", metavar="ADDRESS", help="Run on the workers of this Dask scheduler, as tcp://host:8786."
            ),
            click.option(
                "--jobs",
                *names,
                "n_jobs",
                type=int,
                default=jobs,
                callback=_not_zero,
                show_default=True if jobs else "one on each core, 1 on a GPU",
                help="Trials at a time, each in a process with one BLAS thread; -1 for one on each core.",
            ),
        ):
            command = option(command)
        return command

    return give


def _not_zero(ctx, param, value):
    if value == 0:
        raise click.BadParameter("0 trials at a time would be none: write 1 or more, or -1 for all cores")
    return value


def processes(n_jobs: int | None, config: Config, trials: int) -> int:
    """How many of so many trials run at a time; None is for one on each core, and 1 on a GPU."""
    if n_jobs is None:
        n_jobs = 1 if load(config.backend).device else -1
    return count(n_jobs, trials)


def title(config: Config) -> str:
    """A name for the files of a Config: mlp-glyphs, or net-digits for my.py:net and digits.npz."""
    return "-".join(Path(str(text).rpartition(":")[2]).stem for text in (config.model, config.data))


SPEC_HELP = "\b\n" + GRAMMAR
OWN_HELP = """\b
Your own network, data and loss:
  --model my.py:net     def net(seed) returns a Module, as nn.Sequential(…)
  --data digits.npz     with x_train, y_train, x_test and y_test, or with x
                        and y: then a fifth is drawn for testing
  --data a-folder       IDX files that are named as MNIST's are, plain or .gz
  --data my.py:data     def data() or data(seed) returns the same arrays, as a
                        tuple or a dict, or a data.Dataset
  --loss my.py:loss     def loss(output, target) returns a Tensor with one
                        element, a mean over the batch
x are images (n, height, width, channels) or (n, height, width), or rows
(n, features). Bytes become pixel / 255, less the mean and divided by the
standard deviation of the training part; other numbers stay as they are.
y are labels (n,) that count the classes from 0; with --loss mse, numbers to
predict, (n,) or (n, outputs).
"""
