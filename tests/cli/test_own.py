"""A reader's own network, data and loss at the command line."""

import hashlib
import re

import joblib
import numpy as np
import pytest
from click.testing import CliRunner

from minimix.cli import main
from minimix.study.folder import Folder

FILE = """
import numpy as np
from minimix import nn

def net(seed):
    rng = np.random.default_rng(seed)
    return nn.Sequential(nn.Flatten(), nn.Dense(6, 8, rng), nn.ReLU(), nn.Dense(8, 3, rng))

def slope(seed):
    return nn.Sequential(nn.Dense(1, 1, np.random.default_rng(seed)))

def line(seed):
    x = np.random.default_rng(seed).uniform(-1, 1, 60)
    return x, 3 * x

def loss(output, target):
    return ((output - target) ** 2).mean()

def broken(output, target):
    return output.nothing

def late(output, target, calls=[]):
    calls.append(1)
    return loss(output, target) if len(calls) < 30 else calls["no"]
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(joblib, "effective_n_jobs", lambda n: max(n, 1))  # in this process where nothing is said
    (tmp_path / "my.py").write_text(FILE)
    rng = np.random.default_rng(0)
    y = np.arange(120) % 3
    x = rng.normal(0, 0.3, (120, 2, 3)) + np.eye(3)[y][:, None]
    np.savez("d.npz", x=x, y=y)
    np.savez("objects.npz", x=np.array([None] * 9), y=y[:9])
    np.savez("from1.npz", x=x, y=y + 1)
    np.savez("gap.npz", x=x, y=y * 2)
    np.savez("floats.npz", x=x, y=y + 0.5)
    return lambda *arguments: CliRunner().invoke(main, list(arguments))


OWN = ["compare", "--model", "my.py:net", "--data", "d.npz", "-o", "adam:lr=0.02", "-o", "sgd:lr=0.5"]
LINE = ["compare", "--model", "my.py:slope", "--data", "my.py:line", "-o", "adam:lr=1e-4", "-o", "sgd:lr=0.3"]


def trials(folder):
    """{(label, number): trial} of a comparison."""
    found = Folder(folder)
    return {(t["optimizer"], t["trial"]): t for t in found.result(found.plans()["compare"]).trials}


def losses(folder):
    return {key: trial["val_loss"] for key, trial in trials(folder).items()}


def test_own_network_and_data_give_figure_table_and_verdict(run, tmp_path):
    result = run(*OWN, "--trials", "2")
    assert result.exit_code == 0, result.output
    assert "96 training and 24 test images of 2x3x1, 3 classes; test part drawn with seed 0" in result.output
    assert "to adam:lr=0.02, in points" in result.output and "on this test set of 24 samples" in result.output
    folder = tmp_path / "runs" / "net-d-1"
    assert {p.name for p in folder.iterdir()} == {"figure.png", "summary.json", "study.json", "trials", "progress"}
    assert all(t["val_accuracy"][-1] > 0.8 for t in trials(folder).values())


@pytest.mark.parametrize("loss", ["mse", "my.py:loss"])
def test_regression_speaks_of_loss_and_knows_that_less_is_better(run, tmp_path, loss):
    result = run(*LINE, "--loss", loss, "--out", "a")
    assert result.exit_code == 0, result.output
    assert "48 training and 12 test rows of 1, targets of 1" in result.output and "points" not in result.output
    assert re.search(r"^sgd:lr=0\.3 .* \[.*\]  better$", result.output, re.MULTILINE)
    assert re.search(r"sgd:lr=0\.3, trial 1: loss [\d.e-]+, ", result.output)
    trial = next(iter(trials(tmp_path / "a").values()))
    assert set(trial["val_accuracy"]) == {None} and trial["val_loss"][-1] < trial["val_loss"][0]
    assert run("plot", "a", "--out", "b.svg").exit_code == 0 and "validation loss" in (tmp_path / "b.svg").read_text()


def test_two_jobs_find_the_files(run):
    for n in "12":
        assert run(*LINE, "--loss", "my.py:loss", "--trials", "2", "--jobs", n, "--out", n).exit_code == 0
    assert losses("1") == losses("2")


def test_the_run_keeps_the_sums_of_the_files_and_resumes_only_with_the_same(run, tmp_path):
    assert run(*OWN, "--trials", "1", "--out", "a").exit_code == 0
    sums = {"my.py": hashlib.sha256((tmp_path / "my.py").read_bytes()).hexdigest()}
    plan = Folder("a").plans()["compare"]
    assert all(identity["files"] == sums for identity in plan["identities"].values())
    whole, kept = losses("a"), Folder("a")
    kept.trial(next(iter(kept.names(plan).values()))).unlink()
    (tmp_path / "my.py").write_text(FILE + "\n")
    result = run("compare", "--resume", "a")
    assert result.exit_code == 1 and "Error: my.py has changed since 'a' was begun" in result.output
    assert run("compare", "--config", "a/study.json", "--out", "b").exit_code == 0
    (tmp_path / "my.py").unlink()
    result = run("compare", "--resume", "a")
    assert result.exit_code == 1 and "there is no file 'my.py'" in result.output
    assert run("plot", "a").exit_code == 0  # what is computed can still be drawn
    (tmp_path / "my.py").write_text(FILE)
    assert run("compare", "--resume", "a").exit_code == 0
    assert losses("a") == whole and len(whole) == 2


def test_train_takes_them_too(run, tmp_path):
    own = ["--model", "my.py:slope", "--data", "my.py:line", "--loss", "my.py:loss"]
    result = run("train", *own, "-o", "sgd:lr=0.3", "--epochs", "20")
    assert result.exit_code == 0 and "validation loss 0.0000" in result.output and "accuracy" not in result.output
    with np.load(tmp_path / "slope-line.npz") as saved:
        assert saved["dense1.weight"] == pytest.approx(3, abs=1e-2)
    assert run("train", "--model", "my.py:net", "--data", "d.npz").exit_code == 0
    assert (tmp_path / "net-d.npz").exists()


BAD = [
    (["--model", "my.py:nett"], "did you mean 'net'?"),
    (["--model", "your.py:net"], "there is no file 'your.py'"),
    (["--model", "mlp"], "batch_size must be 1 to 96, the number of training samples, got 256"),
    (
        ["--model", "mlp", "--batch-size", "9"],
        "mlp does not fit d.npz: dense1 takes inputs of shape (n, 784), got (9, 6)",
    ),
    (
        ["--model", "my.py:slope"],
        "dense1 takes inputs of shape (n, 1), got (32, 2, 3, 1); put Flatten() before it",
    ),
    (["--model", "my.py:line"], "my.py:line must return a Module, as nn.Sequential(…) is one"),
    (["--data", "e.npz"], "there is no file 'e.npz'"),
    (["--data", "glyph"], "did you mean 'glyphs'?"),
    (["--data", "objects.npz"], "objects.npz: x.npy holds Python objects"),
    (["--data", "from1.npz"], "labels must be 0 to 2 for 3 classes, but y hold 1 to 3 without 0"),
    (["--data", "gap.npz"], "y hold 0 to 4 without 1"),
    (["--data", "floats.npz"], "to predict numbers take the loss mse"),
    (["--data", "."], "it has no train-images-idx3-ubyte"),
    (["--loss", "mse"], "needs a prediction and a target of the same shape, got (32, 3) and (32, 1)"),
    (["--loss", "msa"], "did you mean 'mse'?"),
    (["--loss", "my.py:los"], "did you mean 'loss'?"),
    (["--loss", "my.py:broken"], "`): AttributeError: 'Tensor' object has no attribute 'nothing'"),
]


@pytest.mark.parametrize(("change", "sentence"), BAD, ids=[" ".join(change) for change, _ in BAD])
def test_bad_input_gets_one_sentence_and_leaves_nothing_behind(run, tmp_path, change, sentence):
    before = sorted(tmp_path.iterdir())
    for command in (["compare", "-o", "adam"], ["train"]):
        settings = {"--model": "my.py:net", "--data": "d.npz"} | dict(zip(change[::2], change[1::2], strict=True))
        result = run(*command, *(word for pair in settings.items() for word in pair))
        assert result.exit_code == 1 and "Traceback" not in result.output
        assert sentence in result.output and result.output.count("Error") <= 2
        assert len(result.output.splitlines()) <= 2  # "loading d.npz", and the sentence
    assert [path for path in sorted(tmp_path.iterdir()) if path.name != "__pycache__"] == before


def test_code_that_fails_in_the_middle_is_told_and_what_was_finished_is_kept(run, tmp_path):
    result = run(*LINE, "--loss", "my.py:late", "--epochs", "4", "--out", "a")
    assert result.exit_code == 1 and "2 finished trials kept; --resume a does the others" in result.output
    assert "sgd:lr=0.3, trial 2: your code fails: line 24 of my.py (" in result.output
    assert ": TypeError: list indices must be" in result.output
    assert len(trials(tmp_path / "a")) == 2
