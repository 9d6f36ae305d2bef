"""The window, the contour lines and the arrows."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from minimix.stepping import LANDSCAPES, stepper, view
from tests.stepping.oracle import HEIGHT_AND_GRADIENT

BOX = (-2.0, 2.0, -1.0, 3.0)
anything = st.floats(width=64, allow_nan=True, allow_infinity=True)
vectors = st.tuples(anything, anything).map(np.array)


@given(vectors, vectors, vectors)
@example(np.array([np.nan, 1.0]), np.array([1e308, -1e308]), np.array([5e-324, 0.0]))
@example(np.array([np.inf, -np.inf]), np.array([np.inf, 1.0]), np.array([np.nan, 1.0]))
def test_arrows_are_finite_and_inside_the_window_whatever_the_numbers(w, g, d):
    step = {"w": w, "arrows": {"g": g, "d": d}}
    with np.errstate(all="ignore"):
        for ends in view.arrows(step, BOX).values():
            assert np.all(np.isfinite(ends))
            x0, y0, x1, y1 = ends
            assert min(x0, x1) >= -2 and max(x0, x1) <= 2 and min(y0, y1) >= -1 and max(y0, y1) <= 3
        assert np.all(np.isfinite(view.reach(w, BOX)))


@given(st.tuples(st.floats(-1e200, 1e200), st.floats(-1e200, 1e200)).map(np.array))
def test_an_arrow_points_exactly_against_its_vector(g):
    step = {"w": np.array([0.0, 1.0]), "arrows": {"g": g}}
    found = view.arrows(step, BOX)
    if np.abs(g).max() == 0:
        assert not found
        return
    x0, y0, x1, y1 = found["g"]
    unit = g / np.abs(g).max()
    expected = -unit / np.hypot(*unit)
    got = np.array([x1 - x0, y1 - y0])
    np.testing.assert_allclose(got / np.hypot(*got), expected, atol=1e-12)


def test_a_longer_vector_has_a_longer_arrow_and_none_is_invisible():
    arrows = {"g": np.array([1e9, 0.0]), "d_s": np.array([1.0, 0.0]), "d_a": np.array([1e8, 0.0])}
    found = view.arrows({"w": np.zeros(2), "arrows": arrows}, BOX)
    length = {name: np.hypot(x1 - x0, y1 - y0) for name, (x0, y0, x1, y1) in found.items()}
    assert length["g"] > length["d_a"] > length["d_s"] > 0.05 * 4


def test_reach_keeps_the_direction_of_a_point_far_away():
    middle = np.array([0.0, 1.0])
    found = view.reach(np.array([3e200, 1 + 4e200]), BOX) - middle
    np.testing.assert_allclose(found / np.hypot(*found), [0.6, 0.8])


@pytest.mark.parametrize("name", LANDSCAPES)
def test_contour_lines_lie_at_their_level(name):
    landscape = LANDSCAPES[name]
    box = landscape.window
    x, y, z = view.heights(landscape, box)
    levels = view.levels(z)
    lines = view.contours(landscape, box)
    assert len(lines) == len(levels) and sum(map(len, lines)) >= 5
    slope = max(np.abs(np.gradient(z, y, x)[0]).max(), np.abs(np.gradient(z, y, x)[1]).max())
    for level, some in zip(levels, lines, strict=True):
        for line in some:
            heights = [HEIGHT_AND_GRADIENT[name](*point)[0] for point in line]
            np.testing.assert_allclose(heights, level, atol=slope * (x[1] - x[0]))


def test_a_students_function_gets_a_window_around_its_traces():
    s = stepper("sgd:lr=0.1", on=lambda w: ((w - 5) * (w - 5)).sum(), start=(1, 1), steps=40)
    left, right, bottom, top = view.window(s.landscape, s.runs)
    assert left < 1 and right > 5 and bottom < 1 and top > 5 and right - left < 20


def test_one_diverging_rule_does_not_blow_the_window_up():
    s = stepper(["sgd:lr=0.1", "sgd:lr=1.5"], on=lambda w: (w * w).sum(), start=(1, 1), steps=40)
    left, right, _, _ = view.window(s.landscape, s.runs)
    assert right - left < 5
    assert np.all(np.isfinite(view.window(s.landscape, s.runs[1:])))
