"""minimix tune, as it is typed."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from minimix.cli import main
from minimix.study.folder import Folder
from minimix.study.tuning import tuned

NET = """
from minimix import nn
def net(seed):
    return nn.Sequential(nn.Dense(4, 3, seed))
"""


def run(*words):
    return CliRunner().invoke(main, ["tune", *map(str, words)])


@pytest.fixture
def task(tmp_path):
    """The words of a command that tunes two rules within a second or two."""
    (tmp_path / "my.py").write_text(NET)
    x = np.random.default_rng(0).normal(size=(60, 4)).astype("float32")
    np.savez(tmp_path / "d.npz", x=x, y=x[:, :3].argmax(axis=1))
    small = ["--model", f"{tmp_path / 'my.py'}:net", "--data", tmp_path / "d.npz", "--epochs", 1, "--batch-size", 8]
    rules = ["-o", "sgd:lr=0.1", "-o", "Adam=adam"]
    return [*small, *rules, "--runs", 3, "--trials", 2, "--name", "t", "--out", tmp_path / "s"]


def test_it_tunes_reports_draws_and_goes_on(task, tmp_path):
    first = run(*task)
    assert first.exit_code == 0, first.output
    assert "sgd:lr=0.1: default lr 0.1, " in first.output
    assert "every optimizer tried" in first.output
    assert (tmp_path / "s" / "t.png").read_bytes().startswith(b"\x89PNG")
    summary = json.loads((tmp_path / "s" / "summary.json").read_text())
    assert list(summary) == ["t, default", "t, tuned"]
    found = tuned(Folder(tmp_path / "s"))["t"]
    assert list(found.rules) == ["sgd:lr=0.1", "Adam"]
    assert found.plan["reference"] == "Adam"
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "s" / "trials").iterdir()}
    again = run(*task)
    assert again.output.splitlines()[-12:] == first.output.splitlines()[-12:]
    assert stamps == {path: path.stat().st_mtime_ns for path in (tmp_path / "s" / "trials").iterdir()}
    refused = run(*task, "--reference", "sgd:lr=0.1")
    assert refused.exit_code != 0
    assert "has a plan 't' whose reference is 'Adam', not 'sgd:lr=0.1'" in refused.output


def test_a_rule_by_itself_has_a_table_and_a_report(task, tmp_path):
    alone = [word for k, word in enumerate(task) if "sgd:lr=0.1" not in task[k : k + 2]]
    result = run(*alone)
    assert result.exit_code == 0, result.output
    assert "Adam" in result.output and "sgd" not in result.output
    assert CliRunner().invoke(main, ["report", str(tmp_path / "s")]).exit_code == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["-o", "Adam=sgd"], "optimizer 'Adam' was given twice"),
        (["-o", "adm"], "did you mean 'adam'?"),
        (["-o", "freeze"], "freeze: freeze has no learning rate, so there is nothing to tune"),
        (["--runs", 1], "runs must be at least 3, got 1"),
        (["--seeds", 2], "seeds must be at least 3, got 2"),
        (["--lr-range", 1, 0.1], "lr_range must be two rates above 0, the lower one first, got [1.0, 0.1]"),
        (["--lr-range", -1, 0.1], "lr_range must be two rates above 0"),
        (["--reference", "Adm"], "reference must be one of sgd:lr=0.1, Adam, got 'Adm'; did you mean 'Adam'?"),
        (["--trials", 0], "trials must be a whole number of at least 1"),
        (["--batch-size", 45], "batch_size"),
    ],
    ids=str,
)
def test_bad_input_gets_a_sentence_and_nothing_is_written(task, tmp_path, words, sentence):
    result = run(*task, *words)
    assert result.exit_code != 0
    assert sentence in " ".join(result.output.split())
    assert "Traceback" not in result.output
    assert not (tmp_path / "s").exists()


def test_a_trial_that_cannot_be_done_is_told_and_tried_again(task, tmp_path):
    (tmp_path / "bad.py").write_text(
        "class Fragile:\n"
        "    def __init__(self, lr=1.0):\n"
        "        self.lr = lr\n"
        "    def propose(self, w, g, state):\n"
        "        if self.lr > 1:\n"
        "            raise ValueError('too fast')\n"
        "        return g, self.lr\n"
    )
    result = run(*task, "-o", f"mine={tmp_path / 'bad.py'}:Fragile")
    assert result.exit_code == 1
    assert "too fast" in result.output
    assert "trials could not be done; the same command tries them again" in result.output
    assert tuned(Folder(tmp_path / "s"))["t"].left
    plans = json.loads((tmp_path / "s" / "study.json").read_text())["plans"]
    assert list(plans) == ["t"]
