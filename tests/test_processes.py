"""Work in several processes: it comes back whole, errors and ends are told, and nothing is left behind."""

import multiprocessing
import os
import subprocess
import sys
import time

import pytest

from minimix import compare, cross_entropy, data, optim, processes
from minimix.threads import blas_libraries
from tests import small


def each(work, *tasks, n_jobs=2):
    return list(processes.each(work, tasks, n_jobs))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_every_task_is_done_once_with_one_blas_thread_and_sees_the_data(n_jobs):
    given = small.dataset(train=3000)  # large enough to be mapped into memory
    told = each(small.sums, *((given, k) for k in range(5)), n_jobs=n_jobs)
    total = float(given.x_train.sum())
    kind = "ndarray" if n_jobs == 1 else "memmap"
    assert sorted(told) == [(k, total * k, kind, {1}) for k in range(5)]
    assert not multiprocessing.active_children()


def test_the_exception_of_a_task_is_raised_here():
    with pytest.raises(ValueError, match="job 7 does not fit"):
        each(small.refuses, (7,))


def test_an_error_that_cannot_be_sent_is_told_in_words():
    with pytest.raises(RuntimeError, match="OddError: no such thing"):
        each(small.refuses_oddly, ())


def test_a_process_that_dies_is_said():
    with pytest.raises(processes.Died):
        each(os._exit, (3,), (3,))
    here = os.getpid()

    def deadly(output, target):
        return cross_entropy(output, target) if os.getpid() == here else os._exit(3)

    with pytest.raises(RuntimeError, match="a process died, perhaps for want of memory; take fewer at a time"):
        compare(small.network, small.dataset(), "sgd", 2, loss=deadly, n_jobs=2)


def test_an_interruption_ends_the_others_at_once():
    start = time.perf_counter()
    outcomes = processes.each(time.sleep, [(0.01,), (600,), (600,)], 2)
    next(outcomes)
    with pytest.raises(KeyboardInterrupt):
        outcomes.throw(KeyboardInterrupt)
    assert time.perf_counter() - start < 60
    assert not multiprocessing.active_children()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no masks of signals")
def test_ctrl_c_does_not_reach_the_first_processes_that_are_started():
    script = """
import signal
from minimix import processes
masked = lambda: signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
print(list(processes.each(masked, [(), ()], 2)), masked())
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)  # one that has no trackers yet
    assert ran.stdout.strip() == "[True, True] False", ran.stderr


SCRIPT = """
from minimix import compare
from tests import small

class Half(small.optim.SGD):
    def propose(self, w, g, state):
        d, eta = super().propose(w, g, state)
        return d, eta / 2

print("once")
result = compare(lambda seed: small.network(seed), small.dataset(), [Half(0.1), "adam"], 2, n_jobs=2)
print(len(result.trials))
"""


def test_a_script_needs_no_guard_and_may_hand_over_what_it_defines(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT, "utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, tmp_path / "script.py"], env=environment, capture_output=True, text=True)
    assert done.stdout == "once\n4\n", done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("continued", [False, True])
def test_any_number_of_jobs_gives_the_same_trials_and_recordings(continued):
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
            n_jobs=n,
            on_record=lambda s, k, trial: recorded.setdefault((s, k), []).append(trial.val_loss[-1]),
        )
        found = {(t["optimizer"], t["trial"]): (t["train_loss"], t["val_loss"]) for t in result.trials}
        assert {key: losses for key, (_, losses) in found.items()} == recorded
        return found

    one = run(1)
    assert len(one) == 4 and run(2) == one


def test_several_blas_threads_beforehand_change_nothing(monkeypatch):
    seen = []
    compare(small.network, small.dataset(), "sgd", 1, on_record=lambda *_: seen.extend(blas_libraries()))
    assert seen and {threads for *_, threads in seen} == {1}


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


def test_a_reader_s_files_and_objects_are_found_by_the_processes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.py").write_text(FILE)

    class Local(optim.SGD):
        pass

    def run(n):
        rules = {"file": "sgd:lr=0.1", "module": small.Half(0.1), "here": Local(0.05)}
        result = compare("my.py:net", "my.py:data", rules, 2, loss="my.py:loss", n_jobs=n, batch_size=8)
        return {(t["optimizer"], t["trial"]): t["val_loss"] for t in result.trials}

    one = run(1)
    assert len(one) == 6 and one["module", 0] == one["here", 0] and run(2) == one


def test_what_cannot_be_sent_to_another_process_is_said():
    class Odd(optim.SGD):
        def __reduce__(self):
            raise TypeError("not me")

    rule = Odd(0.1)
    rule.__class__.__deepcopy__ = lambda self, memo: self
    with pytest.raises(ValueError, match=r"cannot be sent to another process \(.*not me.*\); name it as file.py:name"):
        compare(small.network, small.dataset(), [rule], 2, n_jobs=2)


@pytest.mark.parametrize("n_jobs", [0, True, 1.5, "2"])
def test_a_number_of_jobs_that_is_none_is_refused(n_jobs):
    with pytest.raises(ValueError, match="n_jobs must be a whole number from 1, or -1 for one on each core, not"):
        processes.count(n_jobs, 3)


def test_no_more_processes_than_tasks_are_started():
    assert [processes.count(n, 3) for n in (1, 2, 9)] == [1, 2, 3] and processes.count(-1, 0) == 1
