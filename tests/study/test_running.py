"""Trials side by side give the bytes of trials in turn; what is killed goes on where it stopped."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace

import pytest
from threadpoolctl import threadpool_info

from minimix import files
from minimix.comparison import load_data
from minimix.config import Config
from minimix.study import running, watching
from minimix.study.folder import Folder
from tests import kills

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
        for path in folder.path.glob("trials/*")
    }


def test_any_number_of_workers_writes_the_same_and_tells_every_recording_once_in_order(work, tmp_path):
    folders = [Folder(tmp_path / str(n)) for n in (1, 2, 3)]
    for n_jobs, folder in enumerate(folders, 1):
        told = {job.name: [] for job in work[0]}

        def on_trial(job, error, folder=folder, told=told):
            recorded = folder.read(job.name)["recorded"]
            columns = (recorded[key] for key in ("epoch", "train_loss", "val_loss", "val_accuracy"))
            rows = list(zip(*columns, strict=True))
            assert told[job.name] == [pytest.approx(row, rel=1e-6) for row in rows]
            assert len(rows) == 2
            told[job.name] = "done"

        running.run(folder, *work, n_jobs, on_trial, lambda job, row, told=told: told[job.name].append(row))
        assert set(told.values()) == {"done"}
        assert contents(folder) == contents(folders[0])
        assert len(contents(folder)) == 4
        assert not list((folder.path / "progress").iterdir())
    assert not multiprocessing.active_children()


RULES = """
import os
import signal

def poison(w, g, state, t):
    os.kill(os.getpid(), signal.SIGKILL)

def step(w, g, state, t):
    return w - 0.1 * g

def once(w, g, state, t):
    if not os.path.exists("died"):
        open("died", "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return w - 0.1 * g
"""


def jobs(*optimizers, **settings):
    config = Config(**SETTINGS | {"optimizers": list(optimizers)} | settings)
    data = load_data(config)
    return running.jobs(config, data.about()["sha256"]), data


@pytest.fixture
def own_rules(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.py").write_text(RULES)


def test_a_file_that_is_changed_while_a_study_runs_makes_no_trial_of_the_former_name(tmp_path, own_rules):
    todo, data = jobs("my.py:step", trials=1)
    (tmp_path / "my.py").write_text(RULES.replace("0.1", "0.2"))
    told = []
    running.run(Folder(tmp_path / "s"), todo, data, on_trial=lambda job, error: told.append(error))
    assert told == [
        "my.py:step, trial 1: a file of yours, or minimix, is another one here and now than when the study began"
    ]
    assert not contents(Folder(tmp_path / "s"))


def test_a_trial_whose_process_dies_is_tried_again_and_the_attempts_are_kept(tmp_path, own_rules):
    folder, told = Folder(tmp_path / "s"), []
    running.run(folder, *jobs("my.py:once", "sgd"), 2, lambda job, error: told.append(error))
    assert told == [None] * 4
    attempts = [json.loads(path.read_bytes())["run"]["attempts"] for path in (tmp_path / "s" / "trials").iterdir()]
    assert {1, 2} >= set(attempts) and 2 in attempts


@pytest.mark.slow
def test_a_trial_whose_process_dies_every_time_is_told_and_takes_no_other_with_it(tmp_path, own_rules):
    folder, told = Folder(tmp_path / "s"), {}
    running.run(folder, *jobs("sgd", "my.py:poison", trials=2), 2, lambda job, error: told.update({str(job): error}))
    assert len(contents(folder)) == 2
    for number in (1, 2):
        assert told.pop(f"sgd:lr=0.01, trial {number}") is None
        assert "its process died, 3 times" in told.pop(f"my.py:poison, trial {number}")
    assert not told
    assert not list((folder.path / "progress").glob("*.jsonl"))


def test_what_is_done_is_not_done_again(work, tmp_path):
    folder, told = Folder(tmp_path), []
    running.run(folder, work[0][:2], work[1])
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "trials").iterdir()}
    running.run(folder, *work, on_trial=lambda job, error: told.append(job.name))
    assert sorted(told) == sorted(job.name for job in work[0][2:])
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in stamps.items())


def test_a_trial_that_fails_is_told_and_the_others_go_on(work, tmp_path):
    todo, data = work
    broken = running.jobs(Config(**SETTINGS | {"record": 99}), data.about()["sha256"])[0]
    told = []
    running.run(Folder(tmp_path), [broken, *todo[1:]], data, on_trial=lambda job, error: told.append(error))
    assert "record must be 1 to" in told[0]
    assert told[1:] == [None] * 3
    assert len(contents(Folder(tmp_path))) == 3


def test_a_full_disk_ends_the_run_with_a_sentence_and_what_is_finished_stands(work, tmp_path, monkeypatch):
    def replace(*paths, whole=os.replace):
        if len(contents(Folder(tmp_path))) == 2:
            raise OSError(28, "No space left on device")
        whole(*paths)

    (tmp_path / "trials").mkdir()
    monkeypatch.setattr(files.os, "replace", replace)
    with pytest.raises(OSError, match=r"sgd:lr=0.01, trial 2: .*No space left on device"):
        running.run(Folder(tmp_path), *work)
    assert len(contents(Folder(tmp_path))) == 2


def seen(folder, data, job, attempt):
    blas = {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}
    return job, (os.getpid(), data.x_train.filename, blas), None


def test_workers_map_one_copy_of_the_data_and_have_one_blas_thread(work, tmp_path, monkeypatch):
    monkeypatch.setattr(running, "_do", seen)
    found = [content for _, content, _ in running._side_by_side(Folder(tmp_path), work[1], work[0], 2)]
    assert os.getpid() not in {pid for pid, *_ in found}
    assert len({file for _, file, _ in found}) == 1
    assert all(blas == {1} for *_, blas in found)


def test_what_cannot_be_sent_to_another_process_is_said(work, tmp_path):
    todo, data = work
    stuck = replace(todo[0], settings=todo[0].settings | {"data": threading.Lock()})
    with pytest.raises(ValueError, match="cannot be sent to another process"):
        running.run(Folder(tmp_path), [stuck, todo[1]], data, n_jobs=2)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("n_jobs", "listener"), [(2, "on_record"), (1, "on_trial")])
def test_an_error_of_whoever_is_told_ends_the_run(tmp_path, monkeypatch, n_jobs, listener):
    def fail(*_):
        if listener == "on_trial" or threading.current_thread() is not threading.main_thread():
            raise BrokenPipeError

    monkeypatch.setattr(watching, "INTERVAL", 0.01)
    with pytest.raises(BrokenPipeError):
        running.run(Folder(tmp_path), *jobs("sgd", epochs=5), n_jobs, **{listener: fail})
    assert not multiprocessing.active_children()


SCRIPT = """
import sys
from minimix.comparison import load_data
from minimix.config import Config
from minimix.study import running, watching
from minimix.study.folder import Folder

print("started")
config = Config(data="glyphs", optimizers=["sgd", "adam"], epochs=int(sys.argv[2]), train_size=512, test_size=64)
data = load_data(config)
running.run(Folder(sys.argv[1]), running.jobs(config, data.about()["sha256"]), data, 2)
"""


def script(folder, epochs):
    (folder / "script.py").write_text(SCRIPT)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    arguments = [sys.executable, folder / "script.py", folder / "s", str(epochs)]
    about = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "start_new_session": True}
    return subprocess.Popen(arguments, env=environment, **about)


@pytest.mark.slow
@pytest.mark.parametrize("signal", [signal.SIGINT, signal.SIGKILL])
def test_no_process_stays_behind_a_run_that_is_ended(tmp_path, signal):
    process = script(tmp_path, 10_000)
    while not list(tmp_path.glob("s/progress/*.jsonl")):
        assert process.poll() is None
    if signal == signal.SIGINT:
        os.killpg(process.pid, signal)  # as a terminal does for Ctrl-C
    else:
        process.kill()
    _, wrong = process.communicate()
    kills.alone(process)
    assert wrong.count("Traceback") == (signal == signal.SIGINT)  # the script's own, and none of a worker's
