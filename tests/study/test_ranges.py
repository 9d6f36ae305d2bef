"""What is tuned in a rule, and that values are spread evenly over it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minimix.spec import canonical, parse
from minimix.study.ranges import axes, hypercube, with_values


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        ("adam", ["lr"]),
        ("mas", ["lr", "gamma"]),
        ("mas:ls=0.5,la=0.5", ["lr"]),
        ("mas:s=sgd(momentum=0.9)", ["lr", "gamma", "s.lr"]),
        ("mas:s=sgd,a=adam", ["gamma", "s.lr", "a.lr"]),
        ("split", ["first1.lr", "*.lr"]),
        ("split:dense1=mas,*.bias=freeze,*=sgd", ["dense1.lr", "dense1.gamma", "*.lr"]),
        ("sgd:lr=warmup(lr=cosine(lr=0.01,steps=9),steps=3)", ["lr.lr.lr"]),
        ("muon:rest=adam", ["lr", "rest.lr"]),
        ("lookahead:rule=sgd", ["rule.lr"]),
        ("frank-wolfe", []),
        ("freeze", []),
    ],
)
def test_learning_rates_and_gamma_are_tuned_wherever_they_have_a_part(spec, names):
    assert [axis.name for axis in axes(parse(spec))] == names


def test_a_rate_is_sought_two_decades_to_both_sides_of_the_rules_own_or_where_the_range_says():
    (own,) = axes(parse("adam:lr=0.003"))
    assert (10**own.low, 10**own.high, own.default) == pytest.approx((0.00003, 0.3, 0.003))
    rates = axes(parse("split"), (1e-5, 1))
    assert all((axis.low, axis.high) == pytest.approx((-5, 0)) for axis in rates)
    (_, gamma) = axes(parse("mas"), (1e-5, 1))
    assert (gamma.low, gamma.high, gamma.rate) == (0, 1, False)


def test_what_a_rule_of_the_readers_own_takes_says_what_is_tuned(tmp_path):
    path = tmp_path / "my.py"
    path.write_text(
        "class Rated:\n"
        "    def __init__(self, lr=0.1, gamma=5.0):\n"
        "        self.lr, self.gamma = lr, gamma\n"
        "    def propose(self, w, g, state):\n"
        "        return g, self.lr\n"
        "def fixed(w, g, state, t):\n"
        "    return w - 0.1 * g\n"
    )
    rated = parse(f"{path}:Rated")
    assert [axis.name for axis in axes(rated)] == ["lr"]  # a gamma of 5 is no share
    assert with_values(rated, axes(rated), {"lr": 0.25}).lr == 0.25
    assert axes(parse(f"{path}:fixed")) == []


@given(st.sampled_from(["adam", "mas:s=sgd", "split", "sgd:lr=cosine(steps=9,lr=0.1)"]), st.data())
def test_a_copy_has_the_values_it_is_given_and_the_rule_keeps_its_own(spec, data):
    rule = parse(spec)
    before, ranges = canonical(rule), axes(rule)
    values = {axis.name: axis.value(data.draw(st.floats(axis.low, axis.high))) for axis in ranges}
    made = with_values(rule, ranges, values)
    assert {axis.name: axis.default for axis in axes(made)} == values
    assert canonical(rule) == before
    assert parse(canonical(made)) == made


@given(st.integers(2, 12), st.integers(1, 3), st.integers(0, 99))
def test_in_every_coordinate_each_stratum_has_one_value(n, dimensions, seed):
    boxes = [(-3.0 - k, 2.0 + k) for k in range(dimensions)]
    points = np.array(hypercube(boxes, n, np.random.default_rng(seed)))
    for column, (low, high) in zip(points.T, boxes, strict=True):
        assert sorted(np.floor((column - low) / (high - low) * n)) == list(range(n))


@given(st.floats(-12, 6))
def test_a_value_has_three_digits_and_is_found_again(x):
    (axis,) = axes(parse("adam"))
    value = axis.value(x)
    assert len(f"{value:.12g}".replace(".", "").split("e")[0].strip("0")) <= 3
    assert axis.place(value) == pytest.approx(x, abs=math.log10(1.006))
