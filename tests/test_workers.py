import multiprocessing
import os
import subprocess
import sys
from multiprocessing.context import SpawnProcess

import numpy as np
import pytest

from minimix import compare, data, optim, set_threads, workers
from minimix.data import Dataset
from tests import small


def test_every_job_is_done_once_and_sees_the_data():
    news, given = [], small.dataset()
    workers.run(small.sums, [1, 2, 3, 4, 5], given, 2, lambda *report: news.append(report))
    assert sorted(job for event, job, *_ in news if event == "job") == [1, 2, 3, 4, 5]
    total = float(given.x_train.sum())
    assert sorted(n[1:] for n in news if n[0] == "sum") == [(j, total * j, ("a", "b", "c"), False) for j in range(1, 6)]
    for job in range(1, 6):
        assert news.index(("job", job)) < [n[:2] for n in news].index(("sum", job))


def test_the_exception_of_a_job_is_raised_here():
    with pytest.raises(ValueError, match="job 7 does not fit"):
        workers.run(small.refuses, [7], small.dataset(), 1, lambda *_: None)


def test_a_worker_that_dies_is_said():
    with pytest.raises(RuntimeError, match="a worker process died"):
        workers.run(small.dies, [1], small.dataset(), 2, lambda *_: None)


def test_a_worker_that_cannot_start_is_said_and_those_that_have_are_ended(monkeypatch):
    def start(process, whole=SpawnProcess.start):
        if multiprocessing.active_children():
            raise OSError(24, "Too many open files")
        whole(process)

    monkeypatch.setattr(SpawnProcess, "start", start)
    with pytest.raises(OSError, match=r"could not be started \(Too many open files\); try fewer workers"):
        workers.run(small.sums, [1, 2, 3], small.dataset(), 3, lambda *_: None)
    assert not multiprocessing.active_children()


UNGUARDED = """
from minimix import workers
from tests import small
workers.run(small.sums, [1, 2], small.dataset(), 2, print)
"""


def test_a_script_that_starts_itself_again_is_told_so_in_one_sentence(tmp_path):
    (tmp_path / "script.py").write_text(UNGUARDED, "utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, tmp_path / "script.py"], env=environment, capture_output=True, text=True)
    assert done.stdout == "" and done.stderr.count("Traceback") == 1
    assert 'it is not under if __name__ == "__main__": put there what' in done.stderr.splitlines()[-1]


def test_a_full_disk_is_said(monkeypatch):
    def save(*_):
        raise OSError("60 requested and 0 written")

    monkeypatch.setattr(workers.np, "save", save)
    with pytest.raises(OSError, match=r"could not be copied to .* 0 written.*; with one worker it need not be"):
        workers.run(small.sums, [1], small.dataset(), 2, lambda *_: None)


def test_an_interruption_ends_the_workers_at_once():
    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        workers.run(small.sums, range(10**6), small.dataset(), 2, stop)
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("continued", [False, True])
def test_any_number_of_workers_gives_the_same_trials(continued):
    set_threads(1)  # as in a worker
    digits = data.glyphs(train=200, test=50)

    def run(n):
        recorded = {}
        result = compare(
            "mlp",
            digits,
            ["sgd", "adam"],
            trials=2,
            epochs=1,
            batch_size=50,
            continue_trials=continued,
            workers=n,
            on_record=lambda s, k, trial: recorded.setdefault((s, k), []).append(trial.val_loss[-1]),
        )
        found = {(t["optimizer"], t["trial"]): (t["train_loss"], t["val_loss"]) for t in result.trials}
        assert {key: losses for key, (_, losses) in found.items()} == recorded
        return found

    one = run(1)
    assert len(one) == 4 and run(2) == one


FILE = """
import numpy as np
from minimix import nn

def net(seed):
    return nn.Sequential(nn.Dense(2, 1, np.random.default_rng(seed)))

def data(seed):
    x = np.random.default_rng(seed).standard_normal((40, 2))
    return x, x.sum(axis=1)

def loss(output, target):
    return ((output - target) ** 2).mean()
"""


def test_a_reader_s_files_and_objects_are_found_by_the_workers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.py").write_text(FILE)
    set_threads(1)

    def run(n):
        rules = ["sgd:lr=0.1", small.Half(0.1)]
        result = compare("my.py:net", "my.py:data", rules, 2, loss="my.py:loss", workers=n, batch_size=8)
        return {(t["optimizer"], t["trial"]): t["val_loss"] for t in result.trials}

    assert len(run(1)) == 4 and run(2) == run(1)


def test_what_cannot_be_sent_to_another_process_is_said():
    for given in ({"model": lambda seed: small.network(seed)}, {"rules": [local()]}, {"loss": lambda o, t: o.mean()}):
        with pytest.raises(
            ValueError, match=r"cannot be sent to another process \(.*\); define it at the top of a file"
        ):
            compare(**{"model": small.network, "data": small.dataset(), "rules": "sgd"} | given, workers=2)


def local():
    class Local(optim.SGD):
        pass

    return Local(0.1)


def test_what_a_worker_cannot_find_is_said(monkeypatch):
    monkeypatch.setattr(small, "vanished", small.sums, raising=False)
    monkeypatch.setattr(small.sums, "__qualname__", "vanished")
    with pytest.raises(ValueError, match=r"cannot be sent to another process \(.*'vanished'.*one worker"):
        workers.run(small.sums, [1], small.dataset(), 2, lambda *_: None)


def test_an_error_that_cannot_be_sent_is_told_in_words():
    with pytest.raises(RuntimeError, match="OddError: no such thing"):
        workers.run(small.refuses_oddly, [1], small.dataset(), 2, lambda *_: None)


def test_regression_targets_reach_the_workers():
    news, line = [], Dataset("line", *[np.ones((4, 1), "float32")] * 4, note="straight")
    workers.run(small.describes, [1], line, 1, lambda *report: news.append(report))
    assert news == [(repr(line), (4, 1))]
