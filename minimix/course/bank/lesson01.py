"""Exercises: derivatives as numbers."""

import numpy as np

from ..exercise import Exercise, cases


def cube(x):
    return x**3


def wave(x):
    return np.sin(3 * x)


def bowl(x):
    """A function of a vector, unlike in every direction."""
    return x[0] ** 2 * x[1] + np.exp(x[2]) * x[0]


def central_difference(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


def gradient_by_differences(f, x, h):
    g = np.empty_like(x)
    for k in range(len(x)):
        e = np.zeros_like(x)
        e[k] = h
        g[k] = (f(x + e) - f(x - e)) / (2 * h)
    return g


def _without_reset(f, x, h):
    x, g = x.copy(), np.empty_like(x)
    for k in range(len(x)):
        x[k] += h
        above = f(x)
        x[k] -= 2 * h
        g[k] = (above - f(x)) / (2 * h)
    return g


def _forward_gradient(f, x, h):
    return np.array([(f(x + h * e) - f(x)) / h for e in np.eye(len(x))])


def _all_at_once(f, x, h):
    return np.full_like(x, (f(x + h) - f(x - h)) / (2 * h))


def _first_element(f, x, h):
    g = np.zeros_like(x)
    g[0] = gradient_by_differences(f, x, h)[0]
    return g


def local_derivatives_of_division(a, b):
    return 1 / b, -a / b**2


H_UNDIVIDED = "you divided by h, but the two points lie 2h apart: everything comes out twice too large."

EXERCISES = (
    Exercise(
        central_difference,
        cases(
            ("x = 2, h = 0.1 of x**3", cube, 2.0, 0.1),
            ("x = 0.3, h = 0.01 of sin(3x)", wave, 0.3, 0.01),
            ("x = -1.5, h = 0.5 of x**3", cube, -1.5, 0.5),
        ),
        mistakes=(
            (
                "this is the one-sided difference (f(x + h) - f(x))/h; its error falls with h, not with h².",
                lambda f, x, h: (f(x + h) - f(x)) / h,
            ),
            ("this is a one-sided difference, to the left.", lambda f, x, h: (f(x) - f(x - h)) / h),
            (H_UNDIVIDED, lambda f, x, h: (f(x + h) - f(x - h)) / h),
            (
                "Python read `… / 2 * h` as `(… / 2) * h`: put the divisor in brackets.",
                lambda f, x, h: (f(x + h) - f(x - h)) / 2 * h,
            ),
            (
                "brackets are missing around the difference: only f(x - h) is divided.",
                lambda f, x, h: f(x + h) - f(x - h) / (2 * h),
            ),
            (
                "the sign: the value at the larger x comes first.",
                lambda f, x, h: (f(x - h) - f(x + h)) / (2 * h),
            ),
            (
                "the difference is right, but it isn't divided by how far the points lie apart.",
                lambda f, x, h: f(x + h) - f(x - h),
            ),
        ),
    ),
    Exercise(
        gradient_by_differences,
        cases(
            ("x = [1.5, -0.5, 0.7]", bowl, np.array([1.5, -0.5, 0.7]), 0.1),
            ("x = [-2, 3, 0.2]", bowl, np.array([-2.0, 3.0, 0.2]), 0.01),
        ),
        mistakes=(
            (
                "every element stays moved by -h when the next one is tried: put it back first.",
                _without_reset,
            ),
            ("these are one-sided differences, (f(x + h) - f(x))/h.", _forward_gradient),
            (
                "x + h moves all elements at once: that is the slope along (1, 1, …). Move one at a time.",
                _all_at_once,
            ),
            (H_UNDIVIDED, lambda f, x, h: 2 * gradient_by_differences(f, x, h)),
            ("the sign.", lambda f, x, h: -gradient_by_differences(f, x, h)),
            ("`return` is inside the loop: only the first element is tried.", _first_element),
            (
                "`return` is inside the loop: only the first element is tried, and it alone comes out.",
                lambda f, x, h: gradient_by_differences(f, x, h)[0],
            ),
            (
                "this is one number, the sum over the elements; the gradient has one for each.",
                lambda f, x, h: gradient_by_differences(f, x, h).sum(),
            ),
        ),
    ),
    Exercise(
        local_derivatives_of_division,
        cases(("a = 3, b = 2", 3.0, 2.0), ("a = -1.5, b = 0.4", -1.5, 0.4)),
        returns=("the derivative by a", "the derivative by b"),
        mistakes=(
            ("the sign of the second: a/b falls when b grows.", lambda a, b: (1 / b, a / b**2)),
            ("the two are swapped: a comes first.", lambda a, b: (-a / b**2, 1 / b)),
            ("a is missing in the second.", lambda a, b: (1 / b, -1 / b**2)),
            ("b must be squared in the second.", lambda a, b: (1 / b, -a / b)),
            (
                "these are the derivatives of the product a*b, which are b and a.",
                lambda a, b: (b, a),
            ),
        ),
    ),
)
