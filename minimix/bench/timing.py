"""Times that can be compared: interleaved blocks, medians and ranges, and what the machine can do."""

import functools
import importlib.metadata
import statistics
import sys
import time

import numpy as np

from ..backend import current
from ..threads import blas_libraries
from .steps import NETWORKS, PEERS, flops, minimix_step, peers

CASES = [(model, n, rule) for model, n in (("mlp", 256), ("cnn", 20)) for rule in ("sgd", "adam", "mas")]
CASES.append(("cnn-fig1", 20, "sgd"))


def interleaved(runs, rounds, seconds=0.2):
    """Milliseconds a call of each function in `runs`, a list per round.

    Each round gives every function a block of calls of about `seconds`, one after the other, so that drifts of the
    machine's speed meet all alike.
    """
    seconds = max(seconds, 20 * _tick())
    counts = [_calls(run, seconds) for run in runs]
    times = [[] for _ in runs]
    for _ in range(rounds):
        for run, count, own in zip(runs, counts, times, strict=True):
            own.append(1000 * _time(run, count))
    return times


def _time(run, count):
    run()  # what ran before has had the cache and the threads
    current().synchronize()
    start = time.perf_counter()
    for _ in range(count):
        run()
    current().synchronize()
    return (time.perf_counter() - start) / count


def _calls(run, seconds):
    """How many calls take about `seconds`, 3 at least."""
    _time(run, 2)
    count = 3
    while (taken := count * _time(run, count)) < seconds / 8:
        count *= 2
    return max(3, int(count * seconds / taken))


@functools.cache
def _tick():
    """Seconds between two readings of the clock that differ: in a browser that may be a hundredth of a second."""
    start = time.perf_counter()
    while (now := time.perf_counter()) == start:
        pass
    return now - start


def compare(layers, shape, n, rule, rounds, seconds=0.2, names=PEERS):
    """{"ms", "range", "peers": {name: {"ms", "range"}}} of one network's step: medians over the rounds."""
    found = peers(layers, rule, names)
    steps = [minimix_step(layers, shape, n, rule), *(PEERS[name](layers, shape, n, rule) for name in found)]
    ours, *theirs = [
        {"ms": statistics.median(times), "range": [min(times), max(times)]}
        for times in interleaved(steps, rounds, seconds)
    ]
    return {**ours, "peers": dict(zip(found, theirs, strict=True))}


def measure(model, n, rule, rounds, peak=None):
    """One row of `minimix bench`; what PyTorch gives is None where it is missing. peak: GFLOP/s, for the fraction."""
    layers, shape = NETWORKS[model]
    row = {"model": model, "batch": n, "optimizer": rule, **compare(layers, shape, n, rule, rounds)}
    torch = row["peers"].get("torch")
    row["torch_ms"] = torch["ms"] if torch else None
    row["ratio"] = row["ms"] / torch["ms"] if torch else None
    row["gemm_fraction"] = flops(layers, shape, n) / (row["ms"] * 1e6) / peak if peak else None
    return row


def gemm_peak(n=1024, rounds=15):
    """The most GFLOP/s that this machine's float32 matrix product of n x n reaches."""
    xp = current().xp
    a = xp.ones((n, n), "float32")
    return 2 * n**3 / (1e6 * min(interleaved([lambda: a @ a], rounds, 0.05)[0]))


def machine():
    """{what: value}: versions, the BLAS kernel and its threads."""
    versions = {"python": sys.version.split()[0], "numpy": np.__version__}
    for name in PEERS:
        if name in sys.modules:
            versions[name] = importlib.metadata.version(name)
    blas = ", ".join(f"{name} {kernel or ''} x{count}".replace("  ", " ") for name, kernel, count in blas_libraries())
    return {**versions, "blas": blas, "backend": current().name}
