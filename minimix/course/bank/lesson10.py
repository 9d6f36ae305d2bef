"""Exercises: layer split, and biases."""

import itertools

import numpy as np

from ..exercise import Exercise, cases

RNG = np.random.default_rng(9)
PARAMETERS, D_S, D_A = ([RNG.standard_normal(n) for n in (3, 2, 4)] for _ in range(3))
LR_S, LR_A = 0.3, 0.07
W, B, WANTED = RNG.standard_normal((2, 3)), np.array([0.4, -1.3]), np.array([-0.7, 0.9])


def split_step(parameters, d_s, d_a, by_adam, lr_s, lr_a):
    rows = zip(parameters, d_s, d_a, by_adam, strict=True)
    return [w - lr_a * a if adam else w - lr_s * s for w, s, a, adam in rows]


def count_parameters(widths):
    return sum(a * b for a, b in itertools.pairwise(widths)), sum(widths[1:])


def _weights(widths):
    return count_parameters(widths)[0]


def _sums(widths):
    return sum(a + b for a, b in itertools.pairwise(widths))


def weights_for_bias(w, b, wanted, column, value):
    w = w.copy()
    w[:, column] += (wanted - b) / value
    return w


def _stepped(split):
    for place, by_adam in (("Adam on the first", [True, False, False]), ("Adam on the last two", [False, True, True])):
        yield place, split(PARAMETERS, D_S, D_A, by_adam, LR_S, LR_A)


def _each(move):
    """split_step that moves by -move(s, a, adam, lr_s, lr_a)."""

    def wrong(parameters, d_s, d_a, by_adam, lr_s, lr_a):
        return [w - move(s, a, adam, lr_s, lr_a) for w, s, a, adam in zip(parameters, d_s, d_a, by_adam, strict=True)]

    return wrong


def _changed(change):
    """weights_for_bias with another change of the column, a function of (w's column, b, wanted, value)."""

    def wrong(w, b, wanted, column, value):
        w = w.copy()
        w[:, column] = change(w[:, column], b, wanted, value)
        return w

    return wrong


def _row(w, b, wanted, column, value):
    w = w.copy()
    w[column % len(w)] += (wanted - b).sum() / value
    return w


EXERCISES = (
    Exercise(
        split_step,
        _stepped,
        returns=("the parameters",),
        terms=("the first parameter", "the second parameter", "the third parameter"),
        mistakes=(
            ("the rules are swapped.", _each(lambda s, a, adam, ls, la: ls * s if adam else la * a)),
            ("the rates are swapped.", _each(lambda s, a, adam, ls, la: ls * a if adam else la * s)),
            (
                "SGD's rate is used for both; each rule has its own.",
                _each(lambda s, a, adam, ls, la: ls * (a if adam else s)),
            ),
            (
                "Adam's rate is used for both; each rule has its own.",
                _each(lambda s, a, adam, ls, la: la * (a if adam else s)),
            ),
            ("the sign: w -= rate * direction.", _each(lambda s, a, adam, ls, la: -(la * a if adam else ls * s))),
            (
                "both rules move every parameter; a split gives each parameter to one.",
                _each(lambda s, a, adam, ls, la: la * a + ls * s),
            ),
            (
                "SGD moves Adam's parameters too: there is an else missing.",
                _each(lambda s, a, adam, ls, la: la * a + ls * s if adam else ls * s),
            ),
            ("what isn't Adam's stays where it is; it is SGD's.", _each(lambda s, a, adam, ls, la: la * a * adam)),
            ("the rates are missing.", _each(lambda s, a, adam, ls, la: a if adam else s)),
            (
                "the rates are squared.",
                _each(lambda s, a, adam, ls, la: la**2 * a if adam else ls**2 * s),
            ),
        ),
    ),
    Exercise(
        count_parameters,
        cases(("5, 3, 2", (5, 3, 2)), ("the study's MLP", (784, 128, 64, 10))),
        returns=("the weights", "the biases"),
        mistakes=(
            ("the input has no biases: they belong to the outputs of a layer.", lambda n: (_weights(n), sum(n))),
            ("every output has a bias, those of the last layer too.", lambda n: (_weights(n), sum(n[1:-1]))),
            ("the biases are those of the outputs, not of the inputs.", lambda n: (_weights(n), sum(n[:-1]))),
            ("there is a bias for each output of a layer, not one a layer.", lambda n: (_weights(n), len(n) - 1)),
            ("a weight goes from each input to each output: multiply, don't add.", lambda n: (_sums(n), sum(n[1:]))),
            (
                "the weights of all layers at once: multiply neighbours, then add.",
                lambda n: (int(np.prod(n)), sum(n[1:])),
            ),
            (
                "only the first layer is counted: is `return` inside the loop?",
                lambda n: (n[0] * n[1], n[1]),
            ),
            ("only the last layer is counted: `=` overwrites, `+=` adds.", lambda n: (n[-2] * n[-1], n[-1])),
            ("the first number is weights and biases together.", lambda n: (sum(count_parameters(n)), sum(n[1:]))),
            ("the order is weights, biases.", lambda n: count_parameters(n)[::-1]),
        ),
    ),
    Exercise(
        weights_for_bias,
        cases(("column 2 is always 0.5", W, B, WANTED, 2, 0.5), ("column 1 is always -4", W, B, WANTED, 1, -4.0)),
        returns=("w",),
        mistakes=(
            ("the sign: what is missing is wanted - b.", _changed(lambda c, b, wanted, v: c - (wanted - b) / v)),
            (
                "b is still there: only what is missing, wanted - b, has to come.",
                _changed(lambda c, b, wanted, v: c + wanted / v),
            ),
            ("the input is not 1: divide by its value.", _changed(lambda c, b, wanted, v: c + wanted - b)),
            (
                "you multiply by the input's value; the layer does that. Divide.",
                _changed(lambda c, b, wanted, v: c + (wanted - b) * v),
            ),
            ("the column's old weights are lost: add to them.", _changed(lambda c, b, wanted, v: (wanted - b) / v)),
            (
                "every column is changed; one is enough.",
                lambda w, b, wanted, column, value: w + ((wanted - b) / value)[:, None],
            ),
            ("that is a row of w (an output); an input is a column.", _row),
        ),
    ),
)
