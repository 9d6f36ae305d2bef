"""check against an exercise made for these tests, whose numbers are known without any code: y = a*x, b = a + x."""

import warnings

import numpy as np
import pytest

import minimix as mx
from minimix.course import observing
from minimix.course.checker import check, examine
from minimix.course.exercise import Exercise, cases


def product(a, x):
    return a * x


def both(a, x):
    return a * x, a + x


X = np.array([1.0, 2.0, 5.0])
PRODUCT = Exercise(
    product,
    cases(("a = 2", 2.0, X), ("a = 3", 3.0, X)),
    returns=("y",),
    mistakes=(
        ("four times", lambda a, x: 4 * x),
        ("plus", lambda a, x: a + x),
        ("squared", lambda a, x: a * a * x),
        ("twice", lambda a, x: 2 * x),
    ),
)
BOTH = Exercise(both, cases(("a = 2", 2.0, X)), returns=("y", "b"))


def test_a_right_function_passes():
    verdict = examine(lambda a, x: x * a, PRODUCT)
    assert verdict and verdict.text == "product: right (2 cases)."


def test_lists_and_tensors_count_as_numbers():
    assert examine(lambda a, x: [a * float(e) for e in x], PRODUCT)
    assert examine(lambda a, x: mx.Tensor(a * x), PRODUCT)


def test_a_gap_is_not_done_yet():
    def gap(a, x):
        raise NotImplementedError("your code here")

    verdict = examine(gap, PRODUCT)
    assert (verdict.state, verdict.text, bool(verdict)) == ("not done yet", "product: not done yet.", False)


def test_it_says_where_the_numbers_part_and_both_of_them():
    verdict = examine(lambda a, x: a * x + (a == 3) * np.array([0, 0.125, 0]), PRODUCT)
    assert verdict.text == (
        "product: at a = 3, y[1] is 6.125, expected 6.\n  It was called with a = 3, x = [1., 2., 5.]."
    )
    assert verdict.hint is None


def test_numbers_that_differ_late_are_shown_with_as_many_digits_as_it_takes():
    assert "is 2.00001, expected 2." in examine(lambda a, x: a * x + 1e-5 * (x == 1), PRODUCT).text


def test_rounding_is_no_mistake():
    assert examine(lambda a, x: a * x * (1 + 1e-7), PRODUCT)


def test_the_mistake_that_fits_everywhere_is_told_before_one_that_fits_at_first():
    assert examine(lambda a, x: a * a * x, PRODUCT).hint == "squared"
    assert examine(lambda a, x: a + x, PRODUCT).hint == "plus"


def test_a_mistake_that_fits_at_first_but_not_later_is_not_told():
    assert examine(lambda a, x: a + x if a == 2 else 0 * x, PRODUCT).hint is None


def test_two_mistakes_that_fit_as_far_as_it_goes_are_not_guessed_between():
    def ends_early(a, x):
        return a * a * x if a == 2 else [][0]  # as "squared" and "four times" do at a = 2

    assert examine(ends_early, PRODUCT).hint is None


def test_a_mistake_that_fails_where_the_answer_does_comes_before_one_that_goes_on():
    def fails_later(a, x):
        return a * a * x if a == 2 else [][0]

    exercise = Exercise(product, PRODUCT.play, ("y",), (*PRODUCT.mistakes, ("as it is", fails_later)))
    assert examine(fails_later, exercise).hint == "as it is"
    assert examine(lambda a, x: a * a * x, exercise).hint == "squared"
    alone = Exercise(product, PRODUCT.play, ("y",), (("as it is", fails_later),))
    assert examine(lambda a, x: a * a * x, alone).hint is None


def test_a_mistake_that_agrees_at_first_is_found_where_it_parts():
    verdict = examine(lambda a, x: 2 * x, PRODUCT)
    assert verdict.hint == "twice" and verdict.text.startswith("product: at a = 3, y[2] is 10, expected 15.")


def test_what_mistakes_of_the_bank_divide_by_zero_is_not_shown_to_the_student():
    exercise = Exercise(product, cases(("a = 2", 2.0, X)), mistakes=(("0/0", lambda a, x: (x - x) / (x - x)),))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert not examine(lambda a, x: x, exercise)
    assert not told


def test_the_term_is_named():
    assert "b[0] is 4, expected 3" in examine(lambda a, x: (a * x, a + x + (x == 1)), BOTH).text


def test_nan_is_a_difference():
    assert "y[1] is nan, expected 4." in examine(lambda a, x: np.where(x == 2, np.nan, a * x), PRODUCT).text


def endless(a, x):
    while True:
        a = a + 1


def in_place(a, x):
    x *= a
    return x


def leaving(a, x):
    raise SystemExit


def raising(a, x):
    return a * x / [][0]


@pytest.mark.parametrize(
    ("function", "exercise", "sentence"),
    [
        (raising, PRODUCT, "fails, called with a = 2, x = [1., 2., 5.]: line"),
        (raising, PRODUCT, "(`return a * x / [][0]`): IndexError: list index out of range."),
        (endless, PRODUCT, "was stopped after 0.3 seconds, called with a = 2, x = [1., 2., 5.] in line"),
        (in_place, PRODUCT, "changes its argument x in place, from [1., 2., 5.] to [ 2., 4., 10.]"),
        (lambda a, x: (a * x).sum(), PRODUCT, "y is a number, expected an array of shape (3,)."),
        (lambda a, x: (a * x)[:2], PRODUCT, "y is an array of shape (2,), expected an array of shape (3,)."),
        (lambda a, x: None, PRODUCT, "gives NoneType for y (is a return missing?)."),
        (lambda a, x: "6", PRODUCT, "gives str for y, not numbers."),
        (lambda a, x: [1, [2]], PRODUCT, "gives list for y, not numbers."),
        (lambda a: a, PRODUCT, "<lambda>() takes 1 positional argument but 2 were given."),
        (leaving, PRODUCT, "(`raise SystemExit`): SystemExit."),
        (lambda a, x: a * x, BOTH, "must return 2 values, y, b; got 3 of them."),
        (lambda a, x: a, BOTH, "must return 2 values, y, b; got float."),
        (lambda a, x: (a, a, a), BOTH, "must return 2 values, y, b; got 3 of them."),
    ],
)
def test_what_gives_nothing_to_compare_gets_a_sentence(function, exercise, sentence, monkeypatch):
    monkeypatch.setattr(observing, "SECONDS", 0.3)
    verdict = examine(function, exercise)
    assert verdict.state == "wrong" and verdict.text.startswith(exercise.name)
    assert sentence in verdict.text.splitlines()[0]


def test_an_output_that_the_next_step_cannot_take_is_reported_where_it_was_given():
    def play(step):
        w = X
        for t in (1, 2):
            w = step(2.0, w)
            yield f"step {t}", w

    exercise = Exercise(product, play, returns=("w",))
    verdict = examine(lambda a, x: (a * x + 0 * X)[:2], exercise)  # the second call raises
    assert verdict.text.startswith("product: at step 1, w is an array of shape (2,)")


def test_a_change_in_place_is_undone_so_that_the_next_check_begins_afresh():
    before = X.copy()
    examine(in_place, PRODUCT)
    np.testing.assert_array_equal(X, before)


def test_an_argument_may_change_where_the_exercise_says_so():
    def play(function):
        x = X.copy()
        yield "once", function(2.0, x)

    allowed = Exercise(product, play, returns=("y",), may_change=("x",))
    assert examine(in_place, allowed)


def test_check_prints_its_verdict_and_finds_the_exercise_by_name(capsys):
    def central_difference(f, x, h):
        raise NotImplementedError

    assert not check(central_difference)
    assert capsys.readouterr().out == "central_difference: not done yet.\n"


def test_a_function_of_an_unknown_name_is_refused_with_the_near_one():
    def central_diference(f, x, h):
        return 0

    with pytest.raises(ValueError, match="no exercise 'central_diference'; did you mean 'central_difference'"):
        check(central_diference)
