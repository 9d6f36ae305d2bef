import json

import pytest

from minimix import runs
from minimix.config import Config
from minimix.runs import Run, new_folder, read_config
from minimix.training import Trial


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
    assert accuracy == {"mean": 0.9, "min": 0.9, "max": 0.9, "per_trial": [0.9]}


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

    monkeypatch.setattr(runs.os, "fsync", full)
    with pytest.raises(OSError, match=r"results\.json' could not be written: No space left on device"):
        add(run, "adam:lr=0.001", 1, trial(0.8))
    assert Run.open(tmp_path / "run").result.done == {("adam:lr=0.001", 0)}
    assert not list((tmp_path / "run").glob("*.part"))


def test_new_folders_are_numbered(tmp_path):
    first = new_folder(Config(), tmp_path)
    first.mkdir()
    assert (first.name, new_folder(Config(), tmp_path).name) == ("mlp-glyphs-1", "mlp-glyphs-2")


@pytest.mark.parametrize(
    "text, sentence", [("{", "is not valid JSON"), ('{"modle": "mlp"}', "it has 'modle'"), ("[1]", "no configuration")]
)
def test_a_bad_configuration_is_named(tmp_path, text, sentence):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ValueError, match=sentence):
        read_config(tmp_path / "config.json")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        Run.open(tmp_path / "missing")
