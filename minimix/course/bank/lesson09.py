"""Exercises: MAS and its variants."""

import numpy as np

from ..exercise import Exercise, cases

D_S, D_A = np.array([0.3, -2.0, 0.7]), np.array([1.2, -0.4, -0.9])
AGAINST = np.array([-0.8, 0.5, 1.4])
ETA_S, ETA_A, LS, LA = 0.02, 0.5, 0.3, 0.6


def mas_linear(d_s, d_a, eta_s, eta_a, ls, la):
    return ls * d_s + la * d_a, ls * eta_s + la * eta_a


def mas_corrected(d_s, d_a, ls, la):
    return [ls * s if (s * a).sum() > 0 else la * a for s, a in zip(d_s, d_a, strict=True)]


def mas_normalized(d_s, d_a, la):
    length = np.sqrt((d_s**2).sum())
    return d_s * la * np.sqrt((d_a**2).sum()) / length if length > 0 else np.zeros_like(d_s)


def mas_vector(d_s, d_a, ls, la):
    d = la * d_a
    d[: len(d) // 2] = ls * d_s[: len(d) // 2]
    return d


def _chosen(choose):
    """mas_corrected with another choice, a function of the two directions of a layer: what to take."""
    return lambda d_s, d_a, ls, la: [choose(s, a, ls, la) for s, a in zip(d_s, d_a, strict=True)]


def _all_together(d_s, d_a, ls, la):
    total = sum((s * a).sum() for s, a in zip(d_s, d_a, strict=True))
    return [ls * s if total > 0 else la * a for s, a in zip(d_s, d_a, strict=True)]


def _scaled(scale, direction=lambda d_s, d_a: d_s):
    """mas_normalized as direction(d_s, d_a) * scale(norm of d_s, norm of d_a, la)."""

    def wrong(d_s, d_a, la):
        if not d_s.any():
            return np.zeros_like(d_s)
        return direction(d_s, d_a) * scale(np.linalg.norm(d_s), np.linalg.norm(d_a), la)

    return wrong


def _divides_by_zero(d_s, d_a, la):
    return la * np.linalg.norm(d_a) * d_s / np.linalg.norm(d_s)


def _other_norm(order):
    return lambda d_s, d_a, la: la * np.linalg.norm(d_a, order) * d_s / max(np.linalg.norm(d_s, order), 1e-300)


def _halves(first, second, rows=lambda d: len(d) // 2):
    """mas_vector with other halves: `first` and `second` are functions of (d_s, d_a, ls, la)."""

    def wrong(d_s, d_a, ls, la):
        d = second(d_s, d_a, ls, la)
        d[: rows(d)] = first(d_s, d_a, ls, la)[: rows(d)]
        return d

    return wrong


def _columns(d_s, d_a, ls, la):
    return mas_vector(d_s.T, d_a.T, ls, la).T


def _elements(d_s, d_a, ls, la):
    return mas_vector(d_s.ravel(), d_a.ravel(), ls, la).reshape(d_s.shape)


def _layers(corrected):
    """A play: two layers, whose directions agree in one and not in the other; then the other way round."""
    for place, d_s in (("they agree in the first layer", [D_S, AGAINST]), ("in the second", [AGAINST, D_S])):
        yield place, corrected(d_s, [D_A, D_A], LS, LA)


ROWS = np.arange(1.0, 11.0).reshape(5, 2)
OTHER = np.array([[0.3, -1.2], [2.5, 0.7], [-0.6, 4.1], [1.9, -2.2], [0.8, 3.3]])
SWAPPED = "ls and la are swapped: ls weighs SGD, la weighs Adam."

EXERCISES = (
    Exercise(
        mas_linear,
        cases(("different rates", D_S, D_A, ETA_S, ETA_A, LS, LA), ("equal rates", D_S, D_A, 0.5, 0.5, LS, LA)),
        returns=("d", "eta_m"),
        mistakes=(
            (SWAPPED, lambda ds, da, es, ea, ls, la: mas_linear(ds, da, es, ea, la, ls)),
            (
                "this is the sum of the two rules' own steps; here directions and rates are mixed apart.",
                lambda ds, da, es, ea, ls, la: (ls * es * ds + la * ea * da, ls * es + la * ea),
            ),
            (
                "d is the step already, so that the optimizer would multiply by the rate twice: return the direction.",
                lambda ds, da, es, ea, ls, la: ((ls * ds + la * da) * (ls * es + la * ea), ls * es + la * ea),
            ),
            ("the rates need the weights too.", lambda ds, da, es, ea, ls, la: (ls * ds + la * da, es + ea)),
            (
                "the rates are averaged with equal weights; they have the weights of the directions.",
                lambda ds, da, es, ea, ls, la: (ls * ds + la * da, (es + ea) / 2),
            ),
            ("the directions need the weights too.", lambda ds, da, es, ea, ls, la: (ds + da, ls * es + la * ea)),
            (
                "eta_m is SGD's alone; mix both.",
                lambda ds, da, es, ea, ls, la: (ls * ds + la * da, es),
            ),
            (
                "eta_m is Adam's alone; mix both.",
                lambda ds, da, es, ea, ls, la: (ls * ds + la * da, ea),
            ),
            (
                "the sign: d points like a gradient, uphill; the optimizer subtracts it.",
                lambda ds, da, es, ea, ls, la: (-ls * ds - la * da, ls * es + la * ea),
            ),
            ("the order is d, eta_m.", lambda *given: mas_linear(*given)[::-1]),
        ),
    ),
    Exercise(
        mas_corrected,
        _layers,
        returns=("the directions",),
        terms=("d of the first layer", "d of the second layer"),
        mistakes=(
            (
                "the branches are swapped: SGD's direction where they agree.",
                _chosen(lambda s, a, ls, la: la * a if s @ a > 0 else ls * s),
            ),
            (SWAPPED, _chosen(lambda s, a, ls, la: la * s if s @ a > 0 else ls * a)),
            ("the weights are missing.", _chosen(lambda s, a, ls, la: s if s @ a > 0 else a)),
            (
                "every element chooses for itself; the sign of the layer's inner product, one number, decides for all.",
                _chosen(lambda s, a, ls, la: np.where(s * a > 0, ls * s, la * a)),
            ),
            ("one inner product of all layers together; each layer has its own.", _all_together),
            (
                "the layer that comes first decides for all; each has its own inner product.",
                lambda d_s, d_a, ls, la: [ls * s for s in d_s] if d_s[0] @ d_a[0] > 0 else [la * a for a in d_a],
            ),
            (
                "you take both where they agree; it is SGD's direction alone.",
                _chosen(lambda s, a, ls, la: ls * s + la * a if s @ a > 0 else la * a),
            ),
            (
                "you take nothing where they disagree; it is Adam's direction.",
                _chosen(lambda s, a, ls, la: ls * s if s @ a > 0 else 0 * a),
            ),
        ),
    ),
    Exercise(
        mas_normalized,
        cases(
            ("ordinary directions", D_S, D_A, LA),
            ("others", AGAINST, 3 * D_A, LA),
            ("d_s is 0", np.zeros(3), D_A, LA),
        ),
        returns=("d",),
        mistakes=(
            ("0/0 where d_s is 0: then d is 0 too.", _divides_by_zero),
            (
                "it's the other way round: the direction is SGD's, the length Adam's.",
                _scaled(lambda s, a, la: la * s / a, lambda d_s, d_a: d_a),
            ),
            (
                "the norms are swapped: divide by the norm of d_s, multiply by that of d_a.",
                _scaled(lambda s, a, la: la * s / a),
            ),
            ("la is missing.", _scaled(lambda s, a, la: a / s)),
            ("d has length la; Adam's length is missing.", _scaled(lambda s, a, la: la / s)),
            ("you multiply by Adam's length without dividing by SGD's.", _scaled(lambda s, a, la: la * a)),
            ("the squares of the norms: the root is missing.", _scaled(lambda s, a, la: la * (a / s) ** 2)),
            ("this is Adam's direction with Adam's length.", _scaled(lambda s, a, la: la, lambda d_s, d_a: d_a)),
            ("the sum of magnitudes; the length is the root of the sum of squares.", _other_norm(1)),
            ("the largest magnitude; the length is the root of the sum of squares.", _other_norm(np.inf)),
        ),
    ),
    Exercise(
        mas_vector,
        cases(("5 rows", ROWS, OTHER, LS, LA), ("4 rows", ROWS[1:], OTHER[1:], LS, LA)),
        returns=("d",),
        mistakes=(
            (
                "the halves are swapped: the first rows are SGD's.",
                _halves(lambda ds, da, ls, la: la * da, lambda ds, da, ls, la: ls * ds),
            ),
            (SWAPPED, lambda ds, da, ls, la: mas_vector(ds, da, la, ls)),
            ("the weights are missing.", lambda ds, da, ls, la: mas_vector(ds, da, 1, 1)),
            (
                "of an odd number of rows the middle one is Adam's: n//2.",
                _halves(lambda ds, da, ls, la: ls * ds, lambda ds, da, ls, la: la * da, lambda d: (len(d) + 1) // 2),
            ),
            ("you split the columns (axis 1); it is the rows.", _columns),
            ("half of the elements; it is half of the rows, whole rows.", _elements),
        ),
    ),
)
