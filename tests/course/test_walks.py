"""Walks made by hand: where they part, and what counts as a difference."""

import numpy as np
import pytest

from minimix.course.problems import PROBLEMS
from minimix.course.walks import Walk, parting, same, walk


def walked(kept=(), **terms):
    """A Walk of one parameter, w; each term has a number for each step, and each a scale of 1."""
    steps = [dict(zip(terms, map(np.array, numbers), strict=True)) for numbers in zip(*terms.values(), strict=True)]
    scales = [{("w", term): 1.0 for term in terms} for _ in steps]
    return Walk(None, steps=[{"w": step} for step in steps], scales=scales, kept=set(kept))


OURS = walked({"m"}, m=[1.0, 2.0, 3.0], d=[5.0, 6.0, 7.0], w=[0.1, 0.2, 0.3])


def parts(**terms):
    """(step, term, got, expected, step at which w parts)."""
    first, w_parts = parting(walked(**terms), OURS)
    return first.t, first.term, float(first.got), float(first.right), w_parts


def test_rules_agree_where_w_does_whatever_their_terms_are():
    assert parting(walked(m=[0.0, 0.0, 0.0], d=[5.0, 6.0, 8.0], w=[0.1, 0.2, 0.3]), OURS) is None


def test_w_parts_where_no_other_term_is_known():
    assert parts(w=[0.1, 0.25, 0.4]) == (2, "w", 0.25, 0.2, 2)


def test_a_term_counts_before_the_weights_that_it_moves():
    assert parts(d=[5.0, 6.5, 7.0], w=[0.1, 0.25, 0.3]) == (2, "d", 6.5, 6.0, 2)


def test_what_is_kept_counts_from_its_first_difference_on():
    assert parts(m=[1.5, 2.0, 3.0], w=[0.1, 0.25, 0.3]) == (1, "m", 1.5, 1.0, 2)


def test_a_term_that_differed_while_w_did_not_only_has_the_same_name():
    assert parts(d=[9.0, 9.0, 9.0], w=[0.1, 0.25, 0.3]) == (2, "w", 0.25, 0.2, 2)


def test_a_walk_that_ended_early_is_compared_as_far_as_it_goes():
    assert parting(walked(w=[0.1, 0.2]), OURS) is None
    assert parts(w=[0.1, 0.3]) == (2, "w", 0.3, 0.2, 2)


def test_rounding_is_measured_by_how_large_a_number_has_been():
    assert same(np.array([1e-17]), np.array([0.0]), 1.0)
    assert not same(np.array([1e-17]), np.array([0.0]), 1e-9)
    assert not same(np.array([1.0]), np.array([1.0 + 1e-7]), 1.0)


def test_shapes_and_nan_are_compared_too():
    nan = np.array([np.nan])
    assert same(nan, nan, 1.0)
    assert not same(nan, np.array([1.0]), 1.0)
    assert not same(np.array([1.0]), np.array(1.0), 1.0)


class Halving:
    """Halves its parameters, and raises in step 3 if it is told to."""

    def __init__(self, named, raising=False):
        self.named, self.raising, self.t = named, raising, 0

    def kept(self):
        return {"t"}

    def step(self):
        self.t += 1
        if self.raising and self.t == 3:
            raise ValueError("no more")
        for _, p in self.named:
            p.data /= 2
        return {name: {"t": self.t, "word": "none"} for name, _ in self.named}


def test_a_walk_has_the_gradients_along_its_own_way_and_every_number():
    bowl = PROBLEMS[0]
    found = walk(bowl, Halving)
    assert len(found.steps) == len(found.gradients) == 60
    np.testing.assert_allclose(found.gradients[2]["first"], [-1.0, 0.15, 1.5])  # curvature (1, 0.3, 4), a quarter of w
    np.testing.assert_allclose(found.steps[1]["first"]["w"], bowl.start["first"] / 4)
    assert found.steps[1]["first"].keys() == {"t", "w"} and found.kept == {"t"}
    assert found.scales[0]["first", "w"] == found.scales[9]["first", "w"] == 2
    assert [scale["first", "t"] for scale in found.scales[:3]] == [1, 2, 3]


def test_another_rule_sees_these_gradients_and_may_fail():
    ours = walk(PROBLEMS[0], lambda named: Halving(named))
    theirs = walk(PROBLEMS[0], lambda named: Halving(named, raising=True), ours.gradients)
    assert str(theirs.trouble) == "no more" and len(theirs.steps) == 2
    np.testing.assert_array_equal(theirs.gradients[1]["first"], ours.gradients[1]["first"])
    with pytest.raises(ValueError, match="no more"):
        walk(PROBLEMS[0], lambda named: Halving(named, raising=True))
