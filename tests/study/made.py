"""A study's folder with trials that were never trained: their numbers are given."""

from minimix.config import Config
from minimix.study import running
from minimix.study.folder import Folder
from minimix.study.plans import in_reading

SUMS = dict.fromkeys(("x_train", "y_train", "x_test", "y_test"), "0" * 64)


def recorded(accuracies, losses=(0.5, 0.4)):
    """What a trial records whose accuracies in per cent, and validation losses, are these."""
    n = len(accuracies)
    losses = list(losses)[:n] + [losses[-1]] * (n - len(losses))
    return {
        "epoch": [float(k + 1) for k in range(n)],
        "train_loss": [1 / (k + 1) for k in range(n)],
        "val_loss": losses,
        "val_accuracy": [a / 100 for a in accuracies],
        "stopped": None,
    }


def keep(path, name, results, seconds=None, losses=None, reading=None, **changes):
    """Keep a plan of the study and trials of it; results: {label: the last accuracy of each trial, in per cent}.

    seconds: {label: seconds an epoch of each trial}. losses: {label: (first, last) validation loss of each trial}.
    """
    folder = Folder(path)
    plans = in_reading(reading) if reading else in_reading()
    plan = plans[name]
    config = Config(**plan.procedure | changes, optimizers=plan.rules, trials=max(map(len, results.values())))
    folder.plan(name, plan.settings() | changes | {"sums": SUMS, "trials": config.trials, "kind": "study"})
    for job in running.jobs(config, SUMS):
        if job.number < len(results.get(job.label, ())):
            last = results[job.label][job.number]
            took = seconds[job.label][job.number] if seconds else 1.0
            pair = losses[job.label][job.number] if losses else (0.5, 0.4 + last / 1e4)
            run = {"blas": [], "seconds_per_epoch": took, "seconds": 1.0}
            folder.write(job.name, job.identity, recorded([last - 5, last], pair), run)
    return folder
