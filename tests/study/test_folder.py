"""The folder of a study: trials are written once and whole, plans are kept, damaged files are set aside."""

import json
import math
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from minimix import files
from minimix.study import trials, tuning
from minimix.study.folder import Folder
from tests import small

RECORDED = {"epoch": [1.0], "train_loss": [0.123456789], "val_loss": [math.inf], "val_accuracy": [0.9], "stopped": None}
RUN = {"host": "h", "seconds_per_epoch": 0.1, "blas": ["openblas Haswell 1"]}
IDENTITY = {"rule": "adam", "trial": 0}
NAME = trials.name(IDENTITY)
PLAN = {
    "optimizers": {"b": "sgd:lr=0.01", "a": "adam:lr=0.001"},
    "trials": 3,
    "epochs": 2,
    "data": "glyphs",
    "sums": {"x_train": "0" * 64},
    "reference": "a",
}


@pytest.fixture
def folder(tmp_path):
    """One with a finished trial, called NAME."""
    folder = Folder(tmp_path / "s")
    folder.write(NAME, IDENTITY, RECORDED, RUN)
    return folder


def test_a_trial_is_read_as_it_was_written_with_the_digits_of_float32(folder):
    assert folder.read(NAME)["recorded"] == RECORDED | {"train_loss": [0.1234568], "val_loss": [None]}
    assert folder.read("1" * 16) is None and folder.complaints == []


def test_a_finished_trial_takes_its_progress_away(folder):
    folder.progress(NAME).write_text("[1]\n")
    folder.write(NAME, IDENTITY, RECORDED, RUN)
    assert not list((folder.path / "progress").iterdir())


def damaged(**change):
    """What is in the file of a trial, with other content."""
    content = {"schema": 1, "identity": IDENTITY, "recorded": RECORDED | {"val_loss": [None]}, "run": RUN}
    return json.dumps({key: value for key, value in (content | change).items() if value is not None})


DAMAGE = {
    "is empty": ("", "not valid JSON"),
    "is cut": ("{", "not valid JSON"),
    "is a list": ("[]", "holds a list"),
    "is zeros": ("\x00" * 9, "not valid JSON"),
    "is no number": (damaged().replace("0.9", "NaN"), "NaN is no number"),
    "has no schema": (damaged(schema=None), "schema must be a whole number"),
    "has no identity": (damaged(identity=None), "identity must be a dictionary"),
    "is another trial": (damaged(identity=IDENTITY | {"trial": 1}), "its name is not that of what it holds"),
    "recorded nothing": (damaged(recorded={}), "recorded must have epoch, "),
    "recorded less of one": (damaged(recorded=RECORDED | {"val_loss": []}), "as many of each kind"),
    "recorded a text": (damaged(recorded=RECORDED | {"val_loss": ["1"]}), "recorded.val_loss must be a list"),
    "took no time": (damaged(run={}), "run.seconds_per_epoch must be a finite number"),
}


@pytest.mark.parametrize(("content", "sentence"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_trial_is_set_aside_with_a_sentence(folder, content, sentence):
    folder.trial(NAME).write_text(content)
    assert folder.read(NAME) is None and not folder.done(NAME)
    (said,) = folder.complaints
    assert f"{NAME}.json is damaged (" in said and sentence in said
    assert folder.trial(NAME).with_suffix(".damaged").read_text() == content
    folder.write(NAME, IDENTITY, RECORDED, RUN)
    assert folder.read(NAME)


def test_a_file_of_another_version_is_refused_and_left_alone(folder):
    folder.trial(NAME).write_text(damaged(schema=2))
    with pytest.raises(ValueError, match=rf"{NAME}.json' has schema 2; this version of minimix reads 1"):
        folder.read(NAME)
    assert folder.done(NAME)
    (folder.path / "study.json").write_text(json.dumps({"schema": 0, "plans": {}}))
    with pytest.raises(ValueError, match=r"study.json' has schema 0; this version of minimix reads 1"):
        folder.plans()


def test_a_failed_write_says_so_and_leaves_what_was_there(folder, monkeypatch):
    monkeypatch.setattr(files.os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match=r"could not be written: No space left on device; nothing of it is left"):
        folder.write("a", {}, RECORDED, RUN)
    monkeypatch.undo()
    assert [path.stem for path in (folder.path / "trials").iterdir()] == [NAME]
    assert not list((folder.path / "progress").iterdir()) and folder.read(NAME)


def test_what_is_not_whole_yet_is_never_beside_the_trials(folder, monkeypatch):
    seen, replace = [], os.replace

    def watched(part, target):
        seen.append((part.parent.name, [path.name for path in (folder.path / "trials").iterdir()]))
        replace(part, target)

    monkeypatch.setattr(files.os, "replace", watched)
    folder.write("a", {}, RECORDED, RUN)
    folder.plan("fig2", PLAN)
    assert seen == [("progress", [f"{NAME}.json"]), ("progress", [f"{NAME}.json", "a.json"])] or seen == [
        ("progress", [f"{NAME}.json"]),
        ("progress", ["a.json", f"{NAME}.json"]),
    ]


def test_plans_keep_the_order_of_their_rules(tmp_path):
    Folder(tmp_path).plan("fig2", PLAN)
    assert list(Folder(tmp_path).plans()["fig2"]["optimizers"]) == ["b", "a"]


def test_a_plan_may_get_more_trials_and_nothing_else(tmp_path):
    folder = Folder(tmp_path)
    folder.plan("fig2", PLAN)
    folder.plan("fig2", PLAN | {"trials": 10})
    assert folder.plan("fig2", PLAN | {"trials": 1})["trials"] == 10
    assert folder.plans()["fig2"]["trials"] == 10
    folder.plan("fig3", PLAN | {"epochs": 3})
    assert list(folder.plans()) == ["fig2", "fig3"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"epochs": 3}, "has a plan 'fig2' whose trials are run with epochs 2, not 3; take another folder"),
        ({"seed": 1}, "whose trials are run with seed 0, not 1"),
        ({"reference": "b"}, "whose reference is 'a', not 'b'"),
        ({"optimizers": {"b": "sgd", "a": "adam:b1=0.8"}}, "whose trials are run with b1 0.9, not 0.8"),
        ({"optimizers": {"b": "sgd"}}, "whose optimizers are b, a, not b"),
        ({"sums": {"x_train": "1" * 64}}, "x_train has changed since .* was begun"),
    ],
)
def test_a_plan_of_other_settings_is_refused_by_the_first_that_differs(tmp_path, change, sentence):
    folder = Folder(tmp_path)
    folder.plan("fig2", PLAN)
    before = (tmp_path / "study.json").read_bytes()
    with pytest.raises(ValueError, match=sentence):
        folder.plan("fig2", PLAN | change)
    assert (tmp_path / "study.json").read_bytes() == before


def test_settings_that_were_edited_in_the_file_are_refused(tmp_path):
    folder, path = Folder(tmp_path), tmp_path / "study.json"
    folder.plan("fig2", PLAN)
    path.write_text(path.read_text().replace('"epochs": 2,\n   "data"', '"epochs": 4,\n   "data"'))
    with pytest.raises(ValueError, match="whose trials are run with epochs 2, not 4"):
        folder.plan("fig2", folder.plans()["fig2"])


def test_trials_that_are_added_after_others_were_finished_are_kept_in_mind(tmp_path):
    folder = small.study(tmp_path, trials=3, optimizers=["adam"])
    plan = folder.plans()["compare"]
    assert "added" not in plan
    folder.plan("compare", plan | {"trials": 5})
    assert folder.plan("compare", plan | {"trials": 10})["added"] == [3, 5, 10]
    folder = Folder(tmp_path / "nothing is finished")
    folder.plan("fig2", PLAN)
    assert "added" not in folder.plan("fig2", PLAN | {"trials": 9})


def test_the_verdict_of_a_plan_is_by_what_the_plan_names(tmp_path):
    folder = small.study(tmp_path, trials=2, optimizers=["adam", "sgd"])
    plan = folder.plans()["compare"]
    v = folder.verdict(plan)
    assert (v.reference, v.margin, v.target, v.looks, v.independent) == ("adam:lr=0.001", 0.001, None, 1, True)
    named = {
        "reference": "sgd:lr=0.01",
        "margin": 0.02,
        "target": 0.9,
        "added": [2, 3],
        "dataset": {"test_samples": 30},
    }
    v = folder.verdict(plan | named)
    assert (v.reference, v.margin, v.target, v.looks, v.test_samples) == ("sgd:lr=0.01", 0.02, 0.9, 2, 30)
    assert not folder.verdict(plan | {"continue_trials": True}).independent
    assert [folder.verdict(plan | more).resampled for more in ({}, {"resample": True})] == [False, True]


def test_two_plans_share_the_trials_that_are_the_same(tmp_path):
    folder = Folder(tmp_path)
    names = [
        set(folder.names(folder.plan(name, PLAN | {"optimizers": rules})).values())
        for name, rules in (("fig2", {"SGD": "sgd", "Adam": "adam"}), ("fig3", {"Adam, too": "adam", "mix": "mas"}))
    ]
    assert len(names[0] & names[1]) == 3 and len(names[0] | names[1]) == 9


def test_plans_that_are_added_at_once_are_all_kept(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda k: Folder(tmp_path).plan(f"fig{k}", PLAN | {"seed": k}), range(24)))
    assert sorted(Folder(tmp_path).plans()) == sorted(f"fig{k}" for k in range(24))


def test_the_trials_of_the_lessons_keep_their_names():
    folder = Folder(Path(__file__).parents[2] / "lessons" / "study")
    there = {path.stem for path in (folder.path / "trials").iterdir()}
    named = {name for plan in folder.plans().values() for name in folder.names(plan).values()}
    named |= {job.name for search in tuning.tuned(folder).values() for job in search.jobs}
    assert len(there) >= 1000 and there <= named


def test_a_result_needs_no_file_of_the_reader_s(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.py").write_text("def rule(w, g, state, t, lr=0.1):\n    return w - lr * g\n")
    folder = small.study("s", optimizers=["my.py:rule"], trials=2)
    (tmp_path / "my.py").unlink()
    assert len(folder.result(folder.plans()["compare"]).trials) == 2


@pytest.mark.parametrize(
    "content",
    [[1], {"schema": 1}, {"schema": 1, "plans": {"a": {}}}, {"schema": 1, "plans": {"a": PLAN | {"trials": 0}}}],
)
def test_a_list_of_plans_that_is_none_is_refused(tmp_path, content):
    (tmp_path / "study.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"study\.json' is no list of plans: "):
        Folder(tmp_path).plans()


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="is no folder of a study, and not empty; choose another"):
        Folder(tmp_path).plan("fig2", PLAN)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_kernels_that_differ_are_said_and_those_of_another_library_beside_them_are_not(folder):
    for number, blas in enumerate((["openblas Haswell 2"], ["openblas Haswell 1", "mkl None 1"]), 1):
        identity = IDENTITY | {"trial": number}
        folder.write(trials.name(identity), identity, RECORDED, RUN | {"blas": blas})
        folder.read(trials.name(identity))
    folder.read(NAME)
    assert folder.mixed() == ""
    identity = IDENTITY | {"trial": 3}
    folder.write(trials.name(identity), identity, RECORDED, RUN | {"blas": ["openblas SkylakeX 1"]})
    folder.read(trials.name(identity))
    assert (
        "several BLAS kernels, which round differently: mkl None, openblas Haswell, openblas SkylakeX" in folder.mixed()
    )
