"""Trials on a real Dask scheduler with two real workers give the bytes of trials in turn, also where one is killed."""

import multiprocessing
import os
import signal
import time

import joblib
import numpy
import pytest

from minimix import __version__
from minimix.comparison import load_data
from minimix.config import Config
from minimix.study import cluster, running
from minimix.study.folder import Folder
from tests.study.test_running import SETTINGS, contents, jobs

distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install 'minimix[cluster]'")
from tests.study.loopback import cluster as dask_cluster  # noqa: E402 (it needs Dask)


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory):
    with dask_cluster(tmp_path_factory.mktemp("dask"), workers=2) as (address, _):
        yield address


@pytest.fixture
def folder(tmp_path):
    """That of a study which has a plan, as the commands make it."""
    folder, config = Folder(tmp_path / "s"), Config(**SETTINGS)
    folder.plan("p", config.settings() | {"sums": load_data(config).about()["sha256"]})
    return folder


@pytest.mark.parametrize("shared", [True, False])
def test_trials_on_dask_are_those_in_turn(two_workers, folder, tmp_path, shared, monkeypatch):
    here, one, told, recorded = folder, Folder(tmp_path / "one"), [], []
    todo, data = jobs("sgd", "adam")
    if not shared:  # as on another machine: what is sent to the workers names a folder that they do not have
        monkeypatch.setattr(cluster, "_sum", lambda path: "of another file")
    running.run(one, todo, data)
    written_here, write = [], Folder.write
    monkeypatch.setattr(Folder, "write", lambda *a: [write(*a), written_here.append(f"{a[1]}.json")])
    running.run(
        here,
        todo,
        data,
        on_trial=lambda job, error: told.append(error),
        on_record=lambda job, recording: recorded.append((job.name, recording[0])),
        dask=two_workers,
    )
    assert told == [None] * 4
    assert len(recorded) == len(set(recorded)) == 8
    assert contents(here) == contents(one)
    assert sorted(written_here) == ([] if shared else sorted(contents(here)))


def test_a_worker_that_is_killed_costs_nothing_but_time(two_workers, folder, tmp_path):
    one, (todo, data) = Folder(tmp_path / "one"), jobs("sgd", "adam", epochs=8)
    killed, told = [], []
    with distributed.Client(two_workers, set_as_default=False) as client:
        pids = client.run(os.getpid)

        def kill(job, recording):
            if not killed:
                killed.append(next(iter(pids.values())))
                os.kill(killed[0], signal.SIGKILL)

        running.run(folder, todo, data, 1, lambda job, error: told.append(error), kill, two_workers)
    assert killed
    assert told == [None] * 4
    running.run(one, todo, data)
    assert contents(folder) == contents(one)


@pytest.mark.slow
def test_an_interruption_ends_the_trials_on_the_workers(two_workers, folder):
    (short,), data = jobs("sgd", trials=1)
    (long,), _ = jobs("adam", trials=1, epochs=10_000)

    def stop(job, error):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        running.run(folder, [long, short], data, 1, stop, dask=two_workers)
    with distributed.Client(two_workers, set_as_default=False) as client:
        for _ in range(100):
            if not any(client.run(executing).values()):
                break
            time.sleep(0.1)
        assert not any(client.run(executing).values())
    assert len(contents(folder)) == 1


def executing(dask_worker):
    return dask_worker.state.executing_count + len(dask_worker.state.tasks)


def test_a_scheduler_that_is_not_there_is_said_and_nothing_is_done(folder):
    with pytest.raises(ConnectionError, match=r"no Dask scheduler answers at 'tcp://127\.0\.0\.1:1'"):
        running.run(folder, *jobs("sgd"), dask="tcp://127.0.0.1:1")
    for address in ("garbage", "127.0.0.1:8786", "tcp://host", "tcp://:8786", "tcp://host:port"):
        with pytest.raises(ValueError, match="address is like tcp://host:8786, not"):
            running.run(folder, *jobs("sgd"), dask=address)
    assert not (folder.path / "trials").exists()


class Workers:
    """What a client says of its workers."""

    def __init__(self, *versions):
        self.versions = {f"tcp://{k}": found for k, found in enumerate(versions)}

    def wait_for_workers(self, n, timeout):
        assert len(self.versions) >= n

    def run(self, versions):
        return self.versions

    def nthreads(self):
        return dict.fromkeys(self.versions, 1)


def test_workers_with_another_numpy_are_said_and_those_without_minimix_refused(folder):
    cluster._check_workers(Workers((__version__, numpy.__version__)), "tcp://s", folder)
    assert not folder.complaints
    cluster._check_workers(Workers((__version__, numpy.__version__), (__version__, "1.0")), "tcp://s", folder)
    assert folder.complaints == [f"the workers have NumPy 1.0, {numpy.__version__}: their numbers differ by rounding"]
    with pytest.raises(RuntimeError, match="the worker tcp://1 has no minimix"):
        cluster._check_workers(Workers((__version__, "1.0"), (None, "1.0")), "tcp://s", folder)


def test_a_worker_that_joins_late_with_another_version_does_nothing(folder):
    todo, data = jobs("sgd", trials=1)
    content, error = cluster._do(todo[0], "key", data, (str(folder.path), None), "0.0.1")
    assert content is None
    assert error == f"sgd:lr=0.01, trial 1: its worker has minimix {__version__}, not 0.0.1"


POISON = """
import os, signal

def poison(w, g, state, t):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def die():
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.slow
def test_a_trial_whose_workers_die_is_told_and_the_others_go_on(folder, tmp_path, monkeypatch):
    (tmp_path / "my.py").write_text(POISON)
    monkeypatch.chdir(tmp_path)
    told = {}
    with dask_cluster(tmp_path, scheduler__allowed_failures=0) as (address, _):
        todo, data = jobs("my.py:poison", "sgd", trials=1)
        running.run(folder, todo, data, 1, lambda job, error: told.update({str(job): error}), dask=address)
    assert told.pop("sgd:lr=0.01, trial 1") is None
    assert "my.py:poison, trial 1: 1 of its workers died" in told.pop("my.py:poison, trial 1")
    assert not told


@pytest.mark.slow
def test_joblib_s_own_dask_backend_would_wait_for_ever_for_a_task_whose_workers_died(tmp_path):
    with (
        dask_cluster(tmp_path, scheduler__allowed_failures=0) as (address, _),
        distributed.Client(address, set_as_default=False) as client,
        joblib.parallel_config("dask", client=client),
    ):
        with pytest.raises(distributed.KilledWorker):
            client.submit(die).result()
        client.wait_for_workers(2)
        with pytest.raises(multiprocessing.TimeoutError):
            joblib.Parallel(timeout=10)([joblib.delayed(die)(), joblib.delayed(abs)(-1)])


@pytest.mark.slow
def test_a_scheduler_that_dies_is_said_and_what_is_finished_stands(folder, tmp_path):
    todo, data = jobs("sgd", "adam", epochs=100)  # long beside what noticing takes
    with dask_cluster(tmp_path) as (address, scheduler), pytest.raises(ConnectionError, match="is gone"):
        running.run(folder, todo, data, 1, lambda job, error: scheduler.kill(), dask=address)
    assert 1 <= len(contents(folder)) < 4


@pytest.mark.slow
def test_a_scheduler_without_workers_is_said(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    with (
        dask_cluster(tmp_path, workers=0) as (address, _),
        pytest.raises(ConnectionError, match="has no worker; `dask worker"),
    ):
        running.run(folder, *jobs("sgd"), dask=address)


@pytest.mark.slow
def test_workers_with_threads_are_refused(folder, tmp_path):
    with (
        dask_cluster(tmp_path, workers=1, nthreads=2) as (address, _),
        pytest.raises(RuntimeError, match="has 2 threads"),
    ):
        running.run(folder, *jobs("sgd"), dask=address)


@pytest.mark.slow
def test_workers_of_another_version_are_refused(folder, tmp_path):
    (tmp_path / "minimix").mkdir()
    (tmp_path / "minimix" / "__init__.py").write_text('__version__ = "0.0.1"\n')
    sentence = rf"has minimix 0.0.1, here it is {__version__}; all must have the same"
    with dask_cluster(tmp_path, workers=1, path=tmp_path) as (address, _), pytest.raises(RuntimeError, match=sentence):
        running.run(folder, *jobs("sgd"), dask=address)
    assert not (folder.path / "trials").exists()
