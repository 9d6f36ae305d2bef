"""Whole trials, evaluation included: as many at once as there are cores, each in a process with one thread.

PyTorch trains by the same procedure, twice: as its documentation writes it, and "torch tuned", as an expert would for
speed, with images channels-last, a fused optimizer and freed memory kept. Both hold their data as tensors in memory.
"""

import contextlib
import functools
import importlib.util
import json
import statistics
import subprocess
import sys
import time

from ..allocator import keep_freed_memory
from ..comparison import load_data, run_trial, start_trial
from ..config import Config
from ..data.cifar import find_cifar10
from ..data.idx import find_mnist
from ..threads import set_threads
from .steps import NETWORKS, flops, torch_network
from .timing import gemm_peak

SETTINGS = {
    "mlp": {"model": "mlp", "data": "mnist", "epochs": 5, "record": 5},
    "cnn": {"model": "cnn", "data": "cifar10", "epochs": 1, "record": 1, "train_size": 10_000, "test_size": 2_000},
}
"""The study's procedures with fewer epochs, and for the CNN a fifth of the images."""
RULES = {"mlp": ("sgd:lr=0.01", "adam:lr=0.001"), "cnn": ("sgd:lr=0.001", "adam:lr=0.001")}
DRAWN = {"mnist": (find_mnist, "glyphs"), "cifar10": (find_cifar10, "shapes")}
EVALUATION_BLOCK = 250  # images: where PyTorch evaluates the CNN fastest, and the MLP as fast as with more


def minimix_trial(config, data):
    """A function of a seed that trains a trial of the Config and returns the accuracy of each recording."""
    (label,) = config.rules

    def trial(seed):
        return run_trial(config, data, *start_trial(config, label, seed)).val_accuracy

    return trial


def torch_trial(config, data, tuned=False):
    """The same of PyTorch."""
    import torch
    from torch.nn import functional

    (spec,) = config.optimizers
    form = torch.channels_last if tuned and config.model != "mlp" else torch.contiguous_format
    fast = {"fused": True} if tuned and spec.startswith("adam") else {}
    x, x_test = (
        torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(memory_format=form)
        for images in (data.x_train, data.x_test)
    )
    y, y_test = map(torch.from_numpy, (data.y_train, data.y_test))

    @torch.no_grad()
    def evaluate(network):
        network.eval()
        loss = correct = 0
        for images, labels in zip(x_test.split(EVALUATION_BLOCK), y_test.split(EVALUATION_BLOCK), strict=True):
            logits = network(images)
            loss += functional.cross_entropy(logits, labels, reduction="sum")
            correct += (logits.argmax(1) == labels).sum()
        network.train()
        return float(loss) / len(y_test), int(correct) / len(y_test)

    def trial(seed):
        torch.manual_seed(seed)
        network = torch_network(NETWORKS[config.model][0]).to(memory_format=form)
        kind = torch.optim.SGD if spec.startswith("sgd") else torch.optim.Adam
        optimizer = kind(network.parameters(), lr=config.rules[spec].lr, **fast)
        draw = lambda: torch.randperm(len(x)).split(config.batch_size)
        batches, accuracies = draw(), []
        due = {round((k + 1) * len(batches) / config.record) for k in range(config.record)}
        for epoch in range(config.epochs):
            if epoch and config.shuffle == "every-epoch":
                batches = draw()
            total = torch.zeros(())
            for step, batch in enumerate(batches, 1):
                optimizer.zero_grad()
                loss = functional.cross_entropy(network(x[batch]), y[batch])
                loss.backward()
                optimizer.step()
                total += loss.detach()
                if step in due:
                    accuracies.append(evaluate(network)[1])
        return accuracies

    return trial


TRIALS = {
    "minimix": minimix_trial,
    "torch": torch_trial,
    "torch tuned": functools.partial(torch_trial, tuned=True),
}


class Crew:
    """`size` processes of one framework that have the data and wait for work; a context that ends them."""

    def __init__(self, framework, settings, size):
        command = [sys.executable, "-m", __name__, framework, json.dumps(settings)]
        start = functools.partial(subprocess.Popen, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
        self.processes = [start(command) for _ in range(size)]

    def ask(self, what):
        """What each answers to "trial <seed>", the number of recordings, or to "peak", in GFLOP/s; all at once."""
        with contextlib.suppress(BrokenPipeError):  # of one that has ended, which does not answer either
            for number, process in enumerate(self.processes):
                process.stdin.write(f"{what} {number}\n")
                process.stdin.flush()
        answers = [process.stdout.readline() for process in self.processes]
        if not all(answers):
            raise RuntimeError("bench: a process that trains trials has ended; its own message stands above")
        return [float(answer) for answer in answers]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.communicate()


def measure_trials(rounds, on_round=None, size=None, cases=None):
    """[{"model", "data", "batch", "optimizer", "processes", "per_hour", "range", "gemm_fraction", "peers"}].

    per_hour: trials an hour of all processes together, the median over the rounds; range: from the lowest to the
    highest. peers: {framework: {"per_hour", "range", "ratio", "ratio_range"}}, where ratio is ours over theirs within
    a round. gemm_fraction: of the highest rate of matrix products that as many processes reached after a round; a
    convolution counts as its direct products, of which Toom-Cook needs fewer. size: how many, by default one a core.
    cases: pairs of a model's settings and a spec. on_round(model, spec, {framework: trials an hour}).
    """
    import joblib

    if cases is None:
        cases = [(available(settings), rule) for model, settings in SETTINGS.items() for rule in RULES[model]]
    return [_measure(settings, rule, rounds, on_round, size or joblib.cpu_count()) for settings, rule in cases]


def available(settings):
    """The settings of a Config, with data that are drawn where the files of the study's are missing."""
    find, drawn = DRAWN[settings["data"]]
    try:
        find()
    except FileNotFoundError:
        return settings | {"data": drawn}
    return settings


def _measure(settings, rule, rounds, on_round, size):
    frameworks = list(TRIALS) if importlib.util.find_spec("torch") else ["minimix"]
    settings = settings | {"optimizers": [rule]}
    with contextlib.ExitStack() as stack:
        crews = {name: stack.enter_context(Crew(name, settings, size)) for name in frameworks}
        peak, rates = 0.0, {name: [] for name in frameworks}
        for number in range(rounds + 1):  # the first round warms up
            for name, crew in crews.items():
                rates[name].append(_trials_per_hour(crew, settings))
            peak = max(peak, sum(crews["minimix"].ask("peak")))
            if number and on_round:
                on_round(settings["model"], rule, {name: own[-1] for name, own in rates.items()})
    rates = {name: own[1:] for name, own in rates.items()}
    ours, peers = rates.pop("minimix"), {}
    for name, theirs in rates.items():
        ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
        peers[name] = {**_summary(theirs), "ratio": statistics.median(ratios), "ratio_range": _range(ratios)}
    config = Config(**settings)
    row = {"model": config.model, "data": config.data, "batch": config.batch_size, "optimizer": rule}
    row |= {"processes": size, **_summary(ours), "peers": peers}
    return row | {"gemm_fraction": row["per_hour"] / 3600 * operations(config, load_data(config)) / (1e9 * peak)}


def operations(config, data):
    """Floating-point operations of the matrix products of a trial: its steps and its evaluations."""
    network, n = NETWORKS[config.model], len(data.x_train)
    epoch = flops(*network, n) + config.record * flops(*network, len(data.x_test), training=False)
    return config.epochs * epoch


def _trials_per_hour(crew, settings):
    start = time.perf_counter()
    recordings = crew.ask("trial")
    seconds = time.perf_counter() - start
    if set(recordings) != {settings["epochs"] * settings["record"]}:
        raise RuntimeError("bench: a trial ended early; its times are no trial's")
    return 3600 * len(recordings) / seconds


def _summary(rates):
    return {"per_hour": statistics.median(rates), "range": _range(rates)}


def _range(numbers):
    return [min(numbers), max(numbers)]


def _main(framework, settings):
    """Answer the questions that stand on the lines of standard input; see `Crew.ask`."""
    if framework != "torch":
        keep_freed_memory()
    if framework != "minimix":
        import torch

        torch.set_num_threads(1)
    set_threads(1)
    config = Config(**json.loads(settings))
    trial = TRIALS[framework](config, load_data(config))
    with contextlib.suppress(KeyboardInterrupt):
        for question in sys.stdin:
            what, number = question.split()
            print(gemm_peak() if what == "peak" else len(trial(int(number))), flush=True)


if __name__ == "__main__":
    _main(*sys.argv[1:])
