"""The methods section is read off the settings, its command gives them back, and its works are those of the code."""

import inspect
import re
import sys

import pytest

from minimix.config import Config
from minimix.spec import RULES
from minimix.study import methods
from minimix.verdict import judge
from tests.study.filled import fill


def said(**settings):
    config = Config(**settings)
    return " ".join(methods.procedure(settings, config))


def test_the_numbers_of_the_procedure_are_those_of_the_config():
    text = said(epochs=17, batch_size=48, trials=9, record=3, seed=123, optimizers=["sgd", "adam", "lion"])
    for part in ("17 epochs", "48 samples a step", "9 trials of each of 3 optimizers", "3 times an epoch", "seed 123"):
        assert part in text
    assert "109,386 parameters" in text
    assert "the first" not in text and "norm" not in text


@pytest.mark.parametrize(
    "change, words",
    [
        ({"shuffle": "every-epoch"}, "drawn anew in every epoch"),
        ({"shuffle": "once"}, "reused in every epoch"),
        ({"clip_norm": 0.5}, "scaled down to norm 0.5"),
        ({"backend": "cupy"}, "on arrays of the module cupy."),
        (
            {"train_size": 1000, "test_size": 50},
            "tested on glyphs (the first 1,000 training samples and the first 50 test samples)",
        ),
        ({"train_size": 1000, "resample": True}, "sees 1,000 of the training samples, drawn anew"),
        ({"epochs": 1}, ": 1 epoch with"),
        ({"resample": True}, "sees 80 % of the training samples, drawn anew"),
        ({"continue_trials": True}, "trials are not independent"),
        ({"optimizers": "adam"}, "Planned: 3 trials of each of 1 optimizer."),
        ({"added": [3, 5, 10]}, "from 3, 5 to 10"),
    ],
    ids=str,
)
def test_what_is_set_is_told(change, words):
    config = Config(**{key: x for key, x in change.items() if key != "added"})
    assert words in " ".join(methods.procedure(change, config))
    assert words not in said(
        optimizers=["sgd", "adam"], shuffle={"once": "every-epoch"}.get(change.get("shuffle"), "once")
    )


def test_statistics_name_the_quantile_of_the_joint_intervals(tmp_path):
    folder = fill(tmp_path, optimizers=["adam", "sgd", "lion"], count=5)
    result = folder.result(folder.plans()["compare"])
    text = " ".join(methods.statistics(judge(result.trials, result.labels)))
    assert "all 2 comparisons, each at the quantile 0.9875" in text
    assert "exact, adjusted by Holm" in text
    assert "over seeds, on this" in text
    assert "over seeds and draws of" in " ".join(
        methods.statistics(judge(result.trials, result.labels, resampled=True))
    )
    one = judge(result.trials, result.labels[:2])
    assert "hold at 95 % for one comparison;" in " ".join(methods.statistics(one))
    assert not list(methods.statistics(judge(result.trials, result.labels[:1])))


@pytest.mark.parametrize("name", sorted(RULES.keys() - {"split", "freeze"}))
def test_the_work_of_a_rule_is_the_one_that_its_code_names(name):
    source = " ".join(inspect.getdoc(x) or "" for x in (RULES[name], sys.modules[RULES[name].__module__]))
    surname, year = re.match(r"(\w+).*? (\d{4})\.", methods.CITATIONS[name]).groups()
    assert re.search(rf"{surname}[^()]* {year}", source)


def test_only_what_was_used_is_cited():
    works = methods.cited([Config(optimizers=["split:first1=adam(amsgrad=true),*=lion"])], ["compare"], [])
    assert [re.match(r"\w+", work)[0] for work in works] == ["Kingma", "Reddi", "Chen"]
    assert "Kone" in methods.cited([Config()], ["fig2"], [])[0]


def test_formulas_are_the_rules_own_words():
    found = methods.formulas([Config(optimizers=["mas:s=lion"])])
    assert list(found) == ["MAS", "Lion"]
    assert found["Lion"] == inspect.getdoc(RULES["lion"]).splitlines()[0]
