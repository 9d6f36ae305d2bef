"""gamma by its hypergradient: the derivative is the loss's, and descents end where the loss is least."""

import numpy as np
import pytest

from minimix.data import glyphs
from minimix.study import gamma


def found(losses, slopes, paths):
    return gamma.Found(0.01, [[x] for x in losses], [[x] for x in slopes], paths)


def valley(at):
    """Losses and slopes on the grid of a parabola with its minimum at `at`."""
    return [(g - at) ** 2 for g in gamma.GRID], [2 * (g - at) for g in gamma.GRID]


def test_the_derivative_is_that_of_the_validation_loss():
    digits, h = glyphs(train=200, test=100), 1e-4
    ends = [gamma._slope(0.01, 0.4 + x, 0, digits, lambda: None)[0] for x in (-h, h)]
    loss, slope = gamma._slope(0.01, 0.4, 0, digits, lambda: None)
    assert slope == pytest.approx((ends[1] - ends[0]) / (2 * h), rel=1e-4)
    assert min(ends) < loss < max(ends)


@pytest.mark.parametrize("at", [0.05, 0.31, 0.5, 0.77, 0.95])
@pytest.mark.parametrize("start", gamma.STARTS)
def test_a_descent_ends_at_the_minimum_though_one_seed_explodes(monkeypatch, at, start):
    monkeypatch.setattr(gamma, "_slope", lambda rate, g, seed, *_: (0.0, (g - at) * (-1e9 if seed == 1 else 1)))
    path = gamma._descend(0.01, start, None, lambda: None)
    assert path[0] == pytest.approx(start) and path[-1] == pytest.approx(at, abs=0.03)
    assert len(path) == gamma.TURNS + 1


def test_they_agree_where_every_descent_ends_within_a_step_of_the_best():
    losses, slopes = valley(0.5)
    near, far = found(losses, slopes, [[0.2, 0.45], [0.8, 0.59]]), found(losses, slopes, [[0.2, 0.45], [0.8, 0.79]])
    assert (near.best, near.agrees, far.agrees) == (0.5, True, False)
    assert "they agree within 0.1" in near.sentence() and "they do not agree within 0.1" in far.sentence()
    assert "0.79 from 0.8" in far.sentence() and "edge" not in far.sentence()


def test_beyond_the_grid_is_its_edge():
    losses, slopes = valley(1.3)
    one = found(losses, slopes, [[0.2, 0.993], [0.8, 0.993]])
    assert (one.best, one.agrees, one.signs) == (0.9, True, 9) and "an edge: the best may lie beyond" in one.sentence()


def test_signs_are_counted_against_the_grid_s_own_slope():
    losses, slopes = valley(0.55)
    assert found(losses, slopes, [[0.5]]).signs == 9
    assert found(losses, [-x for x in slopes], [[0.5]]).signs == 0


def test_what_was_found_is_read_as_it_was_written(tmp_path):
    one = found(*valley(0.5), [[0.2, 0.45], [0.8, 0.59]])
    gamma.write(tmp_path / "gamma.json", [one])
    assert gamma.read(tmp_path / "gamma.json") == [one]


@pytest.mark.parametrize(
    "text",
    ["[]", "{}", '{"found": [{}]}', '{"found": [{"rate": 1, "losses": [[1]], "slopes": [[1]], "paths": [[1]]}]}'],
)
def test_a_file_that_holds_something_else_is_refused(tmp_path, text):
    (tmp_path / "gamma.json").write_text(text)
    with pytest.raises(ValueError):
        gamma.read(tmp_path / "gamma.json")


def test_table_and_figure_show_every_point_of_the_grid():
    one = found(*valley(0.5), [[0.2, 0.45], [0.8, 0.59]])
    assert len(gamma.table([one, one]).splitlines()) == 1 + 2 * len(gamma.GRID)
    left, right = gamma.draw([one, one]).axes
    np.testing.assert_allclose(left.get_lines()[0].get_ydata(), one.means)
    ends = [x.get_xdata()[0] for x in right.get_lines() if x.get_marker() == "s"]
    assert ends == [0.45, 0.59]
