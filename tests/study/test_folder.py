"""The folder of a study: trials are written once and whole, plans are kept, damaged files are set aside."""

import json
import math

import pytest

from minimix import files
from minimix.study.folder import Folder

RECORDED = {"epoch": [1.0], "train_loss": [0.123456789], "val_loss": [math.inf], "val_accuracy": [0.9], "stopped": None}
PLAN = {"optimizers": {"b": "sgd:lr=0.01", "a": "adam:lr=0.001"}, "trials": 3, "epochs": 2}


def test_a_trial_is_read_as_it_was_written_with_the_digits_of_float32(tmp_path):
    folder = Folder(tmp_path / "s")
    folder.write("0" * 16, {"trial": 0}, RECORDED, {"host": "h"})
    assert folder.read("0" * 16)["recorded"] == RECORDED | {"train_loss": [0.1234568], "val_loss": [None]}
    assert folder.read("1" * 16) is None


def test_a_finished_trial_takes_its_progress_away(tmp_path):
    folder = Folder(tmp_path)
    folder.progress("a").parent.mkdir()
    folder.progress("a").write_text("[1]\n")
    folder.write("a", {}, {}, {})
    assert not folder.progress("a").exists()


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"identity": {}}', "\x00" * 9, "nan"])
def test_a_damaged_trial_is_set_aside_with_a_sentence(tmp_path, damage):
    folder = Folder(tmp_path)
    folder.write("a", {}, {}, {})
    folder.trial("a").write_text(damage)
    assert folder.read("a") is None
    assert not folder.done("a")
    (sentence,) = folder.complaints
    assert "a.json is damaged" in sentence
    assert (tmp_path / "trials" / "a.damaged").read_text() == damage


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    folder = Folder(tmp_path)
    monkeypatch.setattr(files.os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        folder.write("a", {}, RECORDED, {})
    assert list((tmp_path / "trials").iterdir()) == []


def test_plans_keep_the_order_of_their_rules(tmp_path):
    Folder(tmp_path).plan("fig2", PLAN)
    assert list(Folder(tmp_path).plans()["fig2"]["optimizers"]) == ["b", "a"]


def test_a_plan_may_get_more_trials_and_nothing_else(tmp_path):
    folder = Folder(tmp_path)
    folder.plan("fig2", PLAN)
    folder.plan("fig2", PLAN | {"trials": 10})
    folder.plan("fig2", PLAN | {"trials": 1})
    assert folder.plans()["fig2"]["trials"] == 10
    with pytest.raises(ValueError, match="has a plan 'fig2' whose epochs is 2, not 3"):
        folder.plan("fig2", PLAN | {"epochs": 3})
    folder.plan("fig3", PLAN | {"epochs": 3})
    assert list(folder.plans()) == ["fig2", "fig3"]


def test_a_list_of_plans_that_is_none_is_refused(tmp_path):
    (tmp_path / "study.json").write_text(json.dumps([1]))
    with pytest.raises(ValueError, match="is no list of plans"):
        Folder(tmp_path).plans()
