"""How far a folder is: read off the names of files, the last lines of progress and a few trials' seconds."""

import json
import os
import time

import pytest

from minimix.config import Config
from minimix.study import report, status, tuning
from minimix.study.folder import Folder
from tests import small

NOW = 1_790_000_000


def half_done(path):
    """A Folder with 4 trials of 6 of 100 s each; of the others, one is at epoch 5 of 20, one was left an hour ago."""
    folder = small.study(path, optimizers={"SGD": "sgd", "Adam": "adam"}, trials=2, epochs=20)
    for file in (path / "trials").iterdir():
        content = json.loads(file.read_text())
        file.write_text(json.dumps(content | {"run": content["run"] | {"seconds": 100.0}}))
    plan = folder.plan("compare", folder.plans()["compare"] | {"trials": 3})
    for (label, number), name in folder.names(plan).items():
        if number == 2:
            begun = folder.progress(name)
            begun.write_text("[4.0, 1, 1, 0.5]\n[5.0, 1, 1, 0.5]\n[6.0, 1")  # the last line is not whole
            touched = NOW - (3600 if label == "Adam" else 10)
            os.utime(begun, (touched, touched))
    return folder


def test_what_is_done_runs_and_is_left_is_told_and_when_it_ends(tmp_path):
    (found,) = status.of(half_done(tmp_path), NOW)
    assert (found.done, found.left, found.epochs) == (4, 2, 20)
    assert found.running == [status.Running("SGD", 2, 5.0)]
    assert found.seconds == pytest.approx(75 + 100)
    text = status.told([found], NOW)
    assert "compare: 4 of 6 trials are done\n  SGD, trial 3: at epoch 5 of 20\n  1 more are to be done; with 1" in text
    end = time.strftime("%H:%M", time.localtime(NOW + 175))
    assert text.endswith(end)


def test_where_nothing_runs_the_same_command_goes_on(tmp_path):
    (found,) = status.of(half_done(tmp_path), NOW + 7200)
    assert found.running == [] and "2 more are to be done, none runs; the same command goes on" in status.told([found])


def test_a_finished_folder_and_an_empty_one(tmp_path):
    found = status.of(small.study(tmp_path / "a", optimizers="sgd", trials=3))
    assert status.told(found) == "compare: 3 of 3 trials are done"
    assert status.told(status.of(Folder(tmp_path / "b"))) == ""


def test_a_damaged_trial_is_not_done_and_a_link_to_nothing_hides_no_other(tmp_path):
    folder = half_done(tmp_path)
    damaged, gone, *_ = sorted((tmp_path / "trials").iterdir())
    damaged.write_text("{")
    gone.unlink()
    gone.symlink_to(gone)
    (found,) = status.of(folder, NOW)
    assert (found.done, found.left) == (2, 4)
    assert len(folder.complaints) == 1


def test_of_a_search_that_was_stopped_its_finished_trials_are_done(tmp_path):
    folder, source = Folder(tmp_path / "search"), Folder(tmp_path / "source")
    config = Config(optimizers={"SGD": "sgd", "Adam": "adam"}, epochs=1)
    plan = folder.plan("task", tuning.plan_of(config, {}, runs=3))
    jobs = tuning.search(folder, plan).left
    small.study(source.path, optimizers="sgd", trials=1)
    (recorded,) = (json.loads(path.read_text())["recorded"] for path in (source.path / "trials").iterdir())
    for job in jobs[:5]:
        folder.write(job.name, job.identity, recorded, {"seconds_per_epoch": 1.0, "seconds": 2.0})
    (found,) = status.of(folder, NOW)
    assert (found.done, found.left, found.seconds) == (5, 13, 26)
    with pytest.raises(ValueError, match="task is a search that is not finished, 5 of 18 trials are done"):
        report.html(folder)


@pytest.mark.slow
def test_ten_thousand_trials_are_kept_at_the_same_cost_and_read_in_seconds(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: None)  # the disk's time is not the folder's
    folder = small.study(tmp_path, optimizers="sgd", trials=1)
    plan = folder.plan("compare", folder.plans()["compare"] | {"trials": 10_000})
    (name,) = (path.stem for path in (tmp_path / "trials").iterdir())
    content, spent = folder.read(name), []
    for (label, number), name in folder.names(plan).items():
        identity = plan["identities"][label] | {"trial": number}
        start = time.process_time()
        folder.write(name, identity, content["recorded"], content["run"])
        spent.append(time.process_time() - start)
    median = lambda some: sorted(some)[len(some) // 2]
    assert median(spent[-1000:]) <= 1.2 * median(spent[1:1001])
    start = time.process_time()
    assert len(folder.result(plan).trials) == 10_000
    assert [(found.done, found.left) for found in status.of(folder)] == [(10_000, 0)]
    assert time.process_time() - start < 10
