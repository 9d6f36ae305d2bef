"""Claims on trials whose answers are known hold, fail, or are left open."""

import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from minimix.study import claims
from minimix.study.plans import figures
from minimix.study.reading import READINGS
from tests.study.made import keep


def claim(folder, text, figure=None):
    (found,) = [c for c in claims.judged(folder) if c.text == text and figure in (None, c.figure)]
    return found


def spread(mean, n=5, by=0.1):
    """n numbers with this mean, all different."""
    return [mean + by * (k - (n - 1) / 2) for k in range(n)]


@pytest.mark.parametrize("mean, holds", [(97.7, True), (97.95, True), (97.45, True), (99, False), (90, False)])
def test_a_number_holds_where_its_tolerance_meets_the_interval(tmp_path, mean, holds):
    found = claim(keep(tmp_path, "fig2", {"SGD": spread(mean)}), "SGD: accuracy")
    assert (found.holds, found.published, found.here) == (holds, "97.7 ± 0.2 %", f"{mean:.2f} %")


@settings(max_examples=15)
@given(
    st.lists(st.integers(9000, 9999), min_size=3, max_size=6, unique=True),
    st.sampled_from([("fig2", "SGD"), ("fig3", "Adam"), ("fig6", "MAS linear"), ("fig7", "correction")]),
)
def test_the_interval_of_a_number_is_student_s(tmp_path_factory, hundredths, which):
    figure, label = which
    own = [x / 100 for x in hundredths]
    found = claim(keep(tmp_path_factory.mktemp("s"), figure, {label: own}), f"{label}: accuracy")
    low, high = stats.t.interval(0.95, len(own) - 1, statistics.fmean(own), stats.sem(own))
    assert found.interval == f"[{low:.2f}, {high:.2f}]"
    published, tolerance = figures()[figure].published[label], 0.2 if figure in ("fig2", "fig3") else 1
    assert found.holds == (low <= published + tolerance and high >= published - tolerance)


@pytest.mark.parametrize("n", [1, 2])
def test_few_trials_settle_nothing(tmp_path, n):
    found = claim(keep(tmp_path, "fig2", {"SGD": spread(97.7, n)}), "SGD: accuracy")
    assert (found.holds, found.why) == (None, "fewer than 3 trials")


def test_a_rule_without_a_trial_settles_nothing(tmp_path):
    folder = keep(tmp_path, "fig4a", {"SGD": spread(80)})
    assert claim(folder, "SGD alone is far below").why == "no trial of mix"
    assert all(c.holds is None for c in claims.judged(folder))


NEAR, FAR = "the mix is near or above Adam", "SGD alone is far below"


@pytest.mark.parametrize(
    "means, near, far",
    [
        ({"SGD": 90, "Adam": 97, "mix": 98}, True, True),
        ({"SGD": 90, "Adam": 97, "mix": 96.9}, True, True),  # 0.1 below is near: the plots are read to 0.2 each
        ({"SGD": 98, "Adam": 97, "mix": 96}, False, False),
        ({"SGD": 95.5, "Adam": 97, "mix": 96}, False, False),  # half a point is not far
    ],
)
def test_statements_about_two_rules_hold_by_the_interval_of_their_difference(tmp_path, means, near, far):
    noise = {"SGD": (0, 0.1, 0.2, -0.1, 0.05), "Adam": (0.1, 0, 0.1, -0.1, 0), "mix": (0, 0.05, 0.1, -0.1, 0.1)}
    folder = keep(tmp_path, "fig4a", {label: [mean + x for x in noise[label]] for label, mean in means.items()})
    assert [claim(folder, text).holds for text in (NEAR, FAR)] == [near, far]
    assert [claim(folder, text).published for text in (NEAR, FAR)] == [
        "at most 0.4 points below",
        "above by more than 1 point",
    ]


def test_a_difference_within_the_noise_is_not_settled(tmp_path):
    rng = np.random.default_rng(0)
    folder = keep(tmp_path, "fig6", {k: list(rng.normal(63, 3, 5)) for k in ("SGD", "Adam", "MAS linear")})
    found = claim(folder, "MAS linear is above Adam")
    assert (found.holds, found.why) == (None, "not settled")


def test_the_interval_of_a_statement_holds_jointly_with_the_plan_s_others(tmp_path):
    own = {"SGD": spread(90, by=0.3), "Adam": spread(97, by=0.2), "mix": spread(97.5)}
    found = claim(keep(tmp_path, "fig4a", own), NEAR)
    d = np.subtract(own["mix"], own["Adam"])
    half = stats.t.ppf(1 - 0.05 / 4, 4) * stats.sem(d)  # two comparisons
    assert found.interval == f"[{d.mean() - half:+.2f}, {d.mean() + half:+.2f}]"


@pytest.mark.parametrize("best, holds", [("gamma 0.6", True), ("gamma 0.7", False), (None, None)])
def test_0_6_is_chosen_where_it_beats_all_others(tmp_path, best, holds):
    rng = np.random.default_rng(1)
    own = {f"gamma {g:g}": list(63 + rng.normal(0, 0.3, 6)) for g in (0.4, 0.6, 0.7, 1)}
    if best:
        own[best] = [x + 5 for x in own[best]]
    assert claim(keep(tmp_path, "fig5", own), "gamma 0.6 is the best").holds is holds


def test_the_nearest_of_several_is_told(tmp_path):
    own = {f"gamma {g:g}": [x - abs(g - 0.6) * 10 for x in (63, 63.5 + g / 9, 64)] for g in (0.4, 0.6, 0.7, 1)}
    found = claim(keep(tmp_path, "fig5", own), "gamma 0.6 is the best")
    assert found.here == f"{statistics.fmean(own['gamma 0.6']) - statistics.fmean(own['gamma 0.7']):+.2f} points"


def test_a_rule_of_another_figure_is_compared_trial_by_trial(tmp_path):
    text, variants = "normalization reaches SGD", ("linear", "normalization", "vector", "correction")
    low, high = [60 + 0.1 * k for k in range(4)], [66.05, 66.2, 66.1, 66.3]
    folder = keep(tmp_path, "fig7", dict.fromkeys(variants, low) | {"normalization": high})
    assert claim(folder, text).why == "no trial of fig6/SGD"
    folder = keep(tmp_path, "fig6", {"SGD": [66.0, 66.1, 66.3, 66.2]})
    assert claim(folder, text).holds is True
    folder = keep(tmp_path / "other", "fig6", {"SGD": [76.0, 76.1, 76.3, 76.2]})
    keep(tmp_path / "other", "fig7", dict.fromkeys(variants, low) | {"normalization": high})
    assert claim(folder, text).holds is False


@pytest.mark.parametrize("ratio, holds", [(1.27, True), (1.05, False), (1.6, False)])
def test_how_much_faster_is_a_ratio_of_times_in_the_same_trial(tmp_path, ratio, holds):
    adam = [1.0, 2.0, 1.5]  # the machine's mood, which the ratio drops
    seconds = {"SGD": adam, "Adam": adam, "mix": [x / (ratio + 0.001 * k) for k, x in enumerate(adam)]}
    results = {label: spread(97, 3) for label in seconds}
    folder = keep(tmp_path, "time", results, seconds)
    assert claim(folder, "the mix is 25 to 30 % faster than Adam").holds is holds
    assert claim(folder, "Adam: seconds an epoch").why == "another machine"


def test_what_the_report_leaves_open_is_not_called_published(tmp_path):
    own = dict.fromkeys(figures()["gain"].rules, spread(97, 3))
    assert claim(keep(tmp_path, "gain", own), "MAS linear is above Adam at each rate").published == "left open"


@pytest.mark.parametrize(
    "lasts, holds, why", [((3.0, 3.5, 2.9), True, ""), ((0.1, 0.3, 0.2), False, ""), ((0.4, 2, 1), None, "not settled")]
)
def test_a_loss_rises_where_its_interval_does(tmp_path, lasts, holds, why):
    label = "Frank-Wolfe and SGD"
    folder = keep(tmp_path, "related", {label: spread(20, 3)}, losses={label: [(1.0, last) for last in lasts]})
    found = claim(folder, f"{label}: increasing loss")
    assert (found.holds, found.why) == (holds, why)


def test_what_was_trained_otherwise_is_shown_and_not_judged(tmp_path):
    folder = keep(tmp_path, "fig2", {"SGD": spread(97.7)}, epochs=2)
    found = claim(folder, "SGD: accuracy")
    assert (found.here, found.holds, found.why) == ("97.70 %", None, "not trained as published")


def test_trials_that_continue_one_another_are_not_judged(tmp_path):
    own = {label: spread(97.7) for label in ("SGD", "Adam", "mix")}
    folder = keep(tmp_path, "fig3+code", own, reading=READINGS["code"])
    assert {c.why for c in claims.judged(folder)} >= {"its trials continue one another"}
    assert all(c.holds is None for c in claims.judged(folder))


def test_the_table_says_what_each_claim_came_to(tmp_path):
    folder = keep(tmp_path, "fig2", {"SGD": spread(97.7), "Adam": spread(90)})
    heads, *rows = claims.table(claims.judged(folder)).splitlines()
    assert heads.split()[:3] == ["figure", "claim", "published"]
    assert [row.split()[-1] for row in rows] == ["yes", "no", "trial"]


def test_every_number_and_statement_of_the_report_is_there():
    plans = figures()
    assert {name: plan.published for name, plan in plans.items() if plan.published} == {
        "fig2": {"SGD": 97.7, "Adam": 98.2, "mix": 97.8},
        "fig3": {"SGD": 97.7, "Adam": 97.0, "mix": 97.8},
        "fig6": {"SGD": 66, "Adam": 61.5, "MAS linear": 63.7},
        "fig7": {"linear": 63.7, "normalization": 66, "vector": 64, "correction": 47},
    }
    assert plans["time"].seconds == {"Adam": 0.701, "SGD": 0.506, "mix": 0.541}
    for name in ("fig3", "fig4a", "fig4b", "fig4c", "fig4d", "fig5", "fig6", "fig7", "time", "related", "gain"):
        assert plans[name].statements
        for statement in plans[name].statements:
            than = getattr(statement, "than", ())
            for label in (statement.label, *((than,) if isinstance(than, str) else than)):
                figure, _, rule = label.rpartition("/")
                assert rule in plans[figure or name].rules
