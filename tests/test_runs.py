import json
import os

import pytest

from minimix.config import Config
from minimix.runs import Run, new_folder, read_config
from minimix.training import Trial
from tests import small


def add(run, label, number, trial):
    run.result.add(label, number, trial)
    run.save()


def trial(accuracy=0.5, loss=1.0):
    return Trial([1.0], [loss], [loss], [accuracy], 0.1)


def test_a_run_reads_back_as_it_was_written(tmp_path):
    run = Run.create(tmp_path / "run", Config(trials=2))
    add(run, "adam:lr=0.001", 0, trial(0.9))
    again = Run.open(tmp_path / "run")
    assert again.config() == Config(trials=2) and again.result == run.result
    assert again.result.done == {("adam:lr=0.001", 0)}
    results = json.loads((tmp_path / "run" / "results.json").read_text())
    accuracy = results["summary"]["adam:lr=0.001"]["val_accuracy"]
    assert accuracy == {"mean": 0.9, "sd": None, "min": 0.9, "max": 0.9, "per_trial": [0.9]}


def test_numbers_that_are_not_finite_become_null(tmp_path):
    run = Run.create(tmp_path / "run", Config())
    add(run, "adam:lr=0.001", 0, trial(loss=float("nan")))
    assert json.loads((tmp_path / "run" / "results.json").read_text())["trials"][0]["val_loss"] == [None]


def test_an_existing_folder_is_refused_and_left_alone(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(FileExistsError, match="exists; choose another folder, or continue that run with --resume"):
        Run.create(tmp_path, Config())
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_full_disk_leaves_the_finished_trials_readable(tmp_path, monkeypatch):
    run = Run.create(tmp_path / "run", Config())
    add(run, "adam:lr=0.001", 0, trial(0.9))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"results\.json' could not be written: No space left on device"):
        add(run, "adam:lr=0.001", 1, trial(0.8))
    assert Run.open(tmp_path / "run").result.done == {("adam:lr=0.001", 0)}
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"config.json", "results.json"}


def test_new_folders_are_numbered(tmp_path):
    first = new_folder(Config(), tmp_path)
    first.mkdir()
    assert (first.name, new_folder(Config(), tmp_path).name) == ("mlp-glyphs-1", "mlp-glyphs-2")


@pytest.mark.parametrize(
    "text, sentence",
    [("{", "is not valid JSON"), ('{"modle": "mlp"}', "it has 'modle'"), ("[1]", "must hold a dictionary")],
)
def test_a_bad_configuration_is_named(tmp_path, text, sentence):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ValueError, match=sentence):
        read_config(tmp_path / "config.json")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        Run.open(tmp_path / "missing")


@pytest.mark.parametrize("change", [{"epochs": 4}, {"seed": 1}, {"trials": 9}, {"optimizers": ["sgd"]}, {"lr": 0.5}])
def test_settings_that_were_edited_since_are_named(tmp_path, change):
    run = Run.create(tmp_path / "run", Config(epochs=1, trials=2))
    add(run, "adam:lr=0.001", 0, trial(0.9))
    path = tmp_path / "run" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    key, now = next(iter(change.items()))
    sentence = (
        "must be of one of the optimizers" if key == "optimizers" else f"run': {key} is {now} in config.json, but"
    )
    with pytest.raises(ValueError, match=sentence):
        Run.open(tmp_path / "run")


def test_other_data_than_a_run_was_begun_with_are_refused(tmp_path):
    run = Run.create(tmp_path / "run", Config(), small.dataset().about())
    run.check_data(small.dataset().about())
    with pytest.raises(ValueError, match=r"x_train has changed since .* was begun"):
        Run.open(tmp_path / "run").check_data(small.dataset(train=50).about())
    assert Run.open(tmp_path / "run").result.data == small.dataset().about()


def test_a_run_that_cannot_be_begun_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: exec("raise OSError(28, 'No space left on device')"))
    with pytest.raises(OSError, match="could not be written: No space left on device; nothing of it is left"):
        Run.create(tmp_path / "run", Config())
    assert list(tmp_path.iterdir()) == []


RESULTS = [
    "[]",
    '{"trials": 3}',
    '{"config": [], "trials": []}',
    '{"config": {}}',
    '{"trials": [{}]}',
    "{",
    '{"trials": NaN}',
]


@pytest.mark.parametrize("text", RESULTS)
def test_bad_results_are_told_with_their_file(tmp_path, text):
    Run.create(tmp_path / "run", Config())
    (tmp_path / "run" / "results.json").write_text(text)
    with pytest.raises(ValueError, match=r"^'.*results\.json'"):
        Run.open(tmp_path / "run")
