"""The command `minimix`: one click command a file."""

from typing import Any

import click

from .. import __version__
from ..allocator import keep_freed_memory
from .bench import bench
from .compare import compare
from .data import data
from .gradcheck import gradcheck
from .legible import write_legibly
from .lessons import lessons
from .options import Group
from .plot import plot
from .report import report
from .rulecheck import rulecheck
from .site import site
from .step import step
from .study import study
from .tape import tape
from .train import train
from .tune import tune


class Commands(Group):
    """The group that is the program: it answers bad input with its sentence alone, whatever the terminal."""

    def main(self, *args: Any, **settings: Any) -> Any:
        write_legibly()
        return super().main(*args, **settings)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.Abort, BrokenPipeError):  # all OSErrors or RuntimeErrors, but no faults
            raise
        except Exception as error:
            if ctx.params["debug"] or isinstance(error, click.ClickException):
                raise
            raise click.ClickException(_sentence(error)) from error


def _sentence(error):
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{str(error.filename)!r}: {error.strerror}"
    if isinstance(error, MemoryError):
        return f"out of memory: {error}; try a smaller --batch-size or --train-size"
    if isinstance(error, (ValueError, RuntimeError, OSError)):
        return str(error)
    return f"{type(error).__name__}: {error}; this is minimix's own fault, `minimix --debug …` shows where"


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--debug", is_flag=True, help="Show the whole traceback of an error.")
@click.version_option(__version__)
def main(debug: bool) -> None:
    """Train one network with several optimizers, and say which wins.

    Start with `minimix compare`, or with `minimix step adam mas --html page.html`.
    """
    keep_freed_memory()


_COMMANDS = (compare, study, tune, report, train, plot, bench, data, step, tape, gradcheck, rulecheck, lessons, site)
for _command in _COMMANDS:
    main.add_command(_command)
