"""Many optimizers, many trials: the study's main job, and its statistics."""

import functools
import itertools
import math
import statistics
from dataclasses import dataclass, field

import numpy as np

from . import data as datasets
from . import training
from . import workers as parallel
from .backend import using
from .hint import one_of
from .nn.models import MODELS
from .optim import Optimizer
from .spec import canonical, parse

OPTIMIZERS = ("sgd", "adam", "split", "mas")
PROCEDURE = {
    "mlp": {"data": "glyphs", "epochs": 20, "batch_size": 256, "shuffle": "once", "record": 2},
    "cnn": {"data": "shapes", "epochs": 3, "batch_size": 20, "shuffle": "every-epoch", "record": 2},
}


@dataclass
class Config:
    """All that a comparison depends on; what is None is filled in from the study's procedure for the model.

    optimizers: specs (see `spec`); lr, gamma: for those that do not name their own. train_size, test_size: the
    first so many images of the data set (None: all). continue_trials: a trial goes on from the weights and the
    optimizer state of the last one, as the published MLP experiments do, instead of starting afresh.
    """

    model: str = "mlp"
    data: str | None = None
    optimizers: list = field(default_factory=lambda: list(OPTIMIZERS))
    lr: float | None = None
    gamma: float | None = None
    epochs: int | None = None
    batch_size: int | None = None
    trials: int = 3
    record: int | None = None
    shuffle: str | None = None
    clip_norm: float | None = None
    seed: int = 0
    backend: str = "numpy"
    train_size: int | None = None
    test_size: int | None = None
    continue_trials: bool = False

    def __post_init__(self):
        one_of("model", self.model, MODELS)
        for name, default in PROCEDURE["mlp" if self.model == "mlp" else "cnn"].items():
            if getattr(self, name) is None:
                setattr(self, name, default)
        one_of("data", self.data, datasets.LOADERS)
        for name in ("epochs", "batch_size", "trials", "record"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        self.optimizers = [canonical(parse(spec, lr=self.lr, gamma=self.gamma)) for spec in self.optimizers]
        for spec in self.optimizers:
            if self.optimizers.count(spec) > 1:
                raise ValueError(f"optimizer {spec!r} was given twice")


def load_data(config):
    """The Dataset of a Config, cut to its sizes."""
    sizes = {"train": config.train_size, "test": config.test_size}
    return datasets.load(config.data, **{split: n for split, n in sizes.items() if n is not None})


def start_trial(config, spec, number):
    """(model, optimizer, generator of the batches): the same weights, batches and masks for every spec."""
    seeds = np.random.SeedSequence([config.seed, number]).spawn(2)
    model = MODELS[config.model](seeds[0])
    return model, Optimizer(model, parse(spec), config.clip_norm), np.random.default_rng(seeds[1])


def run_trial(config, data, model, optimizer, rng, on_record=None):
    """Train by the procedure of a Config; returns the Trial."""
    return training.train(
        model,
        optimizer,
        data,
        epochs=config.epochs,
        batch_size=config.batch_size,
        rng=rng,
        record=config.record,
        shuffle=config.shuffle,
        on_record=on_record,
    )


def compare(config, data, *, workers=1, done=(), on_record=None, on_trial=None):
    """Train config.model on the Dataset `data` with every optimizer, trial after trial.

    In one trial all optimizers start from the same weights and see the same batches and dropout masks, so that
    their differences are paired. on_record(spec, number, trial) is called after each recording, on_trial(spec,
    number, trial) after each trial; pairs (spec, number) in `done` are left out.

    workers: with more than one, so many processes share the trials, each with one BLAS thread; the results are the
    same for 2 workers and more, and differ by rounding from those of one worker with several BLAS threads; times are
    those of a trial beside others. A script then needs `if __name__ == "__main__":`.

    Raises ValueError where trials continue one another and some are done: the weights that they would go on from are
    gone.
    """
    if config.continue_trials and done:
        raise ValueError("continue_trials: such a run cannot be resumed, the weights of its last trial are not kept")
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise ValueError(f"workers must be an integer of at least 1, got {workers!r}")
    if config.continue_trials:
        jobs = [(config, spec, range(config.trials)) for spec in config.optimizers]
    else:
        pairs = itertools.product(range(config.trials), config.optimizers)
        jobs = [(config, spec, [number]) for number, spec in pairs if (spec, number) not in done]
    listeners = {"record": on_record or _ignore, "trial": on_trial or _ignore}

    def report(event, *about):
        listeners[event](*about)

    if workers > 1:
        parallel.run(_run_job, jobs, data, workers, report)
    else:
        for job in jobs:
            _run_job(data, job, report)


def _ignore(*_):
    pass


def _run_job(data, job, report):
    """Trials of one optimizer; where there are several, each goes on from the last one's weights and state."""
    config, spec, numbers = job
    last = None
    with using(config.backend):
        for number in numbers:
            model, optimizer, rng = start_trial(config, spec, number)
            if last:
                model, optimizer = last
            last = model, optimizer
            trial = run_trial(config, data, model, optimizer, rng, functools.partial(report, "record", spec, number))
            report("trial", spec, number, trial)


def summarize(trials, specs):
    """{spec: accuracies, times, and the paired comparison with the first Adam} of finished trials.

    trials: dicts with "optimizer", "trial" and the fields of `train.Trial`; specs: the order.
    """
    trials = sorted(trials, key=lambda t: t["trial"])
    by_spec = {spec: {t["trial"]: t for t in trials if t["optimizer"] == spec} for spec in specs}
    reference = next((s for s in specs if s.startswith("adam")), None)
    summary = {}
    for spec, own in by_spec.items():
        if not own:
            continue
        last = [t["val_accuracy"][-1] for t in own.values()]
        summary[spec] = {
            "val_accuracy": {"mean": statistics.fmean(last), "min": min(last), "max": max(last), "per_trial": last},
            "seconds_per_epoch": _median_time(own),
            "stopped": sum(t["stopped"] is not None for t in own.values()),
        }
        if reference not in (None, spec) and by_spec[reference]:
            summary[spec]["against"] = {"optimizer": reference, **_paired(own, by_spec[reference])}
    return summary


def _median_time(trials):
    """Seconds per epoch: the median, so that a trial that something else slowed down does not count."""
    return statistics.median(t["seconds_per_epoch"] for t in trials.values())


def _paired(own, reference):
    both = sorted(own.keys() & reference.keys())
    differences = [own[k]["val_accuracy"][-1] - reference[k]["val_accuracy"][-1] for k in both]
    ratio = _median_time(own) / _median_time(reference)
    interval = _interval(differences)
    if interval is None:
        verdict = "one trial: no verdict"
    elif interval[0] > 0:
        verdict = "better"
    elif interval[1] < 0:
        verdict = "worse"
    else:
        verdict = "no difference shown"
    return {
        "difference": statistics.fmean(differences) if differences else None,
        "interval": interval,
        "verdict": verdict,
        "time_ratio": ratio,
    }


# Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom; beyond, the normal one is close enough.
_T95 = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131),
    *(2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)


def _interval(differences):
    """The 95 % confidence interval of the mean of paired differences (Student's t), or None for fewer than two."""
    n = len(differences)
    if n < 2:
        return None
    t = _T95[n - 2] if n - 1 <= len(_T95) else 1.96
    half = t * statistics.stdev(differences) / math.sqrt(n)
    mean = statistics.fmean(differences)
    return [mean - half, mean + half]
