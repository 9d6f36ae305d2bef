import importlib
import importlib.machinery
import itertools
import json
import sys
import types

import numpy as np
import pytest
from click.testing import CliRunner

from minimix import models, plots
from minimix.bench import timing
from minimix.bench.memory import peak
from minimix.bench.steps import NETWORKS, PEERS, _runs, flops
from minimix.bench.timing import interleaved
from minimix.cli import main


def test_json_has_a_row_for_each_model_and_optimizer(monkeypatch):
    monkeypatch.setattr(timing, "_calls", lambda run, seconds: 1)  # once is enough here
    monkeypatch.setattr(importlib.import_module("minimix.cli.bench"), "gemm_peak", lambda: 50.0)
    result = CliRunner().invoke(main, ["bench", "--json", "--rounds", "1"])
    rows = json.loads(result.output)
    assert [(r["model"], r["optimizer"]) for r in rows] == [
        *((model, rule) for model in ("mlp", "cnn") for rule in ("sgd", "adam", "mas")),
        ("cnn-fig1", "sgd"),
    ]
    for row in rows:
        assert row["ms"] > 0
        gigaflops = flops(*NETWORKS[row["model"]], row["batch"]) / row["ms"] / 1e6
        assert row["gemm_fraction"] == pytest.approx(gigaflops / 50)
        if row["torch_ms"] is None:
            assert row["ratio"] is None
        else:
            assert row["ratio"] == pytest.approx(row["ms"] / row["torch_ms"])


def test_the_peak_is_of_the_largest_of_the_rounds(monkeypatch):
    monkeypatch.setattr(timing, "interleaved", lambda runs, rounds, seconds: [[4.0, 2.0, 3.0] for _ in runs])
    assert timing.gemm_peak(n=100) == 2 * 100**3 / 2e-3 / 1e9


def test_flops_are_counted_layer_by_layer():
    layers, shape = NETWORKS["mlp"]
    assert flops(layers, shape, 256) == 2 * 256 * (2 * 784 * 128 + 3 * (128 * 64 + 64 * 10))
    first, second = 28 * 28 * 3 * 32 * 25, 10 * 10 * 32 * 64 * 25
    dense = 1600 * 312 + 312 * 84 + 84 * 10
    assert flops(*NETWORKS["cnn"], 20) == 2 * 20 * (2 * first + 3 * (second + dense))


@pytest.mark.parametrize("model, parameters", [("mlp", 109_386), ("cnn", 580_350)])
def test_the_timed_network_is_the_study_s(model, parameters):
    layers, _ = NETWORKS[model]
    sizes = [layer[1:] for layer in layers if not isinstance(layer, str)]
    count = sum(a * b * (k[0] ** 2 if k else 1) + b for a, b, *k in sizes)
    assert count == parameters == sum(p.size for p in models.MODELS[model]().parameters())


def test_rounds_alternate_between_the_functions():
    calls = []
    times = interleaved([lambda: calls.append("a"), lambda: calls.append("b")], 3, seconds=1e-4)
    assert [len(t) for t in times] == [3, 3] and min(map(min, times)) > 0
    order = "".join(calls)
    assert order.count("ab") >= 3 and order.count("ba") >= 3


@pytest.mark.parametrize(
    "rows, unit",
    [
        ([{"model": "mlp", "batch": 1, "optimizer": "sgd", "ms": 1.0, "peers": {"torch": {"ms": 2.0}}}], "ms"),
        ([{"model": "mlp", "framework": "torch", "import": 1.0, "peak": 2.0}], "MiB"),
    ],
)
def test_bars_are_as_long_as_the_numbers(rows, unit):
    axes = plots.bars(rows, unit).axes[0]
    assert [bar.get_width() for bar in axes.patches] == ([1.0, 2.0] if unit == "ms" else [2.0])


def test_bars_have_one_width_and_do_not_overlap():
    ours = {"model": "mlp", "batch": 256, "ms": 1.0}
    many = {**ours, "optimizer": "sgd", "peers": {name: {"ms": 2.0} for name in PEERS}}
    few = {**ours, "optimizer": "adam", "peers": {"torch": {"ms": 2.0}}}
    bars = sorted(plots.bars([many, few], "ms").axes[0].patches, key=lambda bar: bar.get_y())
    assert len({round(bar.get_height(), 9) for bar in bars}) == 1
    assert all(a.get_y() + a.get_height() < b.get_y() for a, b in itertools.pairwise(bars))


def test_tinygrad_without_a_compiler_is_no_peer(monkeypatch):
    class Device:
        def __getattr__(self, name):
            raise RuntimeError("no usable devices")

    tinygrad = types.ModuleType("tinygrad")
    tinygrad.Device, tinygrad.__spec__ = Device(), importlib.machinery.ModuleSpec("tinygrad", None)
    monkeypatch.setitem(sys.modules, "tinygrad", tinygrad)
    assert not _runs.__wrapped__("tinygrad")


def test_memory_is_measured_in_a_process_of_its_own():
    before_and_peak = peak("minimix", "mlp", 2)
    assert 10 < before_and_peak["import"] <= before_and_peak["peak"] < 2000


def test_the_peak_of_a_process_is_not_that_of_the_one_that_started_it():
    large = np.ones(300 << 17)  # 300 MiB
    assert peak("minimix", "mlp", 2)["peak"] < large.nbytes / (1 << 20)


def test_memory_has_no_backend():
    result = CliRunner().invoke(main, ["bench", "--memory", "--backend", "numpy"])
    assert result.exit_code == 2 and "--memory is the host's, on numpy: leave out --backend" in result.output
