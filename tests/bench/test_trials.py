"""Whole trials beside PyTorch's: the same procedure on both sides, and rates that are of one round each."""

import importlib

import pytest
from click.testing import CliRunner

from minimix.bench import trials
from minimix.bench.trials import (
    RULES,
    SETTINGS,
    Crew,
    available,
    measure_trials,
    minimix_trial,
    operations,
    torch_trial,
)
from minimix.cli import main
from minimix.comparison import load_data
from minimix.config import Config
from minimix.optim import Optimizer

TINY = {"model": "mlp", "data": "glyphs", "train_size": 130, "test_size": 40}
TINY |= {"epochs": 3, "batch_size": 40, "record": 2, "optimizers": ["adam:lr=0.005"]}


def counted(monkeypatch, owner, name):
    """A list that grows with each call of owner.name."""
    calls, method = [], getattr(owner, name)
    monkeypatch.setattr(owner, name, lambda self, *a, **k: (calls.append(1), method(self, *a, **k))[1])
    return calls


@pytest.mark.parametrize("shuffle", ["once", "every-epoch"])
@pytest.mark.parametrize("tuned", [False, True])
def test_both_sides_make_the_same_steps_and_evaluations(monkeypatch, shuffle, tuned):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    config = Config(**TINY, shuffle=shuffle)
    data = load_data(config)
    ours, theirs = counted(monkeypatch, Optimizer, "step"), counted(monkeypatch, torch.optim.Adam, "step")
    cleared, orders = counted(monkeypatch, torch.optim.Adam, "zero_grad"), counted(monkeypatch, torch, "randperm")
    for trial in (minimix_trial(config, data), torch_trial(config, data, tuned)):
        accuracies = trial(0)
        assert len(accuracies) == 6 and max(accuracies[2:]) > 0.2  # ten classes: chance is 0.1
    assert len(ours) == len(theirs) == len(cleared) == 3 * 4
    assert len(orders) == (1 if shuffle == "once" else 3)


def test_tuned_pytorch_trains_the_cnn_channels_last(monkeypatch):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    config = Config("cnn", "shapes", ["sgd:lr=0.01"], train_size=8, test_size=4, epochs=1, batch_size=4, record=1)
    data = load_data(config)
    for tuned in (False, True):
        seen = []
        monkeypatch.setattr(
            torch.nn.Flatten, "forward", lambda _, x, seen=seen: (seen.append(x), x.flatten(1))[1]
        )  # its input is still an image
        assert len(torch_trial(config, data, tuned)(0)) == 1
        assert len(seen) == 3
        assert all(x.is_contiguous(memory_format=torch.channels_last) == tuned for x in seen)


def test_a_crew_trains_in_processes_of_its_own_and_ends_with_its_context():
    with Crew("minimix", TINY, 2) as crew:
        assert crew.ask("trial") == [6, 6]
    assert all(process.poll() is not None for process in crew.processes)


def test_a_process_that_ends_is_told(capfd):
    with Crew("minimix", TINY | {"batch_size": 1000}, 1) as crew, pytest.raises(RuntimeError, match="has ended"):
        crew.ask("trial")
    assert "batch_size must be 1 to 130" in capfd.readouterr().err


def test_a_process_that_has_ended_before_it_is_asked_is_told():
    with Crew("minimix", TINY, 1) as crew:
        crew.processes[0].kill()
        crew.processes[0].wait()
        with pytest.raises(RuntimeError, match="has ended"):
            crew.ask("trial")


@pytest.mark.slow
def test_all_frameworks_are_measured_in_their_own_processes():
    pytest.importorskip("torch", reason="torch is not installed")
    (row,) = measure_trials(2, None, 2, [(TINY, "adam:lr=0.005")])
    assert list(row["peers"]) == ["torch", "torch tuned"] and 0 < row["gemm_fraction"] < 1
    for peer in row["peers"].values():
        assert min(peer["ratio_range"]) <= peer["ratio"] <= max(peer["ratio_range"])


class Waiting:
    """A crew without processes: each reaches a peak of 50 GFLOP/s and makes all recordings."""

    recordings = 6.0

    def __init__(self, framework, settings, size):
        self.size = size

    def ask(self, what):
        return [50.0 if what == "peak" else self.recordings] * self.size

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


@pytest.fixture
def rates(monkeypatch):
    """What rounds measure: a warm-up, then three whose speed drifts for all alike."""
    monkeypatch.setattr(trials, "Crew", Waiting)
    monkeypatch.setattr(trials.importlib.util, "find_spec", lambda name: True)
    per_round = [(1, 1, 1), (300, 200, 240), (150, 100, 110), (330, 165, 275)]
    numbers = (rate for each in per_round for rate in each)
    monkeypatch.setattr(trials, "_trials_per_hour", lambda crew, settings: next(numbers))


def test_ratios_are_of_one_round_and_the_first_only_warms_up(rates):
    told = []
    (row,) = measure_trials(3, lambda *each: told.append(each), 2, [(TINY, "sgd:lr=0.01")])
    assert (row["per_hour"], row["range"], row["processes"]) == (300, [150, 330], 2)
    assert row["peers"]["torch"] == {"per_hour": 165, "range": [100, 200], "ratio": 1.5, "ratio_range": [1.5, 2.0]}
    assert row["peers"]["torch tuned"]["ratio"] == 1.25
    assert [rates["torch"] for *_, rates in told] == [200, 100, 165] and told[0][:2] == ("mlp", "sgd:lr=0.01")
    config = Config(**TINY)
    assert row["gemm_fraction"] == pytest.approx(300 / 3600 * operations(config, load_data(config)) / (2 * 50e9))


def test_operations_are_those_of_steps_and_evaluations():
    config = Config(**TINY)
    weights = 784 * 128 + 128 * 64 + 64 * 10
    step = 2 * 130 * (3 * weights - 784 * 128)  # no gradient for the images
    assert operations(config, load_data(config)) == 3 * (step + 2 * 2 * 40 * weights)


def test_the_rate_is_of_all_trials_that_run_at_once(monkeypatch):
    clock = iter([100.0, 102.0])
    monkeypatch.setattr(trials.time, "perf_counter", lambda: next(clock))
    assert trials._trials_per_hour(Waiting("minimix", TINY, 4), TINY) == 4 * 3600 / 2


def test_a_trial_that_ends_early_gives_no_rate(monkeypatch):
    monkeypatch.setattr(Waiting, "recordings", 5.0)
    with pytest.raises(RuntimeError, match="ended early"):
        trials._trials_per_hour(Waiting("minimix", TINY, 2), TINY)


def test_without_the_study_s_files_data_are_drawn(monkeypatch):
    def missing():
        raise FileNotFoundError

    monkeypatch.setattr(trials, "DRAWN", {"mnist": (missing, "glyphs"), "cifar10": (lambda: {}, "shapes")})
    assert available(SETTINGS["mlp"]) == SETTINGS["mlp"] | {"data": "glyphs"}
    assert available(SETTINGS["cnn"]) == SETTINGS["cnn"]


def test_the_command_prints_ours_and_each_peer_s_rate(rates, monkeypatch, tmp_path):
    cases = [(TINY, "sgd:lr=0.01")]
    module = importlib.import_module("minimix.cli.bench")
    monkeypatch.setattr(module, "measure_trials", lambda rounds, told: measure_trials(rounds, told, 2, cases))
    path = tmp_path / "rates.svg"
    result = CliRunner().invoke(main, ["bench", "--trials", "--rounds", "3", "--out", str(path)])
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.output.splitlines()]
    assert ["mlp", "glyphs", "sgd:lr=0.01", "torch", "165", "100-200", "1.50", "1.50-2.00"] in lines
    assert any(line[:6] == ["mlp", "glyphs", "sgd:lr=0.01", "minimix", "300", "150-330"] for line in lines)
    assert path.stat().st_size > 1000


def test_threads_are_not_asked_for_with_trials():
    result = CliRunner().invoke(main, ["bench", "--trials", "--threads", "2"])
    assert result.exit_code == 2 and "leave out --threads" in result.output


def test_every_network_has_rules_that_fit_its_settings():
    for model, settings in SETTINGS.items():
        for rule in RULES[model]:
            assert Config(**settings, optimizers=[rule]).model == model
