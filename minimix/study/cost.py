"""What trials cost on this machine, from a few steps that are measured and no more."""

import re
import statistics
import time

from .. import data as datasets
from ..backend import using
from ..comparison import start_trial
from ..config import Config
from ..threads import one_thread
from ..training import evaluate, train
from .plans import DRAWN

STEPS, STRETCHES, SAMPLES = 4, 5, 500
"""Steps between two looks at the clock; how often, of which the median counts; test samples that are evaluated."""


def seconds(config: Config, label: str, measured: dict | None = None) -> float:
    """What one trial of a rule takes with one BLAS thread, evaluation included.

    The images are drawn ones of the same form, since a step takes as long whatever they show. measured: what was found
    before for rules and networks that differ in numbers alone; it is added to.
    """
    rule = re.sub(r"=[\d.e-]+", "", repr(config.rules[label]))
    kind = (config.model, config.data, config.batch_size, rule)
    measured = {} if measured is None else measured
    if kind not in measured:
        measured[kind] = _measure(config, label)
    step, sample = measured[kind]
    _, most, most_test = DRAWN.get(str(config.data), ("", 0, 0))
    epochs, size, record = (int(getattr(config, key) or 0) for key in ("epochs", "batch_size", "record"))
    steps = -(-(config.train_size or most) // size)
    return epochs * (steps * step + record * (config.test_size or most_test) * sample)


def _measure(config, label):
    """(seconds of a step, seconds to evaluate a sample)."""
    like = DRAWN[config.data][0] if config.data in DRAWN else config.data
    data = datasets.load(like, train=STEPS * STRETCHES * config.batch_size, test=SAMPLES)
    with using(config.backend), one_thread():
        model, optimizer, rng = start_trial(config, label, 0)
        few = {"epochs": 1, "batch_size": config.batch_size, "record": STRETCHES}
        trial = train(model, optimizer, data.subset(test=1), rng=rng, loss=config.criterion, **few)
        times = []
        while len(times) < STRETCHES or sum(times) < 0.1:
            start = time.perf_counter()
            evaluate(model, data.x_test, data.y_test, config.criterion)
            times.append(time.perf_counter() - start)
    return trial.seconds_per_epoch / (STEPS * STRETCHES), statistics.median(times) / SAMPLES


def lasting(seconds: float) -> str:
    """A time in words, as "40 s", "12 min" or "3.5 h"."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
