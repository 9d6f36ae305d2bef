"""minimix train."""

from pathlib import Path

import click
import numpy as np

from ..backend import using
from ..comparison import Config, load_data, run_trial, start_trial
from .options import SPEC_HELP, procedure_options


@click.command(epilog=SPEC_HELP)
@click.option(
    "--optimizer", "-o", default="adam", metavar="SPEC", help="The optimizer; see below for how to write one."
)
@procedure_options
@click.option("--out", type=click.Path(path_type=Path), help="The file to write. [default: MODEL-DATA.npz]")
def train(optimizer, out, **settings):
    """Train one model and save its parameters as .npz (read them back with model.load_state_dict(numpy.load(file)))."""
    config = Config(optimizers=[optimizer], trials=1, **settings)
    out = out or Path(f"{config.model}-{config.data}.npz")
    if out.exists():
        raise FileExistsError(f"out: {str(out)!r} exists; choose another file name")
    click.echo(f"loading {config.data}")
    data = load_data(config)

    def show(trial):
        click.echo(
            f"epoch {trial.epoch[-1]:5.2f}  training loss {trial.train_loss[-1]:.4f}  "
            f"validation loss {trial.val_loss[-1]:.4f}  accuracy {100 * trial.val_accuracy[-1]:.2f} %"
        )

    with using(config.backend):
        model, optimizer, rng = start_trial(config, config.optimizers[0], 0)
        click.echo(f"{config.model} on {data!r} with {config.optimizers[0]}")
        trial = run_trial(config, data, model, optimizer, rng, show)
        if trial.stopped:
            click.echo(trial.stopped, err=True)
        np.savez(out, **model.state_dict())
    click.echo(f"{out}: {len(model.parameters())} arrays, {trial.seconds_per_epoch:.3f} s/epoch")
