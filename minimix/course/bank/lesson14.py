"""Exercises of lesson 14: hypergradients."""

import numpy as np

from ..exercise import Exercise, cases

CURVATURE = np.array([2.0, 0.6, 1.1])
W = np.array([-0.7, 1.3, 0.4])
NEAR = np.array([0.5, -0.9, 1.6])
LR, BETA = 0.15, 0.02


def train_gradient(w):
    """Of a loss that is no parabola, so that its curvature changes with w."""
    return CURVATURE * w + 0.5 * w**3 + 0.3 * np.roll(w, 1) + 0.3 * np.roll(w, -1)


def train_hessian_times(w, z):
    return CURVATURE * z + 1.5 * w**2 * z + 0.3 * np.roll(z, 1) + 0.3 * np.roll(z, -1)


def val_gradient(w):
    return CURVATURE[::-1] * (w - NEAR)


def hypergradient(w, lr, train_gradient, val_gradient):
    g = train_gradient(w)
    return -(val_gradient(w - lr * g) @ g)


def tangent_step(w, z, lr, gradient, hessian_times):
    g = gradient(w)
    return w - lr * g, z - g - lr * hessian_times(w, z)


def learned_rate(lr, h, beta):
    return lr * np.exp(-beta * lr * h)


def hypergradient_descent(w, lr, g, previous, beta):
    lr = lr + beta * (g @ previous)
    return w - lr * g, lr


def _product(product):
    """A hypergradient that is product(w, w', g, lr, training gradient, validation gradient)."""

    def wrong(w, lr, train, val):
        g = train(w)
        return product(w, w - lr * g, g, lr, train, val)

    return wrong


def _tangent(z_of):
    """tangent_step with another z: z_of(w, z, g, lr, H), where H(w, z) is the product."""
    return lambda w, z, lr, gradient, H: (w - lr * gradient(w), z_of(w, z, gradient(w), lr, H))


def _tangent_late(w, z, lr, gradient, hessian_times):
    new = w - lr * gradient(w)
    return new, z - gradient(new) - lr * hessian_times(new, z)


def _with_rate(rate, old_in_step=False):
    """hypergradient_descent with another rate: rate(lr, g, previous, beta)."""

    def wrong(w, lr, g, previous, beta):
        new = rate(lr, g, previous, beta)
        return w - (lr if old_in_step else new) * g, new

    return wrong


def _carried(step):
    """A play of three steps in which z is handed on from 0."""
    w, z = W, np.zeros(3)
    for t in range(1, 4):
        w, z = step(w, z, LR, train_gradient, train_hessian_times)
        yield f"step {t}", (w, z)


def _descended(step):
    """A play of four steps in which the rate is handed on; before the first the last gradient is 0."""
    w, lr, previous = 3 * W, LR, np.zeros(3)
    for t in range(1, 5):
        g = CURVATURE * w - 0.4
        (w, lr), previous = step(w, lr, g, previous, BETA), g
        yield f"step {t}", (w, lr)


EXERCISES = (
    Exercise(
        hypergradient,
        cases(
            ("a first w", W, LR, train_gradient, val_gradient),
            ("another w and lr", W[::-1] + 0.5, 0.4, train_gradient, val_gradient),
            ("the losses swapped", W, 0.3, val_gradient, train_gradient),
        ),
        returns=("the derivative",),
        mistakes=(
            (
                "the sign: a larger rate takes w' farther along -g, not along g.",
                _product(lambda w, new, g, lr, train, val: val(new) @ g),
            ),
            (
                "the validation gradient at w; the loss is taken after the step, so the gradient is needed there too.",
                _product(lambda w, new, g, lr, train, val: -(val(w) @ g)),
            ),
            (
                "this differentiates the training loss at w'; the question is how the validation loss changes.",
                _product(lambda w, new, g, lr, train, val: -(train(new) @ g)),
            ),
            (
                "this differentiates the training loss, and at w: nothing of w' or of the validation loss is in it.",
                _product(lambda w, new, g, lr, train, val: -(g @ g)),
            ),
            (
                "the step is made with the validation gradient: that would be training on the validation images.",
                lambda w, lr, train, val: hypergradient(w, lr, val, val),
            ),
            (
                "w' moves along the training gradient when the rate changes, not along the validation gradient.",
                _product(lambda w, new, g, lr, train, val: -(val(new) @ val(w))),
            ),
            (
                "both gradients are taken at w'; but the step was made with the training gradient at w.",
                _product(lambda w, new, g, lr, train, val: -(val(new) @ train(new))),
            ),
            (
                "the training and the validation loss are swapped.",
                lambda w, lr, train, val: hypergradient(w, lr, val, train),
            ),
            ("w' is uphill: the step goes against g.", lambda w, lr, train, val: -(val(w + lr * train(w)) @ train(w))),
            ("w' is a step without its rate.", lambda w, lr, train, val: -(val(w - train(w)) @ train(w))),
            (
                "times lr: that is the derivative with respect to log(lr).",
                _product(lambda w, new, g, lr, train, val: -lr * (val(new) @ g)),
            ),
            (
                "one product for each element; the loss changes by their sum.",
                _product(lambda w, new, g, lr, train, val: -val(new) * g),
            ),
            (
                "this is the gradient at w' alone: the chain rule goes on, to how w' depends on the rate.",
                _product(lambda w, new, g, lr, train, val: -val(new)),
            ),
        ),
    ),
    Exercise(
        tangent_step,
        _carried,
        returns=("w", "z"),
        mistakes=(
            (
                "the signs: w - lr*g has a minus before both terms.",
                _tangent(lambda w, z, g, lr, H: z + g + lr * H(w, z)),
            ),
            (
                "the sign of the second term: lr*g stands behind a minus, and so does its derivative.",
                _tangent(lambda w, z, g, lr, H: z - g + lr * H(w, z)),
            ),
            (
                "g is missing: lr*g is a product, and lr itself changes too. This z stays 0.",
                _tangent(lambda w, z, g, lr, H: z - lr * H(w, z)),
            ),
            (
                "H·z is missing: g changes because w does.",
                _tangent(lambda w, z, g, lr, H: z - g),
            ),
            (
                "the old z is missing: the new w starts from the old one, which depends on the rate too.",
                _tangent(lambda w, z, g, lr, H: -g - lr * H(w, z)),
            ),
            ("H·z isn't multiplied by the rate.", _tangent(lambda w, z, g, lr, H: z - g - H(w, z))),
            (
                "g is multiplied by the rate; the derivative of lr*g with respect to lr is g (and more).",
                _tangent(lambda w, z, g, lr, H: z - lr * g - lr * H(w, z)),
            ),
            (
                "H times g; g changes along z, the direction in which w moves when the rate changes.",
                _tangent(lambda w, z, g, lr, H: z - g - lr * H(w, g)),
            ),
            ("H·w; it is z that H multiplies.", _tangent(lambda w, z, g, lr, H: z - g - lr * H(w, w))),
            ("g and H at the new w; the step was made with those at the old one.", _tangent_late),
            (
                "the gradient at z; differentiate the gradient at w along z.",
                lambda w, z, lr, gradient, H: (w - lr * gradient(w), z - gradient(w) - lr * gradient(z)),
            ),
            ("the order is w, z.", lambda *given: tangent_step(*given)[::-1]),
        ),
    ),
    Exercise(
        learned_rate,
        cases(("a small rate", 0.05, 3.0, 0.8), ("a negative h", 0.4, -2.5, 0.3), ("a large h", 0.2, 27.0, 0.6)),
        returns=("the rate",),
        mistakes=(
            ("the sign: down, against the derivative.", lambda lr, h, beta: lr * np.exp(beta * lr * h)),
            (
                "h is dL/d(lr); with respect to log(lr) the derivative is another one: the chain rule.",
                lambda lr, h, beta: lr * np.exp(-beta * h),
            ),
            (
                "the chain rule the wrong way round: d(lr)/du is lr, not 1/lr.",
                lambda lr, h, beta: lr * np.exp(-beta * h / lr),
            ),
            ("this is a step in lr itself, which may even end below 0.", lambda lr, h, beta: lr - beta * h),
            (
                "the derivative is that for log(lr), but the step is made in lr.",
                lambda lr, h, beta: lr - beta * lr * h,
            ),
            (
                "nearly, as long as the step is small: exp(x) is not 1 + x.",
                lambda lr, h, beta: lr * (1 - beta * lr * h),
            ),
            ("this is the new log(lr); the rate is asked for.", lambda lr, h, beta: np.log(lr) - beta * lr * h),
            ("this is the factor; the new rate is asked for.", lambda lr, h, beta: np.exp(-beta * lr * h)),
            ("beta isn't used.", lambda lr, h, beta: lr * np.exp(-lr * h)),
            ("log and 10**: log is the natural one.", lambda lr, h, beta: lr * 10 ** (-beta * lr * h)),
        ),
    ),
    Exercise(
        hypergradient_descent,
        _descended,
        returns=("w", "lr"),
        mistakes=(
            (
                "the sign: the derivative is minus the product, and the step goes against the derivative.",
                _with_rate(lambda lr, g, previous, beta: lr - beta * (g @ previous)),
            ),
            (
                "w moves with the old rate; the rate comes first.",
                _with_rate(lambda lr, g, previous, beta: lr + beta * (g @ previous), old_in_step=True),
            ),
            (
                "g with itself: that can only raise the rate. The last step was made along the previous gradient.",
                _with_rate(lambda lr, g, previous, beta: lr + beta * (g @ g)),
            ),
            (
                "the previous gradient with itself: that says nothing about where the step led.",
                _with_rate(lambda lr, g, previous, beta: lr + beta * (previous @ previous)),
            ),
            ("beta isn't used.", _with_rate(lambda lr, g, previous, beta: lr + g @ previous)),
            (
                "a rate for every element; here there is one rate: sum.",
                _with_rate(lambda lr, g, previous, beta: lr + beta * g * previous),
            ),
            (
                "lr multiplies the product: that is the form for log(lr).",
                _with_rate(lambda lr, g, previous, beta: lr * (1 + beta * (g @ previous))),
            ),
            (
                "the product of directions, divided by their lengths; the derivative isn't.",
                _with_rate(
                    lambda lr, g, previous, beta: (
                        lr + beta * (g @ previous) / max(np.linalg.norm(g) * np.linalg.norm(previous), 1e-300)
                    )
                ),
            ),
            ("the rate stays as it was: return the new one.", lambda w, lr, g, previous, beta: (w - lr * g, lr)),
            (
                "w moves along the previous gradient, along which it has been moved already.",
                lambda w, lr, g, previous, beta: (
                    w - (lr + beta * (g @ previous)) * previous,
                    lr + beta * (g @ previous),
                ),
            ),
            (
                "w goes uphill.",
                lambda w, lr, g, previous, beta: (w + (lr + beta * (g @ previous)) * g, lr + beta * (g @ previous)),
            ),
            ("the order is w, lr.", lambda *given: hypergradient_descent(*given)[::-1]),
            (
                "this is the change alone; return the new w.",
                lambda w, *given: (hypergradient_descent(w, *given)[0] - w, hypergradient_descent(w, *given)[1]),
            ),
        ),
    ),
)
