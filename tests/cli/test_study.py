"""minimix study: what it lists, trains, draws and says, and what it refuses."""

import importlib
import json

import pytest
from click.testing import CliRunner

from minimix.cli import main
from minimix.config import Config
from minimix.study import cost, gamma, plans, running
from minimix.study.folder import Folder
from minimix.study.reading import Reading
from tests.study.made import keep

command = importlib.import_module("minimix.cli.study")  # the package has the command under this name
SMALL = ["--quick", "--epochs", "1", "--trials", "1", "--figures", "png"]


def study(*words):
    return CliRunner().invoke(main, ["study", *map(str, words)])


@pytest.fixture
def no_measuring(monkeypatch):
    """Neither costs are measured nor many images drawn."""
    monkeypatch.setitem(plans.QUICK, "glyphs", {"epochs": 1, "train_size": 320, "batch_size": 32})
    monkeypatch.setattr(cost, "seconds", lambda config, label, measured: 60.0)


def test_figures_are_trained_once_drawn_and_told(tmp_path, no_measuring):
    first = study("fig2", "fig4b", *SMALL, "--out", tmp_path / "s")
    assert first.exit_code == 0, first.output
    assert "0 of 5 trials are there" in first.output and "the others take about 5 min, 1 at a time" in first.output
    assert "fig2+quick: layer split on glyphs" in first.output and "mix: no verdict, one trial" in first.output
    assert {p.name for p in (tmp_path / "s").glob("*.*")} == {
        *("study.json", "summary.json", "fig2+quick.png", "fig4+quick.png")
    }
    trials = {p: p.stat().st_mtime_ns for p in (tmp_path / "s" / "trials").iterdir()}
    assert len(trials) == 5
    again = study("fig4b", *SMALL, "--out", tmp_path / "s")
    assert "3 of 3 trials are there" in again.output and "the others take" not in again.output
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "s" / "trials").iterdir()} == trials


def test_more_trials_are_added_and_other_settings_refused(tmp_path, no_measuring):
    out = ["--out", tmp_path / "s"]
    study("fig2", "--quick", "--epochs", 1, "--trials", 1, *out)
    assert study("fig2", "--quick", "--epochs", 1, "--trials", 2, *out).exit_code == 0
    refused = study("fig2", "--quick", "--epochs", 2, "--trials", 2, *out)
    assert refused.exit_code == 1 and "epochs 1, not 2; take another folder" in refused.output
    assert len(list((tmp_path / "s" / "trials").iterdir())) == 6


@pytest.mark.parametrize(
    "word, meant",
    [("fig22", "'fig2'"), ("tme", "'time'"), ("lisst", "'list'"), ("claim", "'claims'"), ("FIG7", "'fig7'")],
)
def test_a_figure_that_is_none_is_answered_with_the_nearest(word, meant):
    result = study(word)
    assert result.exit_code == 1 and f"did you mean {meant}" in result.output


def test_a_command_among_figures_is_told_where_it_belongs():
    assert "minimix study list" in study("fig2", "list").output


def test_a_reading_that_is_none_is_answered_with_the_nearest():
    result = study("fig2", "--as", "cod")
    assert result.exit_code == 2 and "did you mean 'code'" in result.output


def test_without_a_word_it_says_what_there_is():
    assert {"list", "run", "claims"} <= set(study("--help").output.split())


def test_every_difference_of_a_reading_is_an_option():
    text = study("run", "--help").output
    for name in Reading.__dataclass_fields__:
        assert f"--{name.replace('_', '-')}" in text


def test_an_option_overrides_a_reading(tmp_path, no_measuring, monkeypatch):
    seen = []
    monkeypatch.setattr(command, "prepare", lambda plans, *_: seen.append(list(plans)) or [])
    monkeypatch.setattr(command, "_show", lambda *_: None)
    study("fig7", "--as", "report", "--out", tmp_path)
    study("fig7", "--as", "report", "--cnn", "cnn", "--no-branch-step", "--out", tmp_path)
    study("fig4", "--as", "code", "--no-continue-trials", "--no-validation-loss", "--out", tmp_path)
    assert seen[0] == ["fig7+report"] and seen[1] == ["fig7+momentum-both"]
    assert seen[2] == [f"fig4{letter}+frozen-biases" for letter in "abcd"]


def test_all_is_everything(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(command, "prepare", lambda plans, *_: seen.extend(plans) or [])
    monkeypatch.setattr(command, "_show", lambda *_: None)
    monkeypatch.setattr(command, "_gamma", lambda _: seen.append("gamma"))
    assert study("all", "--out", tmp_path).exit_code == 0
    fours = [f"fig4{letter}" for letter in "abcd"]
    assert seen == ["fig2", "fig3", *fours, "fig5", "fig6", "fig7", "time", "related", "gain", "gain-cnn", "gamma"]


def test_the_list_says_what_each_figure_costs(no_measuring):
    lines = study("list").output.splitlines()
    (fig2,) = [line for line in lines if line.startswith("fig2 ")]
    assert fig2.split()[:6] == ["fig2", "10", "x", "3", "x", "150"] and "30 min" in fig2  # 30 trials of a minute
    assert any(line.startswith("gamma:") for line in lines)
    distinct = {
        (*sorted(plan.procedure.items()), repr(rule), k)
        for plan in plans.figures().values()
        for rule in Config(**plan.procedure, optimizers=plan.rules).rules.values()
        for k in range(plan.trials)
    }
    assert lines[-1] == f"all: each distinct trial once: {len(distinct) / 60:.1f} h"


def test_timed_trials_run_one_at_a_time(tmp_path, no_measuring, monkeypatch):
    seen = {}
    monkeypatch.setattr(command, "train", lambda work, folder, n_jobs, dask: seen.update({work.name: n_jobs}))
    study("time", "fig2", *SMALL, "--jobs", 2, "--out", tmp_path / "s")
    assert seen == {"time+quick": 1, "fig2+quick": 2}


def test_claims_are_told_of_a_folder(tmp_path):
    keep(tmp_path, "fig2", {"SGD": [97.6, 97.7, 97.8], "Adam": [90, 90.1, 90.2]})
    said = study("claims", tmp_path).output.splitlines()
    assert [line.split()[-1] for line in said] == ["holds?", "yes", "no", "trial"]
    (tmp_path / "empty").mkdir()
    assert "makes a claim" in study("claims", tmp_path / "empty").output


def test_gamma_is_computed_once_and_kept(tmp_path, monkeypatch):
    one = gamma.Found(0.01, [[1.0, 2.0]] * 9, [[1.0, 2.0]] * 9, [[0.2, 0.3], [0.8, 0.7]])
    monkeypatch.setattr(gamma, "explore", lambda on_run: [one])
    first = study("gamma", "--out", tmp_path / "s")
    assert first.exit_code == 0 and one.sentence() in first.output
    assert json.loads((tmp_path / "s" / "gamma.json").read_text())["sentences"] == [one.sentence()]
    monkeypatch.setattr(gamma, "explore", lambda on_run: pytest.fail("it is there"))
    assert study("gamma", "--out", tmp_path / "s").output.count(one.sentence()) == 1
    assert (tmp_path / "s" / "gamma.svg").stat().st_size > 1000


def test_a_stop_keeps_what_is_there(tmp_path, no_measuring, monkeypatch):
    run = running.run

    def stopped(folder, todo, *more, **options):
        run(folder, todo[:1], *more, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "run", stopped)
    result = study("fig2", *SMALL, "--out", tmp_path / "s")
    assert result.exit_code == 130 and "the same command goes on" in result.output
    assert sum(Folder(tmp_path / "s").done(p.stem) for p in (tmp_path / "s" / "trials").iterdir()) == 1


def test_a_trial_that_fails_is_told_and_the_others_stand(tmp_path, no_measuring):
    result = study("fig2", *SMALL, "--record", 99, "--out", tmp_path / "s")
    assert result.exit_code == 1 and "record must be 1 to 10" in result.output
    assert "trials that failed: 3; the same command tries them again" in result.output


def test_as_code_each_trial_goes_on_from_the_last_one_s_weights(tmp_path, no_measuring):
    result = study("fig2", *SMALL, "--trials", 2, "--as", "code", "--out", tmp_path)
    assert result.exit_code == 0 and "continue one another" in result.output
    folder = Folder(tmp_path)
    trials = folder.result(folder.plans()["fig2+code+quick"]).trials
    loss = {(t["optimizer"], t["trial"]): t["val_loss"][-1] for t in trials}
    assert all(loss[label, 1] < loss[label, 0] - 0.2 for label in ("Adam", "mix")), loss
