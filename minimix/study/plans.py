"""The report's figures: what each trains, by its procedure, and the numbers that it published."""

from dataclasses import dataclass, field

MLP = {"model": "mlp", "data": "mnist", "epochs": 150, "batch_size": 256, "shuffle": "once", "record": 50}
CNN = {"model": "cnn", "data": "cifar10", "epochs": 25, "batch_size": 20, "shuffle": "every-epoch", "record": 1}


@dataclass(frozen=True)
class Plan:
    """A figure of the report.

    about: what it shows. procedure: settings of a Config. rules: {label: spec}. published: {label: the last validation
    accuracy in per cent, as read from the report's plot}.
    """

    about: str
    procedure: dict
    rules: dict
    trials: int = 10
    published: dict = field(default_factory=dict)


def _split(sgd, adam, frozen=False):
    """The layer split of the report; in its experiments' code the biases stay frozen."""
    if frozen:
        return f"split:dense1.weight=adam(lr={adam}),*.bias=freeze,*=sgd(lr={sgd})"
    return f"split:first1=adam(lr={adam}),*=sgd(lr={sgd})"


def _mixed(sgd, adam, frozen):
    return {"SGD": f"sgd:lr={sgd}", "Adam": f"adam:lr={adam}", "mix": _split(sgd, adam, frozen)}


def figures(frozen_biases=False, momentum=0.9, model="cnn"):
    """{name: Plan} of the report's figures.

    frozen_biases: the layer split trains only weights. momentum: of the CNN's SGD baseline. model: the CNN.
    """
    cnn = CNN | {"model": model}
    sgd = "sgd:lr=0.001" + (f",momentum={momentum:g}" if momentum else "")
    variants = {"linear": "linear", "normalization": "normalized", "vector": "vector", "correction": "correction"}
    grid = [("a", 1e-3, 1e-2), ("b", 1e-3, 1e-3), ("c", 1e-4, 1e-2), ("d", 1e-4, 1e-3)]
    return {
        "fig2": Plan(
            "layer split on MNIST, SGD 1e-2, Adam 1e-3",
            MLP,
            _mixed(1e-2, 1e-3, frozen_biases),
            published={"SGD": 97.7, "Adam": 98.2, "mix": 97.8},
        ),
        "fig3": Plan(
            "layer split on MNIST, SGD 1e-2, Adam 1e-2",
            MLP,
            _mixed(1e-2, 1e-2, frozen_biases),
            published={"SGD": 97.7, "Adam": 97.0, "mix": 97.8},
        ),
        **{
            f"fig4{letter}": Plan(
                f"layer split on MNIST, SGD {s:g}, Adam {a:g}: mix near or above Adam, SGD alone far below",
                MLP,
                _mixed(s, a, frozen_biases),
            )
            for letter, s, a in grid
        },
        "fig6": Plan(
            "MAS on CIFAR-10, eta 1e-3, gamma 0.6, beside SGD with momentum and Adam",
            cnn,
            {"SGD": sgd, "Adam": "adam:lr=0.001", "MAS linear": "mas:lr=0.001,gamma=0.6"},
            published={"SGD": 66.0, "Adam": 61.5, "MAS linear": 63.7},
        ),
        "fig7": Plan(
            "variants of MAS on CIFAR-10, eta 1e-3, gamma 0.6",
            cnn,
            {
                label: f"mas:lr=0.001,gamma=0.6{'' if combine == 'linear' else f',combine={combine}'}"
                for label, combine in variants.items()
            },
            published={"linear": 63.7, "normalization": 66.0, "vector": 64.0, "correction": 47.0},
        ),
        "fig5": Plan(
            "MAS on CIFAR-10, eta 1e-3, gamma 0.4 to 1",
            cnn,
            {f"gamma {gamma:g}": f"mas:lr=0.001,gamma={gamma:g}" for gamma in (0.4, 0.6, 0.7, 1.0)},
        ),
    }
