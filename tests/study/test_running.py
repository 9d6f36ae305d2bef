"""Trials side by side give the bytes of trials in turn; what is killed goes on where it stopped."""

import json
import multiprocessing

import pytest

from minimix.comparison import load_data
from minimix.config import Config
from minimix.study import running
from minimix.study.folder import Folder

SETTINGS = {
    "data": "glyphs",
    "optimizers": ["sgd", "adam"],
    "trials": 2,
    "epochs": 1,
    "train_size": 512,
    "test_size": 64,
}


@pytest.fixture(scope="module")
def work():
    config = Config(**SETTINGS)
    data = load_data(config)
    return running.jobs(config, data.about()["sha256"]), data


def contents(folder):
    """{file name: content without "run"} of the trials of a folder."""
    return {
        path.name: {key: x for key, x in json.loads(path.read_bytes()).items() if key != "run"}
        for path in (folder.path / "trials").iterdir()
    }


def test_two_workers_write_what_one_writes(work, tmp_path):
    one, two = Folder(tmp_path / "one"), Folder(tmp_path / "two")
    running.run(one, *work)
    running.run(two, *work, n_jobs=2)
    assert not multiprocessing.active_children()
    assert contents(one) == contents(two)
    assert len(contents(one)) == 4
    assert not list((two.path / "progress").iterdir())


def test_what_is_done_is_not_done_again(work, tmp_path):
    folder, told = Folder(tmp_path), []
    running.run(folder, work[0][:2], work[1])
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "trials").iterdir()}
    running.run(folder, *work, on_trial=lambda job, error: told.append(job.name))
    assert sorted(told) == sorted(job.name for job in work[0][2:])
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in stamps.items())


def test_a_trial_that_fails_is_told_and_the_others_go_on(work, tmp_path):
    (first, *others), data = work
    broken = running.Job(first.name, first.identity, first.settings | {"record": 99}, first.label, first.number)
    told = []
    running.run(Folder(tmp_path), [broken, *others], data, on_trial=lambda job, error: told.append(error))
    assert "record must be 1 to" in told[0]
    assert told[1:] == [None] * 3
    assert len(contents(Folder(tmp_path))) == 3
