"""One trial: the training loop and its records."""

import math
import statistics
import time
from dataclasses import dataclass, field

import numpy as np

from .backend import asarray, backend_of, module_of
from .data.batches import Batches
from .ops import cross_entropy
from .tensor import Tensor, no_grad

_EVALUATION_BLOCK = 500  # images; the activations of one block stay in the cache


@dataclass
class Trial:
    """What one training run recorded, a number per recording, and how long an epoch of training steps took.

    epoch: when, as a fraction of epochs; train_loss: mean over the batches since the last recording; val_loss and
    val_accuracy (0 to 1): over the whole test set. seconds_per_epoch: without evaluation, the median of the stretches
    between recordings. stopped: why it ended
    early, or None.
    """

    epoch: list = field(default_factory=list)
    train_loss: list = field(default_factory=list)
    val_loss: list = field(default_factory=list)
    val_accuracy: list = field(default_factory=list)
    seconds_per_epoch: float = 0.0
    stopped: str | None = None


def evaluate(model, x, y):
    """(mean cross-entropy, accuracy from 0 to 1) of the model on images x and labels y; dropout is off."""
    loss = correct = 0.0
    model.eval()
    with no_grad():
        for start in range(0, len(x), _EVALUATION_BLOCK):
            labels = y[start : start + _EVALUATION_BLOCK]
            logits = model(Tensor(x[start : start + _EVALUATION_BLOCK]))
            loss = loss + cross_entropy(logits, labels).data * len(labels)
            correct = correct + (logits.data.argmax(axis=1) == labels).sum()
    model.train()
    return float(loss) / len(x), int(correct) / len(x)


@np.errstate(over="ignore", invalid="ignore")  # a loss that is not finite is reported below
def train(model, optimizer, data, *, epochs, batch_size, rng, record=1, shuffle="every-epoch", on_record=None):
    """Train `model` on the Dataset `data` for `epochs` epochs and return its Trial.

    record: recordings an epoch, evenly spaced; on_record(trial) is called after each. shuffle, rng: see `Batches`.
    A loss that is not finite ends the training; what was recorded is kept, and Trial.stopped says so.
    Raises ValueError for a batch size or a number of recordings that does not fit.
    """
    x, y, x_test, y_test = map(asarray, (data.x_train, data.y_train, data.x_test, data.y_test))
    batches = Batches(x, y, batch_size, rng, shuffle)
    if not 1 <= record <= len(batches):
        raise ValueError(f"record must be 1 to {len(batches)}, the number of batches in an epoch, got {record}")
    due = {round((k + 1) * len(batches) / record) for k in range(record)}
    synchronize = backend_of(x).synchronize
    trial, seconds_per_step = Trial(), []
    model.train()
    for epoch in range(epochs):
        loss_sum, since, clock = module_of(x).zeros((), x.dtype), 0, time.perf_counter()
        for step, (images, labels) in enumerate(batches, 1):
            optimizer.zero_grad()
            loss = cross_entropy(model(Tensor(images)), labels)
            optimizer.backward(loss)
            optimizer.step()
            loss_sum, since = loss_sum + loss.data, since + 1
            if step in due:
                synchronize()
                seconds_per_step.append((time.perf_counter() - clock) / since)
                _add_recording(trial, epoch + step / len(batches), loss_sum, since, evaluate(model, x_test, y_test))
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
