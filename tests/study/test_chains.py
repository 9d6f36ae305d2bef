"""Trials that continue one another end with the same bytes, however often they are stopped."""

import json

import pytest

from minimix import compare
from minimix.comparison import load_data
from minimix.config import Config
from minimix.study import running
from minimix.study.folder import Folder

NETWORK = """
from minimix import nn

def net(seed):
    rng = nn.init.generator(seed)
    return nn.Sequential(
        nn.Flatten(), nn.Dense(784, 8, rng), nn.BatchNorm(8), nn.Dropout(0.5, rng.spawn(1)[0]), nn.Dense(8, 10, rng)
    )

def momentum(w, g, state, t):
    state["b"] = 0.9 * state.get("b", 0) + g
    return w - 0.01 * state["b"]
"""
SETTINGS = {"model": "my.py:net", "trials": 3, "epochs": 1, "batch_size": 50, "train_size": 200, "test_size": 50}
RULES = ["adam", "swats", "my.py:momentum"]


@pytest.fixture
def work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.py").write_text(NETWORK)
    config = Config(**SETTINGS, data="glyphs", optimizers=RULES, continue_trials=True)
    data = load_data(config)
    return running.jobs(config, data.about()["sha256"]), data


def contents(path):
    """{file name: content without "run"} of the trials of a folder."""
    return {
        file.name: {key: x for key, x in json.loads(file.read_bytes()).items() if key != "run"}
        for file in (path / "trials").iterdir()
    }


def test_a_chain_that_is_stopped_after_each_trial_ends_as_one_that_is_not(work, tmp_path):
    todo, data = work
    running.run(Folder("whole"), todo, data)
    for number in range(3):  # each time anew, with what the folder has
        running.run(Folder("cut"), [job for job in todo if job.number <= number], data)
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole") and len(contents(tmp_path / "cut")) == 9
    last = {job.name for job in todo if job.number == 2 and job.label != "my.py:momentum"}
    assert {path.stem for path in (tmp_path / "cut" / "checkpoints").iterdir()} == last


def test_a_chain_goes_on_from_its_checkpoint_and_where_that_is_damaged_from_its_beginning(work, tmp_path, monkeypatch):
    todo, data = work
    todo = [job for job in todo if job.label == "adam:lr=0.001"]
    trained, train = [], running.train

    def watched(job, *more):
        trained.append(job.number)
        return train(job, *more)

    monkeypatch.setattr(running, "train", watched)
    running.run(Folder("a"), todo[:2], data)
    assert trained == [0, 1]
    running.run(Folder("a"), todo, data)
    assert trained == [0, 1, 2]
    (checkpoint,) = (tmp_path / "a" / "checkpoints").iterdir()
    whole = contents(tmp_path / "a")
    for damage in (checkpoint.read_bytes()[:-300], b""):
        Folder("a").trial(todo[2].name).unlink()
        Folder("a").checkpoint(todo[1].name).write_bytes(damage)
        running.run(Folder("a"), todo, data)
        assert trained[-3:] == [0, 1, 2] and contents(tmp_path / "a") == whole


def test_a_chain_in_a_folder_is_that_in_memory_and_is_told_trial_by_trial(work, tmp_path):
    todo, data = work
    told = []
    running.run(Folder("a"), todo, data, 2, lambda job, error: told.append((job.label, job.number, error)))
    assert sorted(told) == sorted((job.label, job.number, None) for job in todo)
    for label in RULES:
        numbers = [number for name, number, _ in told if name.startswith(label)]
        assert numbers == [0, 1, 2]
    result = compare("my.py:net", data, RULES, 3, continue_trials=True, epochs=1, batch_size=50)
    there = {job.name: Folder("a").read(job.name)["recorded"]["val_loss"] for job in todo}
    found = {(t["optimizer"], t["trial"]): t["val_loss"] for t in result.trials}
    for job in todo:
        assert there[job.name] == [pytest.approx(x, rel=1e-6) for x in found[job.label, job.number]]


def test_what_ends_a_chain_is_told_with_the_trials_before_it_kept(work, tmp_path, monkeypatch):
    todo, data = work
    train = running.train
    monkeypatch.setattr(running, "train", lambda job, *more: (None, "no") if job.number == 1 else train(job, *more))
    told = []
    running.run(Folder("a"), todo[::3], data, on_trial=lambda job, error: told.append((job.number, error)))
    assert told == [(0, None), (2, "no")] and len(contents(tmp_path / "a")) == 1


def test_chains_are_not_for_dask(work):
    with pytest.raises(ValueError, match="run them with --jobs, not --dask"):
        running.run(Folder("a"), *work, dask="tcp://127.0.0.1:1")
