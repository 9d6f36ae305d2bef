import numpy as np
import pytest

from minimix import plots
from minimix.result import Result


def rows(spec, accuracies):
    return [
        {
            "optimizer": spec,
            "trial": k,
            "epoch": [1, 2][: len(a)],
            "val_accuracy": a,
            "train_loss": [1.0, None][: len(a)],
            "val_loss": [1.0, 0.5][: len(a)],
            "seconds_per_epoch": 1.0,
            "stopped": None if len(a) == 2 else "too far",
        }
        for k, a in enumerate(accuracies)
    ]


def drawn(band, trials):
    axes = plots.comparison([("", Result(["sgd"], trials))], band).axes[0]
    line, area = axes.get_lines()[0], axes.collections[0].get_paths()[0].vertices
    at = lambda x: sorted({round(float(y), 6) for u, y in area if u == x})
    return line.get_ydata(), at(1), at(2)


def test_the_line_is_the_mean_and_the_band_the_range_or_one_standard_deviation():
    trials = rows("sgd", [[0.5, 0.8], [0.7, 0.9]])
    mean, first, second = drawn("range", trials)
    assert np.allclose(mean, [60, 85]) and first == [50, 70] and second == [80, 90]
    _, first, _ = drawn("std", trials)
    assert np.allclose(first, [60 - 200**0.5, 60 + 200**0.5])


def test_a_trial_that_stopped_early_counts_as_far_as_it_goes():
    mean, _, second = drawn("range", rows("sgd", [[0.5, 0.8], [0.7]]))
    assert np.allclose(mean, [60, 80]) and second == [80]


def test_a_figure_of_losses_has_two_logarithmic_axes_and_one_of_accuracies_one():
    trials = rows("sgd", [[0.5, 0.8], [0.7, 0.9]])
    scales = lambda trials: [axes.get_yscale() for axes in plots.comparison([("", Result(["sgd"], trials))]).axes]
    assert scales(trials) == ["linear", "log"]
    for t in trials:
        t["val_accuracy"], t["val_loss"] = [None, None], [3.0, 0.1]
    assert scales(trials) == ["log", "log"]
    line = plots.comparison([("", Result(["sgd"], trials))]).axes[0].get_lines()[0]
    assert np.allclose(line.get_ydata(), [3, 0.1])


def said(*results):
    """The title and the labels of a figure."""
    figure = plots.comparison(results)
    return figure.get_suptitle(), [line.get_label() for line in figure.axes[0].get_lines()]


def test_a_line_of_fewer_trials_than_another_says_so():
    three, one = rows("adam", [[0.5, 0.8], [0.6, 0.9], [0.5, 0.85]]), rows("sgd", [[0.4, 0.7]])
    assert said(("", Result(["adam", "sgd"], three + one))) == (
        "mean over trials, band: range over trials",
        ["adam (3 trials)", "sgd (1 trial)"],
    )
    assert said(("a ", Result(["adam"], three)), ("b ", Result(["sgd"], one)))[1] == [
        "a adam (3 trials)",
        "b sgd (1 trial)",
    ]
    assert said(("", Result(["sgd", "never"], one))) == ("mean of 1 trial", ["sgd"])


def test_a_trial_that_stopped_is_counted():
    whole, early = rows("adam", [[0.5, 0.8], [0.6, 0.9]]), rows("sgd", [[0.4, 0.7], [0.4]])
    assert said(("", Result(["adam", "sgd"], whole + early)))[1] == [
        "adam (2 trials)",
        "sgd (2 trials, 1 stopped early)",
    ]
    assert said(("", Result(["sgd"], early)))[0] == "mean of 2 trials, 1 stopped early, band: range over trials"


def test_one_trial_has_no_standard_deviation():
    axes = plots.comparison([("", Result(["sgd"], rows("sgd", [[0.5, 0.8]])))], "std").axes[0]
    assert not axes.collections or not len(axes.collections[0].get_paths())


def test_data_that_differ_are_told():
    labels = lambda *data: said(*(("", Result(["sgd"], rows("sgd", [[0.4, 0.7]]), data=own)) for own in data))[1]
    sums = lambda x, y: {"name": "digits.npz", "sha256": {"x_train": 64 * x, "y_train": 64 * y}}
    assert labels({"name": "glyphs"}, {"name": "glyphs"}) == ["sgd", "sgd"] == labels({}, {})
    assert labels({"name": "glyphs"}, {"name": "shapes"}, {}) == [
        "sgd on glyphs",
        "sgd on shapes",
        "sgd on unknown data",
    ]
    assert labels(sums("a", "b"), sums("a", "b")) == ["sgd", "sgd"]
    assert labels(sums("a", "b"), sums("a", "c")) == [
        "sgd on digits.npz, y_train bbbbbb",
        "sgd on digits.npz, y_train cccccc",
    ]


def grey(axes):
    return [
        line
        for collection in axes.collections
        if hasattr(collection, "get_segments")
        for line in collection.get_segments()
    ]


@pytest.mark.parametrize(
    ("count", "named", "in_grey"), [(1, 1, 0), (7, 7, 0), (12, 12, 0), (40, 8, 32), (1000, 8, 992)]
)
def test_of_many_lines_the_best_and_the_reference_have_names_and_the_rest_is_grey(count, named, in_grey):
    trials = [t for k in range(count) for t in rows(f"r{k}", [[0.1, k / 1000], [0.1, k / 1000]])]
    figure = plots.comparison([("", Result([f"r{k}" for k in range(count)], trials))])
    best = ["r0", *(f"r{k}" for k in range(count - named + 1, count))]
    assert [line.get_label() for line in figure.axes[0].get_lines()] == best
    assert len(grey(figure.axes[0])) == len(grey(figure.axes[1])) == in_grey
    assert (
        f"the best 7 of {count} and the reference by name, the other {in_grey} in grey" in figure.get_suptitle()
    ) == (in_grey > 0)
    ticks = [text.get_text() for axes in figure.axes[2:3] for text in axes.get_yticklabels()]
    assert ticks == (best + [f"{in_grey} others"] * (in_grey > 0) if count > 1 else [])
    assert bool(figure.legends) == (count == 1) and figure.get_size_inches()[1] < 12


def test_several_results_in_one_figure_are_held_to_no_reference():
    two = lambda k: rows("sgd", [[0.1, 0.8 + k / 100]]) + rows("adam", [[0.1, 0.7 + k / 100]])
    figure = plots.comparison([(f"{k} ", Result(["sgd", "adam"], two(k))) for k in range(7)])
    assert len(figure.axes) == 2 and len(figure.legends[0].texts) == 7
    assert "the best 7 of 14 by name, the other 7 in grey" in figure.get_suptitle()


def test_a_label_is_drawn_as_it_is_written_and_a_long_one_in_four_lines():
    odd = r"$\no{$"
    one = rows(odd, [[0.5, 0.8], [0.5, 0.9]])
    figure = plots.comparison([("", Result([odd], one))])
    figure.draw_without_rendering()
    assert figure.legends[0].get_texts()[0].get_text() == odd
    figure = plots.comparison([("", Result([odd, "x" * 1000], one + rows("x" * 1000, [[0.4, 0.7], [0.4, 0.6]])))])
    figure.draw_without_rendering()
    short, long = (text.get_text() for text in figure.axes[2].get_yticklabels())
    assert short == odd and long.count("\n") == 3 and long.endswith("…") and figure.get_size_inches()[1] < 8


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_the_same_figure_is_written_as_the_same_bytes(tmp_path, ending):
    from matplotlib.figure import Figure

    for name in "ab":
        figure = Figure()
        figure.subplots().plot([1, 2], clip_on=True)
        plots.save(figure, tmp_path / f"{name}.{ending}")
    assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()
