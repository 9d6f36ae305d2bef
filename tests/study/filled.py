"""Folders of studies whose trials were drawn instead of trained."""

import math

import numpy as np

from minimix.config import Config
from minimix.study import trials
from minimix.study.folder import Folder

SUMS = {part: f"{k:064x}" for k, part in enumerate(("x_train", "y_train", "x_test", "y_test"))}
RUN = {"blas": ["openblas Haswell 1"], "host": "here", "minimix": "0.1.0", "numpy": "2.4.6", "python": "3.11.7"}
RUN |= {"cores": 2, "seconds": 1.5, "seconds_per_epoch": 0.5, "started": "2026-01-02T03:04:05Z"}


def fill(path, name="compare", optimizers=("sgd", "adam"), count=3, done=None, seed=0, run=RUN, diverged=(), **more):
    """A Folder with a plan of `count` trials, of which the first `done` are there; each rule is a little better.

    diverged: (label, number) pairs. more: settings of the Config, and what else the plan says.
    """
    settings = {key: x for key, x in more.items() if key in Config.__dataclass_fields__}
    config = Config(**{"model": "mlp", "data": "glyphs", "epochs": 2, **settings}, optimizers=optimizers, trials=count)
    folder, rng = Folder(path), np.random.default_rng(seed)
    kept = {key: x for key, x in config.settings().items() if x is not None}
    folder.plan(name, {**kept, "sums": SUMS, **more, "optimizers": config.optimizers, "trials": count})
    for number in range(count if done is None else done):
        luck = rng.normal(0, 0.01)
        for k, label in enumerate(config.rules):
            identity = trials.identity(config, label, number, SUMS)
            bad = (label, number) in diverged
            folder.write(trials.name(identity), identity, _recorded(config, rng, 0.8 + 0.01 * k + luck, bad), run)
    return folder


def _recorded(config, rng, end, diverged):
    epochs = np.arange(1, config.epochs * config.record + 1) / config.record
    loss = 1 / (1 + epochs) + rng.normal(0, 0.001, len(epochs))
    accuracy = end - 0.5 / (1 + epochs) ** 2 + rng.normal(0, 0.002, len(epochs))
    return {
        "epoch": epochs.tolist(),
        "train_loss": [*loss.tolist()[:-1], math.inf] if diverged else loss.tolist(),
        "val_loss": (1.1 * loss).tolist(),
        "val_accuracy": accuracy.tolist(),
        "stopped": "Overflow: a loss is inf" if diverged else None,
    }
