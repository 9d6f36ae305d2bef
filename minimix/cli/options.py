"""Options that several commands share."""

import click

from ..comparison import PROCEDURE
from ..data import LOADERS
from ..data.batches import SHUFFLE
from ..hint import did_you_mean
from ..nn.models import MODELS
from ..spec import GRAMMAR


class OneOf(click.Choice):
    """A choice that answers a near miss with what was probably meant."""

    def convert(self, value, param, ctx):
        if value not in self.choices:
            allowed = ", ".join(self.choices)
            self.fail(f"{value!r} is not one of {allowed}{did_you_mean(value, self.choices)}", param, ctx)
        return value


def _by_model(name):
    return f"[default: {PROCEDURE['mlp'][name]} for mlp, {PROCEDURE['cnn'][name]} for the CNNs]"


PROCEDURE_OPTIONS = (
    click.option("--model", type=OneOf(list(MODELS)), default="mlp", help="The network."),
    click.option("--data", type=OneOf(list(LOADERS)), help=f"The data set. {_by_model('data')}"),
    click.option("--lr", type=float, help="Learning rate of the optimizers that do not name their own."),
    click.option("--gamma", type=float, help="Adam's weight in MAS, 0 to 1, where the spec does not name it."),
    click.option("--epochs", type=int, help=f"Passes over the training set. {_by_model('epochs')}"),
    click.option("--batch-size", type=int, help=f"Images a step. {_by_model('batch_size')}"),
    click.option("--record", type=int, help=f"Recordings an epoch. {_by_model('record')}"),
    click.option(
        "--shuffle",
        type=OneOf(SHUFFLE),
        help=f"Draw the batches once and reuse them, or anew every epoch. {_by_model('shuffle')}",
    ),
    click.option("--clip-norm", type=float, help="Scale gradients down to this norm where it is larger."),
    click.option("--seed", type=int, default=0, help="Seed of weights, batches and dropout masks."),
    click.option("--train-size", type=int, help="Use the first so many training images. [default: all]"),
    click.option("--test-size", type=int, help="Use the first so many test images. [default: all]"),
    click.option(
        "--backend",
        type=OneOf(["numpy", "cupy"]),
        default="numpy",
        envvar="MINIMIX_BACKEND",
        help="The array module.",
    ),
)


def procedure_options(command):
    """The options of the training procedure."""
    for option in reversed(PROCEDURE_OPTIONS):
        command = option(command)
    return command


SPEC_HELP = "\b\n" + GRAMMAR
