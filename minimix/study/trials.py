"""What determines the numbers of a trial, and the name that this gives its file."""

import hashlib
import json

from .. import own
from ..comparison import RESAMPLED
from ..config import references
from ..optim import Rule
from ..optim.schedules import Schedule
from ..spec import name_of

ARITHMETIC = 1
"""Raised when the numbers of a trial change on purpose, so that two ways of computing never share a folder's file."""


def identity(config, label, number, sums, stage="report"):
    """All that determines the numbers of trial `number` of the rule `label` in a Config: texts, numbers and dicts.

    sums: the SHA-256 of the data's arrays, see `Dataset.about`. stage: what the trial is for, since tuning shares no
    trial with a report. Defaults are written out, so that a changed default makes another trial.
    """
    return common(config, label, sums, stage) | {"trial": number}


def common(config, label, sums, stage="report"):
    """The identity that all trials of a rule share: that of one without its number."""
    procedure = ("loss", "epochs", "batch_size", "record", "shuffle", "clip_norm", "seed", "continue_trials", "backend")
    named = references(config.settings() | {"optimizers": [config.optimizers[label]]})
    return {
        "arithmetic": ARITHMETIC,
        "data": sums,
        "files": {file["file"]: file["sha256"] for file in map(own.digest, named)},
        "model": config.model,
        "procedure": {key: getattr(config, key) for key in procedure} | _resampled(config),
        "rule": described(config.rules[label]),
        "stage": stage,
    }


def _resampled(config):
    """What the settings got later stands in the identity only where it is set: older trials keep their names."""
    return {"resample": config.train_size or RESAMPLED} if config.resample else {}


def names(common, count):
    """The names of trials 0 to count-1 of a rule, whose `common` is given: what they share is read once."""
    before, _, after = _text(common | {"trial": "\0"}).rpartition(json.dumps("\0"))
    shared, found = hashlib.sha256(before.encode()), []
    for number in range(count):
        own = shared.copy()
        own.update(f"{number}{after}".encode())
        found.append(own.hexdigest()[:16])
    return found


def name(identity):
    """The 16 hexadecimal digits that a trial's file is called by."""
    return hashlib.sha256(_text(identity).encode()).hexdigest()[:16]


def _text(identity):
    return json.dumps(identity, sort_keys=True, separators=(",", ":"), allow_nan=False)


def described(x):
    """A rule with every hyperparameter, its own rules' too; numbers as floats, so that 1 and 1.0 are the same."""
    if isinstance(x, (Rule, Schedule)):
        name = name_of(type(x)) or type(x).__qualname__
        return {"name": name, **{key: described(value) for key, value in x.hyperparameters().items()}}
    if isinstance(x, dict):
        return {str(key): described(value) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return [described(value) for value in x]
    return float(x) if isinstance(x, int) and not isinstance(x, bool) else x
