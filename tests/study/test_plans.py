"""What the figures train, in each reading, and what their plans are called."""

import dataclasses
from pathlib import Path

import pytest

from minimix.config import Config
from minimix.optim import MAS, SGD, LayerSplit
from minimix.study import running
from minimix.study.folder import Folder
from minimix.study.plans import base, figures, in_reading
from minimix.study.reading import READINGS, USUAL, Reading
from tests.study.made import SUMS

ALL = [USUAL, *READINGS.values(), Reading(momentum="nowhere"), Reading(frozen_biases=True, branch_step=True)]


def rules(plan):
    return Config(**plan.procedure, optimizers=plan.rules).rules


@pytest.mark.parametrize("reading", ALL, ids=str)
@pytest.mark.parametrize("quick", [False, True])
def test_every_plan_is_a_config(reading, quick):
    for plan in in_reading(reading, quick).values():
        assert list(rules(plan)) == list(plan.rules)


def test_the_procedures_are_the_study_s():
    for name, plan in figures().items():
        p = plan.procedure
        if name.startswith(("fig2", "fig3", "fig4")):
            assert (p["model"], p["epochs"], p["batch_size"], p["shuffle"]) == ("mlp", 150, 256, "once")
        if name.startswith(("fig5", "fig6", "fig7")):
            assert (p["model"], p["epochs"], p["batch_size"], p["shuffle"]) == ("cnn", 25, 20, "every-epoch")
        if name.startswith("fig"):
            assert plan.trials == 10


def test_a_plan_that_a_reading_leaves_alone_keeps_its_name():
    assert set(in_reading(Reading(branch_step=True))) ^ set(figures()) == {"fig7", "fig7+branch-step"}
    assert "fig6+cnn-cnn-fig1" in in_reading(Reading(cnn="cnn-fig1"))
    assert {base(name) for name in in_reading(READINGS["code"])} == set(figures())
    assert "fig2" in in_reading(READINGS["report"]) and "fig2+code" in in_reading(READINGS["code"])


def test_plans_of_one_name_are_the_same_in_all_readings():
    found = {}
    for reading in ALL:
        for name, plan in in_reading(reading).items():
            assert found.setdefault(name, plan) == plan


def test_frozen_biases_train_weights_alone():
    usual, frozen = (rules(figures(Reading(frozen_biases=yes))["fig2"])["mix"] for yes in (False, True))
    assert isinstance(usual, LayerSplit) and "*.bias" not in usual.rules
    assert "*.bias" in frozen.rules and not isinstance(frozen.rules["*.bias"], SGD)


@pytest.mark.parametrize("where, sgd, within", [("baseline", 0.9, 0), ("both", 0.9, 0.9), ("nowhere", 0, 0)])
def test_momentum_stands_where_the_reading_says(where, sgd, within):
    found = rules(figures(Reading(momentum=where))["fig6"])
    assert found["SGD"].momentum == sgd
    mas = found["MAS linear"]
    assert isinstance(mas, MAS) and (mas.s.momentum if mas.s else 0) == within


def test_the_report_s_reading_changes_the_cnn_and_the_step_of_correction():
    plan = figures(READINGS["report"])["fig7"]
    assert plan.procedure["model"] == "cnn-fig1" and rules(plan)["correction"].branch_step
    assert not rules(figures()["fig7"])["correction"].branch_step


def test_only_the_mlp_continues_its_trials():
    plans = figures(READINGS["code"])
    assert plans["fig2"].procedure["continue_trials"] and "continue_trials" not in plans["fig6"].procedure
    assert "continue_trials" not in plans["time"].procedure


def names(plan):
    config = Config(**plan.procedure, optimizers=plan.rules, trials=1)
    return {(job.label, job.name) for job in running.jobs(config, SUMS)}


def test_figures_share_the_trials_of_the_same_rule():
    plans = figures()
    shared = lambda a, b: {name for _, name in names(plans[a])} & {name for _, name in names(plans[b])}
    assert len(shared("fig2", "fig3")) == 1  # SGD 1e-2
    assert len(shared("fig4a", "fig3")) == 1  # Adam 1e-2
    assert len(shared("fig5", "fig6")) == len(shared("fig6", "fig7")) == 1  # MAS linear, gamma 0.6
    assert len(shared("fig6", "gain-cnn")) == 2
    assert not shared("fig2", "time")


def test_the_trials_that_are_there_have_the_names_that_the_plans_give():
    """What was trained with an earlier version is found again."""
    folder = Folder(Path(__file__).parents[2] / "lessons" / "study")
    plan = figures()["fig2"]
    config = Config(**plan.procedure | {"record": 5}, optimizers=plan.rules, trials=3)
    assert all(map(folder.done, (job.name for job in running.jobs(config, folder.plans()["fig2"]["sums"]))))


def test_a_quick_study_is_small_and_has_no_numbers_to_be_held_against():
    for name, plan in in_reading(quick=True).items():
        assert name.endswith("+quick") and not plan.published and not plan.statements
        assert plan.trials * plan.procedure["epochs"] * plan.procedure["train_size"] <= 150_000
        assert "MNIST" not in plan.about and "CIFAR" not in plan.about


def test_each_difference_has_an_option_with_a_sentence():
    for f in dataclasses.fields(Reading):
        assert f.type.__metadata__[0].endswith(".")
