"""How a study was done, in the sentences of a methods section, read off its settings; and what it cites."""

from collections.abc import Iterable, Iterator
from typing import Any

from .. import paired, wording
from ..comparison import RESAMPLED
from ..config import Config
from ..optim import Rule
from ..spec import RULES
from ..verdict import SECONDS, Verdict
from .plans import base, figures

CITATIONS = {
    "study": "Kone, Zhu, Chan. Optimization for Machine Learning Project: Combining Optimization Methods. EPFL.",
    "mas": "Landro, Gallo, La Grassa 2020. Mixing ADAM and SGD: a Combined Optimization Method. arXiv 2011.08042.",
    "swats": "Keskar, Socher 2017. Improving Generalization Performance by Switching from Adam to SGD. "
    "arXiv 1712.07628.",
    "sgd": "Sutskever, Martens, Dahl, Hinton 2013. On the importance of initialization and momentum in deep learning. "
    "ICML.",
    "adam": "Kingma, Ba 2015. Adam: A Method for Stochastic Optimization. ICLR. arXiv 1412.6980.",
    "adamw": "Loshchilov, Hutter 2019. Decoupled Weight Decay Regularization. ICLR. arXiv 1711.05101.",
    "amsgrad": "Reddi, Kale, Kumar 2018. On the Convergence of Adam and Beyond. ICLR. arXiv 1904.09237.",
    "adagrad": "Duchi, Hazan, Singer 2011. Adaptive Subgradient Methods for Online Learning and Stochastic "
    "Optimization. JMLR 12.",
    "rmsprop": "Tieleman, Hinton 2012. Lecture 6.5, rmsprop. Coursera: Neural Networks for Machine Learning.",
    "lion": "Chen et al. 2023. Symbolic Discovery of Optimization Algorithms. NeurIPS. arXiv 2302.06675.",
    "muon": "Jordan et al. 2024. Muon: An optimizer for hidden layers in neural networks. "
    "kellerjordan.github.io/posts/muon.",
    "lookahead": "Zhang, Lucas, Hinton, Ba 2019. Lookahead Optimizer: k steps forward, 1 step back. NeurIPS. "
    "arXiv 1907.08610.",
    "frank-wolfe": "Frank, Wolfe 1956. An algorithm for quadratic programming. Naval Research Logistics Quarterly 3.",
    "mnist": "LeCun, Bottou, Bengio, Haffner 1998. Gradient-based learning applied to document recognition. "
    "Proceedings of the IEEE 86(11).",
    "cifar10": "Krizhevsky 2009. Learning Multiple Layers of Features from Tiny Images. University of Toronto.",
    "t": "Student 1908. The Probable Error of a Mean. Biometrika 6(1).",
    "joint": "Dunn 1961. Multiple Comparisons Among Means. JASA 56(293).",
    "flip": "Fisher 1935. The Design of Experiments, section 21. Oliver & Boyd.",
    "holm": "Holm 1979. A Simple Sequentially Rejective Multiple Test Procedure. Scandinavian Journal of "
    "Statistics 6(2).",
    "share": "Clopper, Pearson 1934. The Use of Confidence or Fiducial Limits Illustrated in the Case of the "
    "Binomial. Biometrika 26(4).",
    "hypercube": "McKay, Beckman, Conover 1979. A Comparison of Three Methods for Selecting Values of Input Variables "
    "in the Analysis of Output from a Computer Code. Technometrics 21(2).",
    "seeds": "Bouthillier et al. 2021. Accounting for Variance in Machine Learning Benchmarks. MLSys. "
    "arXiv 2103.03098.",
}
"""{what it stands for: the work}; for a rule, the name that it has in a spec."""


def procedure(plan: dict[str, Any], config: Config) -> Iterator[str]:
    """The sentences of a plan, but for its statistics; plan: as study.json has it, config: what that stands for."""
    weights = sum(p.size for p in config.network(0).parameters())
    sizes = [
        f"the first {size:,} {part} samples"
        for part, size in (("training", None if config.resample else config.train_size), ("test", config.test_size))
        if size
    ]
    data = f"{config.data} ({' and '.join(sizes)})" if sizes else config.data
    yield (
        f"The network {config.model} ({weights:,} parameters) was trained and tested on {data} with the loss "
        f"{config.loss}: {_many(config.epochs, 'epoch')} with {config.batch_size} samples a step, the batches drawn "
        + ("once a trial and reused in every epoch" if config.shuffle == "once" else "anew in every epoch")
        + (f", gradients scaled down to norm {config.clip_norm:g}" if config.clip_norm else "")
        + (f", on arrays of the module {config.backend}" if config.backend != "numpy" else "")
        + "."
    )
    many = len(config.rules) > 1
    together = "start from the same weights and see the same batches and dropout masks"
    yield (
        f"Planned: {_many(config.trials, 'trial')} of each of {_many(len(config.rules), 'optimizer')}. Random numbers "
        f"come from the seed {config.seed}" + (f", and in a trial all optimizers {together}" if many else "") + "."
    )
    if config.resample:
        drawn = f"{config.train_size:,}" if config.train_size else f"{100 * RESAMPLED:g} %"
        yield f"Each trial sees {drawn} of the training samples, drawn anew for it, the same for all optimizers."
    samples = plan.get("dataset", {}).get("test_samples")
    size = f" of {samples:,} samples" if samples else ""
    if config.continue_trials:
        yield "Each trial goes on from the weights of the one before, so that trials are not independent."
    yield (
        f"Losses and accuracies were recorded {_many(config.record, 'time')} an epoch on the whole test set{size}, "
        "which served for validation."
    )
    if len(looks := plan.get("added", ())) > 1:
        yield (
            f"Trials were added: from {', '.join(map(str, looks[:-1]))} to {looks[-1]}. Who looks at the results and "
            "then adds trials until an interval leaves 0 stops when it suits (optional stopping): such an interval "
            "covers less often than it says."
        )


def _many(count, word):
    return f"{count} {word}{'s' * (count != 1)}"


def statistics(verdict: Verdict) -> Iterator[str]:
    """The sentences of a Verdict's statistics; none where nothing was compared."""
    compared = [rule.against for rule in verdict.rules.values() if rule.against and rule.against.verdict]
    if not compared:
        return
    m, by, most = verdict.comparisons, verdict.measure, max(len(a.differences) for a in compared)
    margin = f"{by.scale * verdict.margin:.3g}{by.points}"
    jointly = f"jointly at 95 % for all {m} comparisons, each at the quantile {1 - 0.05 / (2 * m):.5g} (Dunn 1961)"
    yield (
        f"Each trial counts with its {by.whole}, and differences to {verdict.reference} are paired by trial. Intervals "
        f"hold {jointly if m > 1 else 'at 95 % for one comparison'}; the margin is {margin}."
    )
    yield (
        "The intervals are Student's, of the mean difference (Student 1908). An optimizer is called better or worse "
        "where its interval leaves 0 out, equal where the interval lies within ± the margin, and not settled otherwise."
    )
    yield (
        "p is of the sign-flip permutation test (Fisher 1935), "
        + ("exact" if most <= paired.EXACT else f"over {paired.SIGNS:,} drawn sign patterns")
        + (", adjusted by Holm (1979)" if m > 1 else "")
        + "; how often an optimizer is ahead has its exact binomial interval (Clopper, Pearson 1934)."
    )
    more = "; other data would vary more (Bouthillier et al. 2021)" if by.key != SECONDS.key else ""
    yield f"All of this is {wording.scope(verdict)} alone{more}."
    yield (
        "The intervals hold for differences that are spread evenly to both sides; where these are skewed, as when one "
        "trial in ten collapses, they cover less than they say: look at the dots."
    )


def cited(
    configs: Iterable[Config], names: Iterable[str], verdicts: Iterable[Verdict], searched: bool = False
) -> list[str]:
    """The works that plans of these names, with these Configs and Verdicts, cite, each once.

    searched: whether learning rates were searched for.
    """
    keys: dict[str, None] = dict.fromkeys(["study"] if figures().keys() & set(map(base, names)) else [])
    for config in configs:
        keys |= dict.fromkeys([key for rule in config.rules.values() for key in _works(rule)] + [str(config.data)])
    if any(rule.against and rule.against.verdict for verdict in verdicts for rule in verdict.rules.values()):
        keys |= dict.fromkeys(("t", "joint", "flip", "holm", "share", "seeds"))
    keys |= dict.fromkeys(["hypercube"] if searched else [])
    return [CITATIONS[key] for key in keys if key in CITATIONS]


def _works(x):
    """What a rule, and the rules in it, go back to: keys of CITATIONS."""
    if isinstance(x, Rule):
        yield from (name for name, cls in RULES.items() if cls is type(x))
        yield from (option for key, option in _OPTIONS.items() if getattr(x, key, False))
        for value in x.hyperparameters().values():
            yield from _works(value)
    elif isinstance(x, dict):
        for value in x.values():
            yield from _works(value)


_OPTIONS = {"decoupled": "adamw", "amsgrad": "amsgrad"}


def formulas(configs: Iterable[Config]) -> dict[str, str]:
    """{class of a rule: the first line of what it says of itself} of all rules that were used."""
    found: dict[str, str] = {}
    for config in configs:
        for rule in config.rules.values():
            for cls in _classes(rule):
                found[cls.__name__] = (cls.__doc__ or "").strip().partition("\n")[0]
    return {name: about for name, about in found.items() if about}


def _classes(x):
    if isinstance(x, Rule):
        yield type(x)
        x = x.hyperparameters()
    if isinstance(x, dict):
        for value in x.values():
            yield from _classes(value)
