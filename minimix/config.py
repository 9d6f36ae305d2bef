"""The settings of a comparison, and what they stand for."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Annotated, Any

from . import backend as switch
from . import own, training
from .data.batches import SHUFFLE
from .hint import one_of, shown
from .nn import models
from .optim import Rule
from .spec import REFERENCE, canonical, parse
from .validation import check, whole

OPTIMIZERS = ("sgd", "adam", "split", "mas")
MOST = 1_000_000  # of whatever is counted


@dataclass
class Config:
    """All that a comparison depends on; what is None is filled in: the procedure of the model, the module in use.

    Its fields are the settings of `compare`, the options of the command, with these sentences, and the keys of a plan
    in study.json. optimizers: a spec, a Rule, a list of them or a dict {label: one of them}; it becomes a dict {label:
    spec, or a Rule that has none}. Besides, a Config has what it names, loaded once, and anew in another process:
    network, a `models.Model`; criterion, the function of the loss; rules, {label: Rule}. Raises ValueError.
    """

    model: Annotated[
        str | Callable, "The network: mlp, cnn, cnn-fig1, or my.py:net, a function of a seed that returns a Module."
    ] = "mlp"
    data: Annotated[
        str | object,
        "The data: glyphs, shapes, mnist, cifar10, a .npz file, a folder of IDX files, or my.py:data, a function.",
    ] = None
    optimizers: str | Rule | Iterable = OPTIMIZERS
    trials: Annotated[int, "Trials of each optimizer."] = 3
    loss: Annotated[str | Callable, "The loss: cross-entropy, mse, or my.py:loss, a function of output and target."] = (
        "cross-entropy"
    )
    lr: Annotated[float | None, "Learning rate of the optimizers that do not name their own."] = None
    gamma: Annotated[float | None, "Adam's weight in MAS, 0 to 1, where the spec does not name it."] = None
    epochs: Annotated[int | None, "Passes over the training set."] = None
    batch_size: Annotated[int | None, "Samples a step."] = None
    record: Annotated[int | None, "Recordings an epoch."] = None
    shuffle: Annotated[str | None, "Draw the batches once and reuse them, or anew every epoch.", SHUFFLE] = None
    clip_norm: Annotated[float | None, "Scale gradients down to this norm where it is larger."] = None
    seed: Annotated[int, "Seed of weights, batches and dropout masks, and of a test part that is drawn."] = 0
    train_size: Annotated[int | None, "Use the first so many training samples. [default: all]"] = None
    test_size: Annotated[int | None, "Use the first so many test samples. [default: all]"] = None
    resample: Annotated[
        bool,
        "Draw the training samples anew for each trial, the same for all optimizers: train_size of them, or 80 %.",
    ] = False
    backend: Annotated[
        str | None,
        "The array module. [default: the one in use, at first MINIMIX_BACKEND's, else numpy]",
        switch.names(),
    ] = None
    continue_trials: Annotated[
        bool, "Let each trial go on from the last one's weights, as the published MLP experiments do."
    ] = False

    def __post_init__(self):
        self.network, self.criterion = models.find(self.model), training.find_loss(self.loss)
        for name in models.PROCEDURE:
            if getattr(self, name) is None:
                setattr(self, name, getattr(self.network, name))
        if self.backend is None:
            self.backend = switch.current().name
        for name in ("epochs", "batch_size", "trials", "record", "train_size", "test_size"):
            if (count := getattr(self, name)) is not None:
                whole(name, count, least=1, most=MOST if name.endswith("s") else None)
        whole("seed", self.seed, least=0)
        for f in fields(self):
            check(f.name, getattr(self, f.name), f.type)
        one_of("backend", self.backend, switch.names())
        if self.clip_norm is not None and self.clip_norm <= 0:
            raise ValueError(f"clip_norm must be above 0, got {self.clip_norm}")
        self.rules = _labelled(self.optimizers, self.lr, self.gamma)
        self.optimizers = {label: _spec(rule) or rule for label, rule in self.rules.items()}

    def __reduce__(self):
        return _config, (self.settings(),)

    def settings(self) -> dict[str, Any]:
        """{field: value}."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


def _config(settings):
    return Config(**settings)


def _labelled(optimizers, lr, gamma):
    """{label: Rule} of specs and rules; their label is the spec, or what they print as."""
    if isinstance(optimizers, (str, Rule)):
        optimizers = [optimizers]
    pairs = optimizers.items() if isinstance(optimizers, dict) else [(None, given) for given in optimizers]
    rules = {}
    for label, given in pairs:
        rule = parse(given, lr=lr, gamma=gamma) if isinstance(given, str) else given
        if not isinstance(rule, Rule):
            raise ValueError(f"an optimizer must be a spec like 'adam:lr=1e-3' or a Rule, got {shown(rule)}")
        if not isinstance(label, (str, type(None))):
            raise ValueError(f"the label of an optimizer must be a text, got {shown(label)}")
        label = label or _spec(rule) or repr(rule)
        if label in rules:
            raise ValueError(f"optimizer {label!r} was given twice")
        rules[label] = rule
    if not rules:
        raise ValueError("optimizers: give at least one, as 'adam'")
    return rules


def _spec(rule):
    """The canonical spec of a rule, or None where it has none."""
    try:
        return canonical(rule)
    except ValueError:
        return None


def check_texts(settings: dict[str, Any]) -> None:
    """Raise ValueError where settings of a Config, as a file has them in texts and numbers, are of the wrong type."""
    for f in fields(Config):
        if f.name in settings:
            form = {"data": str | None, "model": str, "loss": str, "optimizers": dict | list[str]}.get(f.name, f.type)
            check(f.name, settings[f.name], form)
    rules = settings.get("optimizers", {})
    for label, spec in rules.items() if isinstance(rules, dict) else ():
        check(f"optimizers.{label}", spec, str)


def references(settings: dict[str, Any]) -> list[str]:
    """Every file.py:name in the settings of a Config."""
    texts = [settings[key] for key in ("model", "data", "loss") if isinstance(settings.get(key), str)]
    rules = settings.get("optimizers", ())
    specs = "\n".join(map(str, rules.values() if isinstance(rules, dict) else rules))
    return [text for text in texts if own.is_reference(text)] + re.findall(REFERENCE, specs)
