"""minimix/dots.py: the figure says what the verdict says."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from minimix import plots
from minimix.dots import panels
from minimix.result import Result
from minimix.verdict import judge
from tests.test_verdict import losses, trials
from tests.test_wording import LABELS, some


def row(axes, y):
    """{what: its numbers} of a row of a panel."""
    lines = (line for line in axes.get_lines() if not line.get_label().startswith("_") and len(line.get_ydata()))
    own = [line for line in lines if abs(line.get_ydata()[0] - y) < 0.3]
    return {line.get_label(): list(line.get_xdata()) for line in own}


def word(axes, y):
    (text,) = [text.get_text() for text in axes.texts if text.get_position()[1] == y]
    return " ".join(text.split())


def agrees(v, left, right):
    by = v.measure
    for y, text in enumerate(left.get_yticklabels()):
        rule = v.rules[text.get_text().partition(" (")[0]]
        own = row(left, y)
        finite = [x for x in rule.results if np.isfinite(x)]
        assert own["trials"] == pytest.approx([by.scale * x for x in finite])
        if np.isfinite(rule.mean):
            assert own["mean"] == pytest.approx([by.scale * rule.mean])
        if rule.spread is not None:
            assert own["interval"] == pytest.approx([by.scale * (rule.mean + s * rule.spread) for s in (-1, 1)])
        if rule.label == v.reference:
            assert word(right, y) == "reference" and not row(right, y)
            continue
        a, drawn = rule.against, row(right, y)
        assert word(right, y) == (a.verdict or a.why)
        assert drawn.get("trials", []) == pytest.approx([by.scale * d for d in a.differences])
        assert drawn.get("interval", []) == pytest.approx([by.scale * d for d in a.interval or ()])
        if a.verdict:
            assert drawn["mean"] == pytest.approx([by.scale * a.difference])


@pytest.mark.parametrize("seed", range(6))
def test_the_figure_agrees_with_the_verdict_in_random_studies(seed):
    rng = np.random.default_rng(seed)
    result = Result(LABELS, some(rng, LABELS))
    v = result.verdict(margin=rng.choice([None, 0.5]))
    figure = plots.comparison([("", result)], verdict=v)
    agrees(v, *figure.axes[2:])
    shown = [text.get_text().partition(" (")[0] for text in figure.axes[2].get_yticklabels()]
    assert shown == [label for label in LABELS if v.rules[label].results]


@pytest.mark.slow
def test_the_panels_agree_with_the_verdict_in_200_random_studies():
    rng, style = np.random.default_rng(0), {"color": "red", "linestyle": "-"}
    for _ in range(200):
        v = judge(some(rng, LABELS), LABELS, margin=rng.choice([None, 0.5]))
        shown = {label: (label, style) for label, rule in v.rules.items() if rule.results}
        agrees(v, *panels(Figure(), v, shown))


def test_the_margin_is_shaded_and_the_reference_named():
    result = Result(["a", "b"], trials(a=[0.5, 0.6], b=[0.6, 0.8]))
    right = plots.comparison([("", result)], verdict=result.verdict("b", margin=0.02)).axes[3]
    (shade,) = right.patches
    assert (shade.get_x(), shade.get_width()) == (-2, 4)
    assert right.get_xlabel() == "difference to b (points)\npairs of trials, mean, 95 % interval"
    right = Result(["a", "b", "c"], losses(a=[1, 2], b=[2, 3.5], c=[1, 3])).figure().axes[3]
    assert right.get_xlabel() == "difference to a\npairs of trials, mean, 95 % interval jointly"


def test_a_rule_that_diverged_does_not_squeeze_the_others():
    left = Result(["a", "b"], trials([("b", 1)], a=[0.97, 0.98], b=[0.975, 0.1])).figure().axes[2]
    low, high = left.get_xlim()
    assert 96 < low < 97 and 98 < high < 99


def test_others_share_a_row_of_grey_dots():
    v = judge(trials(a=[0.5, 0.6], b=[0.6, 0.8], c=[0.1, 0.3], d=[0.2, 0.2]), ["a", "b", "c", "d", "e"])
    style = {"color": "red", "linestyle": "-"}
    left, right = panels(Figure(), v, {"a": ("A", style), "b": ("B", style)}, ["c", "d", "e"])
    assert [text.get_text() for text in left.get_yticklabels()] == ["A", "B", "3 others"]
    assert row(left, 2)["trials"] == pytest.approx([20, 20]) and row(right, 2)["trials"] == pytest.approx([-35, -35])
