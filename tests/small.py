"""A data set and a model small enough to train in a blink."""

from dataclasses import asdict

import numpy as np

from minimix import nn, optim
from minimix.config import Config
from minimix.data import Dataset
from minimix.study.folder import Folder
from minimix.threads import blas_libraries
from minimix.training import Trial


def dataset(train=60, test=30):
    """Three classes of 4x4 images that a linear model separates."""
    rng = np.random.default_rng(7)
    y = rng.integers(0, 3, train + test)
    x = rng.normal(0, 0.3, (train + test, 4, 4, 1)).astype("float32")
    x[np.arange(len(y)), y] += 1
    return Dataset("small", x[:train], y[:train], x[train:], y[train:], ("a", "b", "c"))


def network(seed=0):
    rng = np.random.default_rng(seed)
    return nn.Sequential(nn.Flatten(), nn.Dense(16, 8, rng), nn.ReLU(), nn.Dense(8, 3, rng))


def study(path, dataset=None, **settings):
    """The Folder of a finished comparison: trial k of each rule says that its accuracy is 0.5 + k / 10."""
    folder, config = Folder(path), Config(**settings)
    about = dataset or {"name": config.data, "sha256": {}}
    plan = config.settings() | {"dataset": {"name": about["name"]}, "sums": about["sha256"]}
    for (label, number), name in folder.names(plan := folder.plan("compare", plan)).items():
        recorded = asdict(Trial([1.0], [1.0], [1.0], [0.5 + number / 10]))
        del recorded["seconds_per_epoch"]
        folder.write(name, plan["identities"][label] | {"trial": number}, recorded, {"seconds_per_epoch": 1.0})
    return folder


def sums(data, task):
    """Work for a process: the task, then what it sees of the data and of BLAS."""
    threads = {threads for *_, threads in blas_libraries()}
    return task, float(data.x_train.sum()) * task, type(data.x_train).__name__, threads


def refuses(task):
    raise ValueError(f"job {task} does not fit")


class OddError(Exception):
    """One that does not come back from a pickle: its constructor wants more than its message."""

    def __init__(self, what, why):
        super().__init__(f"no such {what}")


def refuses_oddly():
    raise OddError("thing", "it is odd")


class Half(optim.SGD):
    """SGD at half its rate."""

    def propose(self, w, g, state):
        d, eta = super().propose(w, g, state)
        return d, eta / 2
