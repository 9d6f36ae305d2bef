"""The report's figures: what each trains, by its procedure, and what it published: numbers, and statements to judge."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..verdict import SECONDS, Measure
from .reading import READINGS, USUAL, Reading
from .statements import Above, Faster, Rises

MLP = {"model": "mlp", "data": "mnist", "epochs": 150, "batch_size": 256, "shuffle": "once", "record": 50}
CNN = {"model": "cnn", "data": "cifar10", "epochs": 25, "batch_size": 20, "shuffle": "every-epoch", "record": 1}
SHORT = MLP | {"epochs": 20, "record": 1}
TOLERANCE = {"mlp": 0.2, "cnn": 1.0, "cnn-fig1": 1.0}
"""How well the report's plots can be read, in points of accuracy."""
FAR = 1.0
"""What "far below" means: by more than a point."""
DRAWN = {"mnist": ("glyphs", 60_000, 10_000), "cifar10": ("shapes", 50_000, 10_000)}
"""For each data set the drawn one of the same form, and its own numbers of training and test images."""
QUICK = {
    "glyphs": {"epochs": 10, "train_size": 4000, "batch_size": 32},
    "shapes": {"epochs": 3, "train_size": 2000},
}
"""How much less a quick study trains on each."""


@dataclass(frozen=True)
class Plan:
    """A figure of the report.

    about: what it shows. procedure: settings of a Config. rules: {label: spec}. published: {label: the last validation
    accuracy in per cent, as read from the report's plot}; seconds: {label: the published seconds an epoch}.
    statements: what the report says besides. reference: the label that the others are compared with, None for Adam or
    the first. loss: what is drawn as the training loss, "train_loss" or "val_loss". timed: whether its trials run one
    at a time, and are judged by their seconds an epoch.
    """

    about: str
    procedure: dict
    rules: dict
    trials: int = 10
    published: dict = field(default_factory=dict)
    seconds: dict = field(default_factory=dict)
    statements: tuple = ()
    reference: str | None = None
    loss: str = "train_loss"
    timed: bool = False

    @property
    def tolerance(self) -> float:
        """How well the published accuracies could be read, in points."""
        return TOLERANCE[self.procedure["model"]]

    def applies(self, settings: Mapping[str, Any]) -> bool:
        """Whether what was published can be held against a plan with these settings: same data, as long a training."""
        whole = settings.get("train_size") is None and settings.get("test_size") is None
        return whole and all(settings.get(key) == self.procedure[key] for key in ("data", "epochs", "batch_size"))

    def settings(self) -> dict[str, Any]:
        """What study.json keeps of it, but for trials and data."""
        more = {"reference": self.reference, "loss_drawn": None if self.loss == "train_loss" else self.loss}
        return {"optimizers": self.rules, **self.procedure, **{key: x for key, x in more.items() if x}}


def in_reading(reading: Reading = USUAL, quick: bool = False) -> dict[str, Plan]:
    """{name: Plan} of the report's figures in a reading; a name tells where the figure is not the usual one.

    quick: in minutes, for a classroom: drawn images in place of MNIST and CIFAR-10, few of them, few epochs and trials.
    The report's numbers then say nothing.
    """
    usual = figures()
    alone = {key: figures(Reading(**{key: x})) for key, x in reading.given().items()}
    found = {}
    for name, plan in figures(reading).items():
        differs = {key: x for key, x in reading.given().items() if alone[key][name] != usual[name]}
        found[_named(name, reading, differs)] = plan
    return {f"{name}+quick": _quick(plan) for name, plan in found.items()} if quick else found


def _named(figure, reading, differs):
    """What a figure is called in a reading, of whose differences some are seen in it: figure+reading, or each."""
    whole = [name for name, known in READINGS.items() if known == reading]
    parts = whole or [key.replace("_", "-") if x is True else f"{key}-{x}" for key, x in differs.items()]
    return "+".join([figure, *parts]) if differs else figure


def base(name: str) -> str:
    """The figure that a plan's name begins with."""
    return name.partition("+")[0]


def judged_by(name: str) -> Measure | None:
    """What the trials of a plan of this name are judged by: SECONDS where it is of a timing table, else None."""
    plan = figures().get(base(name))
    return SECONDS if plan and plan.timed else None


def title(plan: Plan, data: str) -> str:
    """What a plan shows, when it is run on data of this name."""
    own = plan.procedure["data"]
    return plan.about if data == own else plan.about.replace({"mnist": "MNIST", "cifar10": "CIFAR-10"}[own], data)


def _quick(plan):
    procedure, data = plan.procedure, DRAWN[plan.procedure["data"]][0]
    small = procedure | {"data": data, "test_size": 1000, "record": 1} | QUICK[data]
    less = {"trials": 3, "published": {}, "seconds": {}, "statements": ()}
    return replace(plan, about=title(plan, data), procedure=small, **less)


def _split(sgd, adam, reading):
    """The layer split of the report."""
    if reading.frozen_biases:
        return f"split:dense1.weight=adam(lr={adam}),*.bias=freeze,*=sgd(lr={sgd})"
    return f"split:first1=adam(lr={adam}),*=sgd(lr={sgd})"


def _mixed(sgd, adam, reading):
    return {"SGD": f"sgd:lr={sgd}", "Adam": f"adam:lr={adam}", "mix": _split(sgd, adam, reading)}


def _mas(reading, gamma=0.6, combine="linear"):
    """MAS on the CNN, whose own SGD has momentum where the reading says so."""
    options = {"lr": "0.001", "gamma": f"{gamma:g}"}
    if combine != "linear":
        options["combine"] = combine
    if combine == "correction" and reading.branch_step:
        options["branch_step"] = "true"
    if reading.momentum == "both":
        options["s"] = "sgd(lr=0.001,momentum=0.9)"
        options["a"] = "adam(lr=0.001)"
        del options["lr"]
    return "mas:" + ",".join(f"{key}={x}" for key, x in options.items())


def figures(reading: Reading = USUAL) -> dict[str, Plan]:
    """{name: Plan} of the report's figures, its timing table, and what it leaves open."""
    mlp = MLP | ({"continue_trials": True} if reading.continue_trials else {})
    cnn = CNN | {"model": reading.cnn}
    loss = "val_loss" if reading.validation_loss else "train_loss"
    near = {"mlp": 2 * TOLERANCE["mlp"], "cnn": 2 * TOLERANCE["cnn"]}  # the difference of two readings
    sgd = "sgd:lr=0.001" + ("" if reading.momentum == "nowhere" else ",momentum=0.9")
    corners = {"a": (1e-3, 1e-2), "b": (1e-3, 1e-3), "c": (1e-4, 1e-2), "d": (1e-4, 1e-3)}
    variants = {"linear": "linear", "normalization": "normalized", "vector": "vector", "correction": "correction"}
    adams = {f"Adam {eta:g}": f"adam:lr={eta:g}" for eta in (3e-4, 6e-4, 1e-3)}
    gains = Above("MAS linear is above Adam at each rate", "MAS linear", tuple(adams), asked=True)
    return {
        "fig2": Plan(
            "layer split on MNIST: SGD 1e-2, Adam 1e-3",
            mlp,
            _mixed(1e-2, 1e-3, reading),
            published={"SGD": 97.7, "Adam": 98.2, "mix": 97.8},
            loss=loss,
        ),
        "fig3": Plan(
            "layer split on MNIST: SGD 1e-2, Adam 1e-2",
            mlp,
            _mixed(1e-2, 1e-2, reading),
            published={"SGD": 97.7, "Adam": 97.0, "mix": 97.8},
            statements=(Above("the mix is above Adam", "mix", ("Adam",)),),
            loss=loss,
        ),
        **{
            f"fig4{letter}": Plan(
                f"layer split on MNIST: SGD {s:g}, Adam {a:g}",
                mlp,
                _mixed(s, a, reading),
                statements=(
                    Above("the mix is near or above Adam", "mix", ("Adam",), by=-near["mlp"]),
                    Above("SGD alone is far below", "mix", ("SGD",), by=FAR),
                ),
                loss=loss,
            )
            for letter, (s, a) in corners.items()
        },
        "fig5": Plan(
            "MAS linear on CIFAR-10: eta 1e-3, gamma 0.4, 0.6, 0.7, 1",
            cnn,
            {f"gamma {gamma:g}": _mas(reading, gamma) for gamma in (0.4, 0.6, 0.7, 1.0)},
            statements=(Above("gamma 0.6 is the best", "gamma 0.6", ("gamma 0.4", "gamma 0.7", "gamma 1")),),
            reference="gamma 0.6",
            loss=loss,
        ),
        "fig6": Plan(
            "SGD, Adam and MAS linear on CIFAR-10: eta 1e-3, gamma 0.6",
            cnn,
            {"SGD": sgd, "Adam": "adam:lr=0.001", "MAS linear": _mas(reading)},
            published={"SGD": 66.0, "Adam": 61.5, "MAS linear": 63.7},
            statements=(
                Above("MAS linear is above Adam", "MAS linear", ("Adam",)),
                Above("SGD is above MAS linear", "SGD", ("MAS linear",)),
            ),
            loss=loss,
        ),
        "fig7": Plan(
            "the variants of MAS on CIFAR-10: eta 1e-3, gamma 0.6",
            cnn,
            {label: _mas(reading, combine=combine) for label, combine in variants.items()},
            published={"linear": 63.7, "normalization": 66.0, "vector": 64.0, "correction": 47.0},
            statements=(
                Above("normalization reaches SGD", "normalization", ("fig6/SGD",), by=-near["cnn"]),
                Above("correction falls behind linear", "linear", ("correction",), by=near["cnn"]),
            ),
            loss=loss,
        ),
        "time": Plan(
            "seconds an epoch on MNIST, one trial at a time",
            MLP | {"epochs": 5, "record": 1},
            _mixed(1e-2, 1e-3, reading),
            seconds={"SGD": 0.506, "Adam": 0.701, "mix": 0.541},
            statements=(Faster("the mix is 25 to 30 % faster than Adam", "mix", "Adam", 1.25, 1.30),),
            timed=True,
        ),
        "related": Plan(
            "on MNIST: SWATS, Frank-Wolfe alternating by layer, MAS polynomial",
            SHORT,
            {
                "Adam": "adam:lr=0.001",
                "SWATS": "swats:lr=0.001",
                "Frank-Wolfe and SGD": "split:dense2=sgd(lr=0.01),*=frank-wolfe",
                "Frank-Wolfe and Adam": "split:dense2=adam(lr=0.001),*=frank-wolfe",
                "MAS polynomial": "mas:lr=0.001,gamma=0.6,combine=polynomial",
            },
            statements=tuple(
                statement
                for label in ("Frank-Wolfe and SGD", "Frank-Wolfe and Adam")
                for statement in (
                    Above(f"{label}: low accuracy", "Adam", (label,), by=FAR),
                    Rises(f"{label}: increasing loss", label),
                )
            ),
            loss="val_loss",
        ),
        "gain": Plan(
            "MAS linear on MNIST at eta 1e-3, gamma 0.6, beside Adam at rates around gamma * eta",
            SHORT,
            {"MAS linear": "mas:lr=0.001,gamma=0.6", **adams},
            statements=(gains,),
            reference="MAS linear",
        ),
        "gain-cnn": Plan(
            "the same on CIFAR-10",
            cnn,
            {"MAS linear": _mas(reading), **adams},
            trials=3,
            statements=(gains,),
            reference="MAS linear",
        ),
    }
