import multiprocessing

import pytest

from minimix import data, set_threads, workers
from minimix.comparison import Config, compare
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
    config = Config(optimizers=["sgd", "adam"], epochs=1, trials=2, batch_size=50, continue_trials=continued)
    digits = data.glyphs(train=200, test=50)

    def run(n):
        recorded, trials = {}, {}
        compare(
            config,
            digits,
            workers=n,
            on_record=lambda s, k, trial: recorded.setdefault((s, k), []).append(trial.val_loss[-1]),
            on_trial=lambda s, k, trial: trials.update({(s, k): (trial.train_loss, trial.val_loss)}),
        )
        assert {key: losses for key, (_, losses) in trials.items()} == recorded
        return trials

    one = run(1)
    assert len(one) == 4 and run(2) == one


def test_a_wrong_number_of_workers_is_named():
    with pytest.raises(ValueError, match="workers must be an integer of at least 1, got 0"):
        compare(Config(), small.dataset(), workers=0)
