"""Many optimizers, many trials: the study's main job."""

import contextlib
import copy
import functools
import inspect
import itertools
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from typing import Any, get_args

import numpy as np

from . import data as datasets
from . import processes, training
from .backend import asarray, using
from .config import OPTIMIZERS, Config, references
from .data.batches import Batches
from .data.dataset import Dataset
from .hint import did_you_mean, shown
from .nn import Module
from .ops import cross_entropy, mse_loss
from .optim import Optimizer
from .own import blamed
from .own.calls import name_of
from .result import Result
from .tensor import Tensor, no_grad
from .training import Trial

RESAMPLED = 0.8
"""The share of the training samples that a trial sees where they are drawn anew for each."""
TARGETS = {cross_entropy: False, mse_loss: True}  # whether a loss compares with numbers rather than with labels


def load_data(config: Config) -> Dataset:
    """The Dataset of a Config, cut to its sizes, once a first batch has gone through its network and its loss.

    Raises ValueError where they do not fit one another.
    """
    cut = {"train": None if config.resample else config.train_size, "test": config.test_size}
    sizes = {split: n for split, n in cut.items() if n is not None}
    data = datasets.load(config.data, targets=TARGETS.get(config.criterion), split_seed=config.seed, **sizes)
    if TARGETS.get(config.criterion, data.classes is None) != (data.classes is None):
        has, other = ("numbers to predict", "mse") if data.classes is None else ("labels", "cross-entropy")
        raise ValueError(f"the loss {config.loss} does not fit {data.name}, which has {has}; take the loss {other}")
    size: Any = config.batch_size  # a Config has filled it in
    drawn = _drawn(config, data)
    Batches(data.x_train[:drawn], data.y_train[:drawn], size, np.random.default_rng(0))  # ValueError where too large
    name = config.model if isinstance(config.model, str) else name_of(config.model)
    with using(config.backend), _told(config), no_grad():
        model, twin = (config.network(np.random.SeedSequence([config.seed, 0])) for _ in range(2))
        if model is twin:
            raise ValueError(f"{name} returns the same network again; it must make a new one for every trial")
        ours, theirs = model.state_dict(), twin.state_dict()
        if not all(np.array_equal(ours[key], theirs.get(key)) for key in ours):
            raise ValueError(f"{name} draws other weights for the same seed; use numpy.random.default_rng(seed)")
        try:
            _try(config, data, model)
        except ValueError as error:
            raise ValueError(f"{name} does not fit {data.name}: {error}") from error
    return data


def _drawn(config, data):
    """How many of the training samples a trial sees."""
    count = len(data.x_train)
    if not config.resample:
        return count
    drawn = config.train_size or max(round(RESAMPLED * count), 1)
    if drawn >= count:
        raise ValueError(
            f"resample draws train_size of the {count:,} training samples, so it must be less, not {drawn:,}"
        )
    return drawn


def _try(config, data, model):
    """Send a batch through the network and the loss, and hand the network to every rule."""
    x, y = (asarray(array[: config.batch_size]) for array in (data.x_train, data.y_train))
    output = model.eval()(Tensor(x))
    if not isinstance(output, Tensor):
        raise ValueError(f"it must return a Tensor, got a {type(output).__name__}")
    k = y.shape[1] if data.classes is None else len(data.classes)
    if (output.ndim != 2 and config.criterion in TARGETS) or (output.ndim == 1 and data.classes is None):
        raise ValueError(f"its output has the shape {output.shape}, but must have {len(y), k}")
    if config.criterion is cross_entropy and output.shape[1] < k:
        raise ValueError(f"its output has {output.shape[1]} numbers a sample, but there are {k} classes")
    training.scalar_loss(config.criterion, output, y)
    for rule in config.rules.values():
        Optimizer(model, copy.deepcopy(rule), config.clip_norm)


def _told(config):
    """Where a Config names a reader's code, what this raises is told in a sentence."""
    return blamed("your code") if references(config.settings()) else contextlib.nullcontext()


def start_trial(config: Config, label: str, number: int) -> tuple[Module, Optimizer, np.random.Generator]:
    """(model, optimizer, generator of the batches): the same weights, batches and masks for every rule."""
    seeds = np.random.SeedSequence([config.seed, number]).spawn(2)
    model, rule = config.network(seeds[0]), copy.deepcopy(config.rules[label])
    return model, Optimizer(model, rule, config.clip_norm), np.random.default_rng(seeds[1])


def run_trial(
    config: Config,
    data: Dataset,
    model: Module,
    optimizer: Optimizer,
    rng: np.random.Generator,
    on_record: Callable | None = None,
) -> Trial:
    """Train by the procedure of a Config; returns the Trial. Where it resamples, rng draws the samples first."""
    if config.resample:
        chosen = np.sort(rng.choice(len(data.x_train), _drawn(config, data), replace=False))
        data = replace(data, x_train=data.x_train[chosen], y_train=data.y_train[chosen])
    procedure = {name: getattr(config, name) for name in ("epochs", "batch_size", "record", "shuffle")}
    with _told(config):
        return training.train(model, optimizer, data, loss=config.criterion, rng=rng, on_record=on_record, **procedure)


def compare(
    model: str | Callable = "mlp",
    data: Any = None,
    rules: Any = OPTIMIZERS,
    trials: int = 3,
    *,
    n_jobs: int = 1,
    into: Result | None = None,
    on_record: Callable | None = None,
    on_trial: Callable | None = None,
    **settings: Any,
) -> Result:
    """Train a network with every optimizer, trial after trial; returns the Result.

    In one trial all optimizers start from the same weights and see the same batches and dropout masks, so that
    their differences are paired.

    model: the name of a network of the study, a function of a seed (or of nothing) that makes a Module, or "my.py:net".
    data: what `data.load` takes: a name, a file or folder, a Dataset, arrays (x, y) or (x_train, y_train, x_test,
    y_test), or "my.py:data". rules: specs and Rules, in a list or as {label: rule}. loss: "cross-entropy", "mse", a
    function of output and target, or "my.py:loss". What is not given follows the procedure of the model.

    on_record(label, number, trial) is called after each recording, on_trial(label, number, trial) after each trial.
    into: a Result that takes the trials in as they finish, so that an interruption loses none; those that it has
    already are not done again. It is refused where other settings or data made these.

    n_jobs: so many trials at a time, each in a process of its own; -1 is one on each core. A trial uses one BLAS
    thread, so that the results are the same, bit for bit, for any number. Networks, rules and losses may be lambdas and
    what a notebook defines. With more than one at a time, on_record hears of a trial's recordings when the trial is
    done; `minimix compare` shows them as they come.

    Raises ValueError, with one sentence, before anything is trained, where settings, network, data and loss do not fit
    one another, and where trials that continue one another are to be resumed: the weights that they would go on from
    are gone.

    >>> x = np.random.default_rng(0).uniform(-1, 1, (100, 3))
    >>> net = lambda seed: mx.models.mlp([3, 8, 1], seed)
    >>> result = mx.compare(net, (x, x.sum(axis=1)), ["sgd", "adam"], trials=2, loss="mse", epochs=1, batch_size=20)
    >>> result.labels, len(result.trials)
    (['sgd:lr=0.01', 'adam:lr=0.001'], 4)

    Further settings, by name:
    """
    for name in settings.keys() - SETTINGS.keys():
        meant = "; it is called n_jobs" if name == "workers" else did_you_mean(name, SETTINGS)
        raise TypeError(f"compare() has no setting {name!r}{meant}")
    if not isinstance(into, (Result, type(None))):
        raise TypeError(f"into must be a Result, as compare() returns one, got {shown(into)}")
    for name, listener in (("on_record", on_record), ("on_trial", on_trial)):
        if listener is not None and not callable(listener):
            raise TypeError(f"{name} must be a function of label, number and trial, got {shown(listener)}")
    config = Config(model, data, rules, trials, **settings)
    dataset = load_data(config)
    config.data = dataset.name  # no arrays travel with it
    into, about = Result() if into is None else into, dataset.about()
    if into.trials and into.data and into.data["sha256"] != about["sha256"]:
        raise ValueError(f"into: its trials were run on other data than {dataset.name}; they could not be compared")
    into.data = about
    return run(config, dataset, n_jobs=n_jobs, into=into, on_record=on_record, on_trial=on_trial)


SETTINGS = {f.name: f for f in fields(Config) if f.name not in ("model", "data", "optimizers", "trials")}
compare.__doc__ = "\n".join(
    [inspect.cleandoc(compare.__doc__ or ""), *(f"{name}: {get_args(f.type)[1]}" for name, f in SETTINGS.items())]
)
compare.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
    [p for p in inspect.signature(compare).parameters.values() if p.kind != p.VAR_KEYWORD]
    + [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=f.default) for name, f in SETTINGS.items()]
)


def _determining(config):
    """{name: text or number} of the settings that the numbers of a trial depend on, its rule among them."""
    plain = {
        key: x for key, x in config.settings().items() if key not in ("data", "optimizers", "trials", "lr", "gamma")
    }
    rules = {f"{label!r} as": x if isinstance(x, str) else repr(x) for label, x in config.optimizers.items()}
    return {key: name_of(x) if callable(x) else x for key, x in plain.items()} | rules


def run(
    config: Config,
    data: Dataset,
    *,
    n_jobs: int = 1,
    into: Result | None = None,
    on_record: Callable | None = None,
    on_trial: Callable | None = None,
) -> Result:
    """Compare by a Config on its Dataset, as `load_data` returns it; see `compare`."""
    result = Result() if into is None else into
    result.band = config.network.band
    if config.continue_trials and result.trials:
        raise ValueError("continue_trials: such a run cannot be resumed, the weights of its last trial are not kept")
    for name, now in (ran := _determining(config)).items():
        if result.trials and result.settings.get(name, now) != now:
            raise ValueError(
                f"into: its trials were run with {name} {shown(result.settings[name])}, not {shown(now)}; they could "
                "not be compared"
            )
    result.settings |= ran
    result.labels += [label for label in config.rules if label not in result.labels]
    if config.continue_trials:
        jobs: list[tuple[str, Iterable[int]]] = [(label, range(config.trials)) for label in config.rules]
    else:
        pairs = itertools.product(range(config.trials), config.rules)
        jobs = [(label, [number]) for number, label in pairs if (label, number) not in result.done]

    def keep(label, number, trial):
        result.add(label, number, trial)
        if on_trial:
            on_trial(label, number, trial)

    n_jobs = processes.count(n_jobs, len(jobs))
    listeners = (on_record, keep) if n_jobs == 1 else (None, None)
    try:
        for done in processes.each(_run_job, ((config, data, *job, *listeners) for job in jobs), n_jobs):
            for label, number, trial in done if n_jobs > 1 else ():
                for k in range(len(trial.epoch)):
                    if on_record:
                        on_record(label, number, _up_to(trial, k + 1))
                keep(label, number, trial)
    except processes.Died as error:
        raise RuntimeError("a process died, perhaps for want of memory; take fewer at a time") from error
    return result


def _run_job(config, data, label, numbers, on_record, on_trial):
    """[(label, number, Trial)] of one optimizer; where there are several, each goes on from the last one's weights."""
    done: list[tuple] = []
    last = None
    with using(config.backend):
        for number in numbers:
            model, optimizer, rng = start_trial(config, label, number)
            if last:
                model, optimizer = last
            last = model, optimizer
            listener = on_record and functools.partial(on_record, label, number)
            done.append((label, number, run_trial(config, data, model, optimizer, rng, listener)))
            if on_trial:
                on_trial(*done[-1])
    return done


def _up_to(trial, k):
    """The Trial as it was after k recordings."""
    columns = ("epoch", "train_loss", "val_loss", "val_accuracy")
    stopped = trial.stopped if k == len(trial.epoch) else None
    return replace(trial, stopped=stopped, **{key: getattr(trial, key)[:k] for key in columns})
