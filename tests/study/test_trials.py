"""What determines a trial's numbers is in its name, and nothing else is."""

import pytest

from minimix.config import Config
from minimix.study import trials


def name(config=None, label="adam:lr=0.001", number=0, digest="0" * 64, stage="report", **settings):
    config = config or Config(**{"optimizers": ["adam"], "trials": 3, **settings})
    return trials.name(trials.identity(config, next(iter(config.rules)), number, digest, stage))


def test_a_name_has_sixteen_hexadecimal_digits():
    assert len(name()) == 16
    assert set(name()) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": 3},
        {"batch_size": 128},
        {"record": 1},
        {"seed": 1},
        {"shuffle": "every-epoch"},
        {"clip_norm": 1.0},
        {"model": "cnn"},
        {"loss": "mse"},
        {"continue_trials": True},
        {"resample": True},
        {"optimizers": ["adam:b1=0.8"]},
        {"optimizers": ["sgd"]},
        {"lr": 0.01},
        {"number": 1},
        {"digest": "1" * 64},
        {"stage": "tune"},
    ],
    ids=str,
)
def test_whatever_changes_the_numbers_changes_the_name(change):
    assert name(**change) != name()


@pytest.mark.parametrize(
    "same",
    [{"trials": 10}, {"optimizers": {"the best": "adam"}}, {"optimizers": ["adam:b1=0.9"]}, {"lr": 1e-3}],
    ids=str,
)
def test_labels_the_number_of_trials_and_defaults_written_out_do_not(same):
    assert name(**same) == name()


def test_a_setting_that_was_added_later_stands_in_a_trial_only_where_it_is_set():
    procedure = [trials.common(Config(resample=x), "adam:lr=0.001", {})["procedure"] for x in (False, True)]
    assert "resample" not in procedure[0] and procedure[1] == procedure[0] | {"resample": 0.8}


def test_the_names_of_many_trials_are_those_of_each(tmp_path):
    config = Config(optimizers={'a "quoted\\ label': "mas"})
    (label,) = config.rules
    expected = [trials.name(trials.identity(config, label, k, {"x": "1"})) for k in (0, 1, 10)]
    found = trials.names(trials.common(config, label, {"x": "1"}), 11)
    assert [found[k] for k in (0, 1, 10)] == expected


def test_one_and_one_point_zero_are_the_same_hyperparameter():
    assert name(optimizers=["mas:gamma=1"]) == name(optimizers=["mas:gamma=1.0"])


def test_the_name_of_a_nested_rule_depends_on_the_inner_rule():
    assert name(optimizers=["split:first1=adam,*=sgd"]) != name(optimizers=["split:first1=adam(b1=0.8),*=sgd"])


def test_a_changed_file_of_the_readers_own_changes_the_name(tmp_path):
    rule = tmp_path / "my.py"
    rule.write_text("def step(w, g, state, t):\n    return w - 0.1 * g\n")
    given = [[f"{rule}:step"], {"mine": f"{rule}:step"}, {"in another": f"mas:s={rule}:step"}]
    before = [name(optimizers=own) for own in given]
    rule.write_text("def step(w, g, state, t):\n    return w - 0.2 * g\n")
    assert not {name(optimizers=own) for own in given} & set(before)
