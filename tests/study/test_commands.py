"""The commands of a report do what the folder has."""

import shlex
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minimix.cli import main
from minimix.cli.tune import _labelled
from minimix.config import Config
from minimix.study import commands
from minimix.study.plans import READINGS, Reading, in_reading

NUMBERS = {"epochs": st.integers(1, 99), "record": st.integers(1, 9), "trials": st.integers(1, 50)}
SETTINGS = NUMBERS | {
    "batch_size": st.integers(1, 999),
    "seed": st.integers(0, 99),
    "shuffle": st.sampled_from(["once", "every-epoch"]),
    "train_size": st.integers(1, 999),
    "resample": st.booleans(),
    "clip_norm": st.floats(0.01, 9),
    "model": st.sampled_from(["mlp", "cnn-fig1"]),
    "data": st.sampled_from(["glyphs", "shapes"]),
    "optimizers": st.lists(st.sampled_from(["sgd", "mas:gamma=0.4", "split"]), min_size=1, unique=True),
}


def parsed(command):
    """The options that a command line gives."""
    program, name, *words = shlex.split(command)
    assert program == "minimix"
    options = [word for word in words if word.startswith("--")]
    assert len(set(options)) == len(options)
    if name == "study":
        return main.commands["study"].commands["run"].make_context("run", words).params
    return main.commands[name].make_context(name, words).params


@given(st.fixed_dictionaries({}, optional=SETTINGS | {"continue_trials": st.booleans()}))
def test_the_command_of_a_comparison_gives_its_settings_back(settings):
    config = Config(**settings)
    found = parsed(commands.command("compare", config.settings(), config))
    assert Config(**{key: found[key] for key in config.settings()}).settings() == config.settings()


@given(st.fixed_dictionaries({}, optional=SETTINGS), st.integers(3, 20), st.none() | st.just([1e-4, 0.1]))
def test_the_command_of_a_search_gives_its_settings_back(settings, runs, rates):
    rules = {f"rule {k}": spec for k, spec in enumerate(settings.pop("optimizers", ["adam"]))}
    config = Config(**settings, optimizers=rules)
    own = {"kind": "tune", "runs": runs, "seeds": 4, "validation": 0.25, "lr_range": rates, "reference": "rule 0"}
    found = parsed(commands.command("a task", config.settings() | own, config))
    same = {key: found[key] for key in config.settings() if key in found}
    same["optimizers"] = _labelled(found["optimizers"])
    assert Config(**same).settings() == config.settings()
    assert {key: found[key] for key in own if key in found} == {
        key: tuple(x) if key == "lr_range" and x else x for key, x in own.items() if key != "kind"
    }
    assert found["name"] == "a task"


READ = [Reading(), *READINGS.values(), Reading(frozen_biases=True, validation_loss=True)]
READ += [Reading(momentum="both", cnn="cnn-fig1"), Reading(momentum="nowhere", branch_step=True)]


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("reading", READ, ids=str)
def test_the_command_of_a_figure_runs_it_in_its_reading(reading, quick):
    for name, plan in in_reading(reading, quick).items():
        config = Config(**plan.procedure, optimizers=plan.rules, trials=plan.trials + 1)
        found = parsed(commands.command(name, plan.settings() | {"trials": plan.trials + 1}, config))
        given = {f.name: found[f.name] for f in fields(Reading) if found[f.name] is not None}
        known = in_reading(Reading(**given) if not found["as_"] else READINGS[found["as_"]], found["quick"])
        assert known[name] == plan
        assert (found["trials"], found["epochs"], found["record"]) == (plan.trials + 1, None, None)


@given(st.fixed_dictionaries({}, optional=NUMBERS))
def test_the_command_of_a_figure_names_what_differs_from_the_report(settings):
    plan = in_reading()["fig2"]
    usual = plan.procedure | {"trials": plan.trials}
    config = Config(**usual | settings, optimizers=plan.rules)
    found = parsed(commands.command("fig2", usual | settings, config))
    assert found["figure"] == ("fig2",)
    for key in NUMBERS:
        assert found[key] == (None if settings.get(key, usual[key]) == usual[key] else settings[key])


def test_the_command_of_a_figure_that_a_gpu_trained_says_so():
    plan = in_reading()["fig6"]
    for backend, before in (("numpy", ""), ("cupy", "MINIMIX_BACKEND=cupy ")):
        config = Config(**plan.procedure, optimizers=plan.rules, trials=plan.trials, backend=backend)
        assert commands.command("fig6", plan.settings(), config) == f"{before}minimix study fig6 --out DIR"
