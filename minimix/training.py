"""One trial: the training loop, its loss and its records."""

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import own
from .backend import asarray, backend_of, is_array, module_of
from .data import Batches, Dataset
from .hint import one_of, shown
from .nn import Module
from .ops import cross_entropy, mse_loss
from .optim import Optimizer
from .own.calls import name_of
from .tensor import Tensor, no_grad, value
from .validation import whole

LOSSES = {"cross-entropy": cross_entropy, "mse": mse_loss}
_EVALUATION_BLOCK = 500  # samples; the activations of one block stay in the cache


@dataclass
class Trial:
    """What one training run recorded, a number per recording, and how long an epoch of training steps took.

    epoch: when, as a fraction of epochs; train_loss: mean over the batches since the last recording; val_loss and
    val_accuracy (0 to 1, or None without labels): over the whole test set. seconds_per_epoch: without evaluation, the
    median of the stretches between recordings. stopped: why it ended early, or None.
    """

    epoch: list[float] = field(default_factory=list)
    train_loss: list[float | None] = field(default_factory=list)
    val_loss: list[float | None] = field(default_factory=list)
    val_accuracy: list[float | None] = field(default_factory=list)
    seconds_per_epoch: float = 0.0
    stopped: str | None = None


def find_loss(loss: str | Callable) -> Callable:
    """The function (output, target) -> Tensor that a loss means: a name in LOSSES, a function, or its file.py:name.

    A function takes the network's output, a Tensor, and the batch's labels or targets, an array; it returns a Tensor
    with one element, a mean over the batch. Raises ValueError where it is none of these.
    """
    if isinstance(loss, str) and not own.is_reference(loss):
        return LOSSES[one_of("loss", loss, LOSSES, "file.py:name")]
    function = own.load(loss, "loss") if isinstance(loss, str) else loss
    if not callable(function):
        raise ValueError(f"loss must be a function of output and target, got {shown(function)}")
    return function


def scalar_loss(function: Callable, output: Tensor, target: Any) -> Tensor:
    """function(output, target), a Tensor without axes. Raises ValueError where the function returns another thing."""
    loss = function(output, target)
    if not (isinstance(loss, Tensor) and loss.size == 1):
        got = f"a Tensor of shape {loss.shape}" if isinstance(loss, Tensor) else shown(loss)
        raise ValueError(f"{name_of(function)} must return a Tensor with one element, a mean over the batch, got {got}")
    return loss.reshape(()) if loss.ndim else loss


def _check_module(name, model):
    if not isinstance(model, Module):
        raise TypeError(f"{name} takes a model, a Module as nn.Sequential(…) is one, got {shown(model)}")


def evaluate(model: Module, x: Any, y: Any, loss: str | Callable = "cross-entropy") -> tuple[float, float | None]:
    """(mean loss, accuracy from 0 to 1) of the model on inputs x and labels or targets y.

    It evaluates, without dropout; afterwards every Module is in the mode it was in. loss: see `find_loss`. The accuracy
    is None unless y are integer labels (n,) and the outputs (n, classes). Raises ValueError for lengths that differ.

    >>> model = mx.models.mlp([4, 2], seed=0)
    >>> loss, accuracy = mx.evaluate(model, np.eye(4, dtype="float32"), np.array([0, 1, 0, 1]))
    >>> accuracy
    0.5
    """
    _check_module("evaluate", model)
    x, y = value(x), value(y)
    y = y if is_array(y) else np.asarray(y)
    if not (hasattr(x, "__len__") and y.ndim and len(y)):
        raise ValueError(f"evaluate takes inputs x and labels or targets y, one or more, got {shown(x)} and {shown(y)}")
    if len(x) != len(y):
        raise ValueError(f"x has {len(x):,} samples, but y has {len(y):,}")
    loss, total, correct = find_loss(loss), 0.0, 0.0
    classify = y.ndim == 1 and y.dtype.kind in "iu"
    with no_grad(), model.evaluating():
        for start in range(0, len(x), _EVALUATION_BLOCK):
            target = y[start : start + _EVALUATION_BLOCK]
            output = model(Tensor(x[start : start + _EVALUATION_BLOCK]))
            total = total + scalar_loss(loss, output, target).data * len(target)
            classify = classify and output.ndim == 2 and output.shape[1] > 1
            if classify:
                correct = correct + (output.data.argmax(axis=1) == asarray(target)).sum()
    return float(total) / len(x), int(correct) / len(x) if classify else None


@np.errstate(over="ignore", invalid="ignore")  # a loss that is not finite is reported below
def train(
    model: Module,
    optimizer: Optimizer,
    data: Dataset,
    *,
    epochs: int,
    batch_size: int,
    rng: np.random.Generator | int,
    loss: str | Callable = "cross-entropy",
    record: int = 1,
    shuffle: str = "every-epoch",
    on_record: Callable | None = None,
) -> Trial:
    """Train `model` on the Dataset `data` for `epochs` epochs and return its Trial.

    loss: see `find_loss`. record: recordings an epoch, evenly spaced; on_record(trial) is called after each. shuffle,
    rng: see `Batches`.
    A loss that is not finite ends the training; what was recorded is kept, and Trial.stopped says so.
    Raises ValueError for a batch size or a number of recordings that does not fit.
    """
    _check_module("train", model)
    if not (hasattr(optimizer, "step") and hasattr(optimizer, "zero_grad")):  # as an Optimizer and an Unrolled have
        raise TypeError(f"train takes an Optimizer, as Optimizer(model, rule), got {shown(optimizer)}")
    if not isinstance(data, Dataset):
        raise TypeError(f"train takes a Dataset, as data.from_arrays((x, y)) makes one, got {shown(data)}")
    epochs = whole("epochs", epochs, least=1)
    x, y, x_test, y_test = map(asarray, (data.x_train, data.y_train, data.x_test, data.y_test))
    loss = find_loss(loss)
    batches = Batches(x, y, batch_size, rng, shuffle)
    if not 1 <= record <= len(batches):
        raise ValueError(f"record must be 1 to {len(batches)}, the number of batches in an epoch, got {record}")
    due = {round((k + 1) * len(batches) / record) for k in range(record)}
    synchronize = backend_of(x).synchronize
    trial, seconds_per_step = Trial(), []
    model.train()
    for epoch in range(epochs):
        loss_sum, since, clock = module_of(x).zeros((), x.dtype), 0, time.perf_counter()
        for step, (inputs, targets) in enumerate(batches, 1):
            optimizer.zero_grad()
            batch_loss = scalar_loss(loss, model(Tensor(inputs)), targets)
            optimizer.backward(batch_loss)
            optimizer.step()
            loss_sum, since = loss_sum + batch_loss.data, since + 1
            if step in due:
                synchronize()
                seconds_per_step.append((time.perf_counter() - clock) / since)
                validation = evaluate(model, x_test, y_test, loss)
                _add_recording(trial, epoch + step / len(batches), loss_sum, since, validation)
                trial.seconds_per_epoch = statistics.median(seconds_per_step) * len(batches)
                if on_record:
                    on_record(trial)
                if trial.stopped:
                    return trial
                loss_sum, since, clock = module_of(x).zeros((), x.dtype), 0, time.perf_counter()
    return trial


def _add_recording(trial, epoch, loss_sum, batches, validation):
    train_loss = float(loss_sum) / batches
    for recorded, number in zip(
        (trial.epoch, trial.train_loss, trial.val_loss, trial.val_accuracy),
        (epoch, train_loss, *validation),
        strict=True,
    ):
        recorded.append(number)
    if not (math.isfinite(train_loss) and math.isfinite(validation[0])):
        trial.stopped = f"the loss was no longer finite at epoch {epoch:.2f}; try a smaller learning rate"
