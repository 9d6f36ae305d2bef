"""The command `minimix`: one click command a file."""

import click

from .. import __version__
from ..allocator import keep_freed_memory
from ..hint import did_you_mean
from .bench import bench
from .compare import compare
from .data import data
from .gradcheck import gradcheck
from .lessons import lessons
from .plot import plot
from .rulecheck import rulecheck
from .step import step
from .train import train


class Commands(click.Group):
    """A group that answers a misspelt command with the nearest one, and bad input with its sentence alone."""

    def resolve_command(self, ctx, args):
        if args and self.get_command(ctx, args[0]) is None:
            raise click.UsageError(f"No such command {args[0]!r}{did_you_mean(args[0], self.list_commands(ctx))}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx):
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.Abort):  # RuntimeErrors too: --help ends with one
            raise
        except (ValueError, RuntimeError, OSError) as error:
            if ctx.params["debug"]:
                raise
            raise click.ClickException(str(error)) from error
        except MemoryError as error:
            raise click.ClickException(f"out of memory: {error}; try a smaller --batch-size or --train-size") from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--debug", is_flag=True, help="Show the whole traceback of an error.")
@click.version_option(__version__)
def main(debug):
    """Train one network with several optimizers, and say which wins.

    Start with `minimix compare`, or with `minimix step adam mas --html page.html`.
    """
    keep_freed_memory()


for _command in (compare, train, plot, bench, data, step, gradcheck, rulecheck, lessons):
    main.add_command(_command)
