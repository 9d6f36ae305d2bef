"""minimix train."""

from itertools import count
from pathlib import Path
from typing import Any

import click

from ..backend import using
from ..comparison import load_data, run_trial, start_trial
from ..config import Config
from ..files import check_target
from ..nn import save
from ..verdict import ACCURACY, measure
from .options import OWN_HELP, SPEC_HELP, setting_options, title


@click.command(epilog=f"{OWN_HELP}\n{SPEC_HELP}")
@click.option(
    "--optimizer",
    "-o",
    default=("adam",),
    multiple=True,
    metavar="SPEC",
    help="The optimizer; see below for how to write one.",
)
@setting_options(without=("optimizers", "trials", "continue_trials", "resample"))
@click.option("--out", type=click.Path(path_type=Path), help="The file to write. [default: MODEL-DATA.npz]")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def train(optimizer: tuple[str, ...], out: Path | None, force: bool, **settings: Any) -> None:
    """Train one network with one optimizer, and save its parameters.

    The file has NumPy's .npz format; minimix.nn.load(model, file) reads it back.
    """
    if len(optimizer) > 1:
        raise click.UsageError(f"train takes one optimizer, got {', '.join(optimizer)}: compare takes several")
    config = Config(optimizers=list(optimizer), trials=1, **settings)
    out = out or Path(f"{title(config)}.npz")
    check_target(out, force)
    click.echo(f"loading {config.data}")
    data = load_data(config)

    def show(trial):
        by = measure([vars(trial)])
        accuracy = f"  accuracy {by.text(trial.val_accuracy[-1])}" if by is ACCURACY else ""
        click.echo(
            f"epoch {trial.epoch[-1]:5.2f}  training loss {trial.train_loss[-1]:.4f}  "
            f"validation loss {trial.val_loss[-1]:.4f}{accuracy}"
        )

    (label,) = config.rules
    with using(config.backend):
        model, applied, rng = start_trial(config, label, 0)
        click.echo(f"{config.model} on {data!r} with {label}")
        trial = run_trial(config, data, model, applied, rng, show)
        if trial.stopped:
            click.echo(trial.stopped, err=True)
        if out.exists() and not force:  # it was made in the meantime
            out = next(other for k in count(2) if not (other := out.with_stem(f"{out.stem}-{k}")).exists())
        save(model, out)
    click.echo(f"{out}: {len(model.parameters())} arrays, {trial.seconds_per_epoch:.3f} s/epoch")
