"""Differences in one element of an input, and where they mean nothing: kinks, jumps, the edge of a domain."""

import numpy as np

EPS = np.finfo(np.float64).eps
STEP = EPS ** (1 / 3)


class Differences:
    """c * dy/dx of y = f(inputs) in elements of input i, by differences. f: of arrays, to an array."""

    def __init__(self, f, inputs, i, c, y):
        self.f, self.inputs, self.i, self.c, self.y, self.x = f, inputs, i, c, y, inputs[i]

    def central(self, k, step):
        """c * dy/dx[k], of the output's shape."""
        above, below = self.x[k] + step, self.x[k] - step
        return self.c * (self._at(k, above) - self._at(k, below)) / (above - below)

    def slopes(self, k, step):
        """The same by one-sided differences, to the left and to the right."""
        above, below = self.x[k] + step, self.x[k] - step
        left = (self.y - self._at(k, below)) / (self.x[k] - below)
        right = (self._at(k, above) - self.y) / (above - self.x[k])
        return self.c * left, self.c * right

    def _at(self, k, value):
        moved = self.x.copy()
        moved[k] = value
        return self.f([*self.inputs[: self.i], moved, *self.inputs[self.i + 1 :]])

    def rounding(self, step):
        """How much rounding may change a difference quotient of this step."""
        return 10 * EPS * (1 + np.abs(self.c * self.y).sum()) / step


def look_closer(differences, k, got, tolerance, scale):
    """The derivative in element k by the smallest step that rounding allows, how unsure it is, and why it is none.

    It is nan where there is none; the why, in words, is "" where there is one or the engine's, `got`, is wrong anyway.
    """
    x = abs(differences.x[k])
    h = STEP * max(1, x)
    step = max(STEP * x, 1e-9 * h)
    while step < h:
        left, right = differences.slopes(k, step)
        rounding, size = differences.rounding(step), np.abs([left, right]).max(initial=0)
        if rounding <= tolerance * max(size, scale) < np.inf:
            before = differences.slopes(k, 10 * step)
            low, high = np.minimum(left, right).sum(), np.maximum(left, right).sum()
            if size > max(5 * np.abs(before).max(), 100 * rounding):
                return np.nan, 0, "a jump, where the function is not continuous"
            if high - low > max(100 * rounding, np.abs(np.subtract(*before)).sum() / 2):  # a bend shrinks with the step
                between = not np.isfinite(got) or low - rounding <= got <= high + rounding
                words = f"a kink, where the function is not differentiable, with slopes from {low:.6g} to {high:.6g}"
                return np.nan, 0, words if between else ""
            closer = differences.central(k, step / 2).sum()
            return closer, rounding + abs(closer - (left + right).sum() / 2), ""
        step *= 10
    inside = np.isfinite(differences.slopes(k, h)).all()
    return np.nan, 0, "" if inside else "the edge of the function's domain, beyond which it gives nan or inf"
