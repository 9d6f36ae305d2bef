"""Losses: softmax and its cross-entropy, and the mean squared error."""

from ..backend import backend_of, module_of
from ..tensor import operator, value
from .elementwise import exp
from .reduce import sum


@operator(lambda g, y, z, *, axis=-1: g - exp(y) * sum(g, axis=axis, keepdims=True))
def log_softmax(z, *, axis=-1):
    """z - log(sum(exp(z))) along `axis`, shifted by the maximum so that nothing overflows."""
    z = z - z.max(axis=axis, keepdims=True)
    return z - module_of(z).log(module_of(z).exp(z).sum(axis=axis, keepdims=True))


@operator(lambda g, y, z, *, axis=-1: y * (g - sum(g * y, axis=axis, keepdims=True)))
def softmax(z, *, axis=-1):
    """exp(z) / sum(exp(z)) along `axis`, shifted by the maximum so that nothing overflows."""
    e = module_of(z).exp(z - z.max(axis=axis, keepdims=True))
    e /= e.sum(axis=axis, keepdims=True)
    return e


def _one_hot(labels, like):
    xp = module_of(labels)
    return (labels[:, None] == xp.arange(like.shape[1])).astype(like.dtype)


@operator(lambda g, y, z, t: (softmax(z) - _one_hot(value(t), z)) * (g / z.shape[0]), None)
def cross_entropy(logits, labels):
    """Mean softmax cross-entropy, a scalar, of logits (n, classes) and integer labels (n,).

    Raises ValueError for a label outside 0..classes-1 on NumPy. On a GPU that check would stop the device at every
    step, so `data.Dataset` makes it once, when the data come in.
    """
    n, classes = logits.shape
    if labels.shape != (n,) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"cross_entropy needs one integer label per row of logits {logits.shape}, "
            f"got labels of shape {labels.shape} and dtype {labels.dtype}"
        )
    if backend_of(labels).name == "numpy" and n and not (labels.min() >= 0 and labels.max() < classes):
        wrong = labels.min() if labels.min() < 0 else labels.max()
        raise ValueError(f"cross_entropy got the label {wrong}, but {classes} logits allow labels 0 to {classes - 1}")
    z = logits - logits.max(axis=1, keepdims=True)
    xp = module_of(z)
    log_sum = xp.log(xp.exp(z).sum(axis=1))
    return (log_sum - z[xp.arange(n), labels]).mean()


@operator(lambda g, y, p, t: (p - t) * (2 * g / p.size), lambda g, y, p, t: (t - p) * (2 * g / p.size))
def mse_loss(prediction, target):
    """Mean of (prediction - target)**2 over all elements, a scalar; both have the same shape.

    Raises ValueError for shapes that differ: broadcasting (n,) against (n, 1) would compare everything with everything.
    """
    if prediction.shape != target.shape:
        hint = "; write target.reshape(-1, 1)" if prediction.shape == (*target.shape, 1) else ""
        raise ValueError(
            f"mse_loss needs a prediction and a target of the same shape, got {prediction.shape} and "
            f"{target.shape}{hint}"
        )
    difference = prediction - target.astype(prediction.dtype, copy=False)
    return (difference * difference).mean()
