"""What trials cost is in proportion to what they do."""

import pytest

from minimix.config import Config
from minimix.study import cost

RULES = {"a": "sgd:lr=0.1", "b": "sgd:lr=0.01", "c": "adam"}


@pytest.fixture(scope="module")
def measured():
    known = {}
    cost.seconds(Config(data="mnist", optimizers=RULES, epochs=1, record=1), "a", known)
    return known


def seconds(measured, label="a", **settings):
    return cost.seconds(Config(**{"data": "mnist", "optimizers": RULES, "record": 1, **settings}), label, measured)


def test_a_rule_at_another_rate_is_not_measured_again(measured):
    before = dict(measured)
    assert seconds(measured, "b", epochs=1) == seconds(measured, "a", epochs=1) > 0
    assert measured == before
    seconds(measured, "c", epochs=1)
    assert len(measured) == len(before) + 1


def test_twice_the_epochs_cost_twice_as_much_and_recordings_cost_too(measured):
    once = seconds(measured, epochs=1)
    assert seconds(measured, epochs=6) == pytest.approx(6 * once)
    assert seconds(measured, epochs=1, record=5) > once


def test_an_epoch_costs_its_batches_and_its_evaluation(measured):
    ((step, sample),) = list(measured.values())[:1]
    assert seconds(measured, epochs=3) == pytest.approx(3 * (235 * step + 10_000 * sample))
    assert seconds(measured, epochs=1, train_size=512, test_size=100) == pytest.approx(2 * step + 100 * sample)


@pytest.mark.parametrize("time, said", [(0.6, "1 s"), (99, "99 s"), (150, "2 min"), (5999, "100 min"), (9000, "2.5 h")])
def test_a_time_in_words(time, said):
    assert cost.lasting(time) == said
