"""That schedules are their closed forms and stand wherever a learning rate does."""

import math

import numpy as np
import pytest

from minimix import Tensor
from minimix.optim import MAS, SGD, SWATS, Adam, Cosine, FrankWolfe, StepDecay, WarmUp
from minimix.optim.schedules import rate
from tests.optim import oracles
from tests.optim.problem import check

STEPS = range(1, 31)


def test_step_decay_multiplies_once_every_so_many_steps():
    lr = StepDecay(0.5, steps=10, factor=0.1)
    assert [lr(t) for t in STEPS] == pytest.approx([0.5] * 10 + [0.05] * 10 + [0.005] * 10, rel=1e-15)


def test_cosine_goes_down_half_a_wave_to_its_floor():
    lr = Cosine(0.5, steps=20, floor=0.1)
    expected = [0.1 + 0.4 * math.cos(math.pi * (t - 1) / 40) ** 2 for t in range(1, 21)] + [0.1] * 10
    assert [lr(t) for t in STEPS] == pytest.approx(expected, rel=1e-14)
    assert lr(1) == 0.5


def test_warm_up_rises_in_equal_parts():
    lr = WarmUp(0.5, steps=10)
    assert [lr(t) for t in STEPS] == pytest.approx([0.05 * t for t in range(1, 11)] + [0.5] * 20, rel=1e-15)


def test_schedules_nest():
    lr = WarmUp(StepDecay(0.5, steps=4, factor=0.5), steps=8)
    assert [lr(t) for t in (1, 4, 5, 8, 9)] == pytest.approx([0.5 / 8, 0.25, 0.25 * 5 / 8, 0.25, 0.125], rel=1e-15)


def test_a_number_is_a_constant_rate():
    assert rate(0.5, 7) == 0.5


DECAY = StepDecay(1e-2, steps=40, factor=0.5)


def decay(t):
    return 1e-2 * 0.5 ** ((t - 1) // 40)


@pytest.mark.parametrize(
    ("rule", "oracle"),
    [
        (SGD(DECAY), oracles.Scheduled(oracles.Sgd(0), decay)),
        (Adam(DECAY), oracles.Scheduled(oracles.Adam(0), decay)),
        (
            Adam(DECAY, weight_decay=0.1, decoupled=True),
            oracles.Scheduled(oracles.Adam(0, wd=0.1, decoupled=True), decay),
        ),
        (SWATS(DECAY), oracles.Scheduled(oracles.Swats(0), decay, "alpha")),
        (FrankWolfe(DECAY), oracles.Scheduled(oracles.FrankWolfe(0), decay)),
        (
            MAS(DECAY),
            oracles.Mas(
                "linear",
                1 - 0.6,
                0.6,
                oracles.Scheduled(oracles.Sgd(0), decay),
                oracles.Scheduled(oracles.Adam(0), decay),
            ),
        ),
    ],
    ids=lambda x: type(x).__name__,
)
def test_every_rule_takes_a_schedule_for_its_rate(rule, oracle):
    check(rule, oracle)


def test_schedules_are_equal_when_they_are_written_alike():
    assert Cosine(0.1, 5) == Cosine(0.1, 5, floor=0.0) != Cosine(0.1, 6)
    assert WarmUp(0.1, 5) != Cosine(0.1, 5)
    assert repr(WarmUp(Cosine(0.1, 5), 2)) == "WarmUp(lr=Cosine(lr=0.1, steps=5, floor=0.0), steps=2)"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Cosine(0, 5), "Cosine: lr must be a number above 0 or a schedule, got 0"),
        (lambda: WarmUp("1", 5), "WarmUp: lr must be a number above 0 or a schedule, got '1'"),
        (lambda: StepDecay(1.0, 0), "StepDecay: steps must be an integer above 0, got 0"),
        (lambda: WarmUp(1.0, 5.0), "WarmUp: steps must be an integer above 0, got 5.0"),
        (lambda: WarmUp(1.0, True), "WarmUp: steps must be an integer above 0, got True"),
        (lambda: StepDecay(1.0, 5, -0.1), "StepDecay: factor must be a number above 0, got -0.1"),
        (lambda: Cosine(1.0, 5, -0.1), "Cosine: floor must be a number at least 0, got -0.1"),
    ],
)
def test_what_schedules_refuse(make, sentence):
    with pytest.raises(ValueError) as caught:
        make()
    assert str(caught.value) == sentence


@pytest.mark.parametrize("given", [-0.1, np.nan, np.inf, None, "a", np.array([0.1, 0.2])])
def test_a_rate_that_is_none_is_refused_at_its_step(given):
    def falling(t):
        return 0.1 if t < 3 else given

    assert rate(falling, 2) == 0.1
    with pytest.raises(ValueError, match="falling: the rate at step 3 must be a number at least 0, got"):
        rate(falling, 3)


def test_a_rate_of_any_kind_of_number_is_a_python_number():
    for given in (0.5, np.float64(0.5), np.float32(0.5), np.array(0.5), Tensor(0.5), 0):
        assert type(rate(lambda t, given=given: given, 1)) is float
