"""Exercises: vector-Jacobian products and second derivatives."""

import numpy as np

from ... import ops
from ...gradients import grad
from ...tensor import Tensor, value
from ..exercise import Exercise, cases


def softplus_vjp(g, y, x):
    return g * ops.sigmoid(x)


def softmax_vjp(g, y, z):
    return y * (g - (g * y).sum(axis=1, keepdims=True))


def hessian_times_vector(f, x, v):
    return grad(lambda x: (grad(f)(x) * v).sum())(x)


def _on_arrays_and_tensors(forward, place, *shape):
    """A play of a VJP: called with arrays, then with Tensors, then the VJP's own gradient by x."""

    def play(vjp):
        rng = np.random.default_rng(3)
        g, x = rng.standard_normal(shape), rng.standard_normal(shape)
        y = forward(x)
        yield f"{place}, arrays", vjp(g, y, x)
        g, x = Tensor(g, requires_grad=True), Tensor(x, requires_grad=True)
        result = vjp(g, forward(x), x)
        yield f"{place}, Tensors", result
        (result * result).sum().backward()
        gradients = [value(t.grad) if t.grad is not None else np.zeros(shape) for t in (g, x)]
        yield f"{place}, the derivative of your VJP by g", gradients[0]
        yield f"{place}, the derivative of your VJP by x", gradients[1]

    return play


def _softplus(x):
    return ops.log(1 + ops.exp(x))


def _softmax(z):
    return ops.softmax(z)


def _wavy(x):
    """Not a sum of functions of one element each: its Hessian is full."""
    return (x[0] * x[1] ** 2).sum() + ops.exp(0.5 * x[2]) * x[0] + x[1] * x[2] ** 3


X, V = np.array([0.4, -1.3, 0.8]), np.array([1.5, -0.5, 2.0])

EXERCISES = (
    Exercise(
        softplus_vjp,
        _on_arrays_and_tensors(_softplus, "five numbers", 5),
        returns=("the gradient by x",),
        mistakes=(
            ("g is missing: this is the derivative, not its product with g.", lambda g, y, x: ops.sigmoid(x) + 0 * g),
            ("this is the derivative at y; it is wanted at x.", lambda g, y, x: g * ops.sigmoid(y)),
            (
                "the derivative of log(u) is 1/u, times that of u = 1 + exp(x): the last factor is missing.",
                lambda g, y, x: g / (1 + ops.exp(x)),
            ),
            ("the 1 got lost: exp(x)/exp(x) is 1.", lambda g, y, x: g + 0 * x),
            ("this is g times softplus itself, not times its derivative.", lambda g, y, x: g * y),
            ("the sign.", lambda g, y, x: -g * ops.sigmoid(x)),
            ("y(1 - y) is sigmoid's derivative, of its own y.", lambda g, y, x: g * y * (1 - y)),
            (
                "sigmoid is the first derivative of softplus, sigmoid(x)(1 - sigmoid(x)) the second.",
                lambda g, y, x: g * ops.sigmoid(x) * (1 - ops.sigmoid(x)),
            ),
        ),
    ),
    Exercise(
        softmax_vjp,
        _on_arrays_and_tensors(_softmax, "two rows of four", 2, 4),
        returns=("the gradient by z",),
        mistakes=(
            (
                "only the diagonal, y(1 - y): each output depends on the other inputs of its row too.",
                lambda g, y, z: g * y * (1 - y),
            ),
            ("the term −yᵢyⱼ is missing altogether.", lambda g, y, z: g * y + 0 * z),
            ("the sum has to be over g*y, not over g alone.", lambda g, y, z: y * (g - g.sum(axis=1, keepdims=True))),
            ("you sum over everything; each row has a sum of its own.", lambda g, y, z: y * (g - (g * y).sum())),
            (
                "you sum over the rows (axis 0); each row has a sum of its own.",
                lambda g, y, z: y * (g - (g * y).sum(axis=0, keepdims=True)),
            ),
            (
                "the mean over the row instead of the sum.",
                lambda g, y, z: y * (g - (g * y).mean(axis=1, keepdims=True)),
            ),
            ("the factor y is missing in front.", lambda g, y, z: g - (g * y).sum(axis=1, keepdims=True)),
            (
                "z is what goes into softmax; the formula needs y, what comes out.",
                lambda g, y, z: z * (g - (g * z).sum(axis=1, keepdims=True)),
            ),
            (
                "z stands for y in the sum; both times it is y, what comes out.",
                lambda g, y, z: y * (g - (g * z).sum(axis=1, keepdims=True)),
            ),
            (
                "z stands for y in front; both times it is y, what comes out.",
                lambda g, y, z: z * (g - (g * y).sum(axis=1, keepdims=True)),
            ),
            ("only the diagonal, and of z: it is y, what comes out.", lambda g, y, z: g * z * (1 - z)),
            ("the sign.", lambda g, y, z: -softmax_vjp(g, y, z)),
        ),
    ),
    Exercise(
        hessian_times_vector,
        cases(
            ("x = [0.4, -1.3, 0.8], v = [1.5, -0.5, 2]", _wavy, X, V),
            ("x = [1.5, -0.5, 2], v = [0.4, -1.3, 0.8]", _wavy, V, X),
        ),
        returns=("H·v",),
        mistakes=(
            (
                "this is the gradient times v, element by element: one derivative is missing.",
                lambda f, x, v: grad(f)(x) * v,
            ),
            (
                "these are the row sums of H: multiply the gradient by v before you take the second derivative.",
                lambda f, x, v: grad(lambda x: grad(f)(x).sum())(x),
            ),
            (
                "you multiply by v after the second derivative: that scales the row sums of H.",
                lambda f, x, v: grad(lambda x: grad(f)(x).sum())(x) * v,
            ),
            ("this is the number ⟨gradient, v⟩; its gradient is wanted.", lambda f, x, v: (grad(f)(x) * v).sum()),
            ("this is the gradient: v and the second derivative are missing.", lambda f, x, v: grad(f)(x)),
            ("this is the gradient at x + v, not a second derivative.", lambda f, x, v: grad(f)(x + v)),
            ("the sign.", lambda f, x, v: -hessian_times_vector(f, x, v)),
        ),
    ),
)
