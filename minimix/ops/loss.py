"""Softmax, and losses: cross-entropies, squared and absolute errors, each the mean over all rows or elements.

In a VJP g is the gradient of the output y, z are logits (scores before a softmax or sigmoid), p predictions and t
targets.
"""

from ..backend import backend_of, beside, module_of
from ..operators import composed, operator
from ..tensor import value
from .activation import sigmoid, softplus
from .choice import clip, maximum
from .elementwise import absolute, cast, exp, log
from .reduce import mean, over, sum
from .shape import axes_of


@operator(lambda g, y, z, *, axis=-1: g - exp(y) * sum(g, axis=axis, keepdims=True))
def log_softmax(z, *, axis=-1):
    """z - log(sum(exp(z))) along `axis`, shifted by the maximum so that nothing overflows."""
    xp, axes = module_of(z), axes_of(axis, z.ndim)
    z = z - z.max(axis=axes, keepdims=True)
    return z - xp.log(xp.exp(z).sum(axis=axes, keepdims=True))


@operator(lambda g, y, z, *, axis=-1: y * (g - sum(g * y, axis=axis, keepdims=True)))
def softmax(z, *, axis=-1):
    """exp(z) / sum(exp(z)) along `axis`, shifted by the maximum so that nothing overflows.

    >>> mx.softmax(mx.Tensor([0.0, 0.0, np.log(2.0)]))
    Tensor([0.25 0.25 0.5 ], float32)
    """
    axes = axes_of(axis, z.ndim)
    e = module_of(z).exp(z - z.max(axis=axes, keepdims=True))
    e /= e.sum(axis=axes, keepdims=True)
    return e


@operator(None)
def _one_hot(z, *, labels):
    """1 for each row's label, 0 elsewhere, like the logits z."""
    return (labels[:, None] == module_of(labels).arange(z.shape[1])).astype(z.dtype)


@operator(lambda g, y, z, *, labels: (softmax(z) - _one_hot(z, labels=labels)) * over(g, z.shape[0]))
def _cross_entropy(logits, *, labels):
    z = logits - logits.max(axis=1, keepdims=True)
    xp = module_of(z)
    log_sum = xp.log(xp.exp(z).sum(axis=1))
    return (log_sum - z[xp.arange(len(z)), labels]).mean()


@composed
def cross_entropy(logits, labels):
    """Mean softmax cross-entropy, a scalar, of logits (n, classes) and integer labels (n,).

    Raises ValueError for a label outside 0..classes-1 in a NumPy array. Where labels are on a GPU already, that check
    would stop it at every step, so `data.Dataset` makes it once, when the data come in.

    >>> logits = mx.Tensor([[2.0, 0.0], [0.0, 1.0]])
    >>> round(mx.cross_entropy(logits, np.array([0, 1])).item(), 4)
    0.2201
    """
    if not (hasattr(logits, "dtype") and hasattr(labels, "dtype")):
        _check_arrays("cross_entropy", logits=logits, labels=labels)
    if logits.ndim != 2 or labels.shape != logits.shape[:1] or labels.dtype.kind not in "iu":
        raise ValueError(
            f"cross_entropy needs one integer label per row of logits {tuple(logits.shape)}, "
            f"got labels of shape {tuple(labels.shape)} and dtype {labels.dtype}{_labels_hint(logits, labels)}"
        )
    known, (n, classes) = value(labels), logits.shape
    if not n:
        _check_some("cross_entropy", n)
    if not backend_of(known).device and not (known.min() >= 0 and known.max() < classes):
        wrong = known.min() if known.min() < 0 else known.max()
        raise ValueError(f"cross_entropy got the label {wrong}, but {classes} logits allow labels 0 to {classes - 1}")
    return _cross_entropy(logits, labels=beside(known, value(logits)))


def _labels_hint(logits, labels):
    if logits.ndim == 1:
        return "; write logits.reshape(1, -1) for a single example"
    if labels.shape == logits.shape:
        return "; write labels.argmax(axis=1) for one-hot labels"
    if labels.shape == (*logits.shape[:1], 1):
        return "; write labels.reshape(-1)"
    return "; labels are class numbers, as an array of integers" if labels.shape == logits.shape[:1] else ""


def _check_arrays(name, **arguments):
    for argument, x in arguments.items():
        if not hasattr(x, "dtype"):
            raise TypeError(f"{name}'s {argument} must be an array or a Tensor, got {type(x).__name__}")


def _check_some(name, n):
    if not n:
        raise ValueError(f"{name} is a mean, and got no elements to take it of")


def _pair(name, prediction, target):
    """The target in the prediction's dtype, where both are of one shape and not empty.

    Raises ValueError for shapes that differ: broadcasting (n,) against (n, 1) would compare everything with everything.
    """
    _check_arrays(name, prediction=prediction, target=target)
    if prediction.shape != target.shape:
        hint = "; write target.reshape(-1, 1)" if prediction.shape == (*target.shape, 1) else ""
        raise ValueError(
            f"{name} needs a prediction and a target of the same shape, got {prediction.shape} and {target.shape}{hint}"
        )
    _check_some(name, prediction.size)
    if prediction.dtype.kind != "f":
        raise TypeError(f"{name} needs a prediction of floating dtype, got {prediction.dtype}")
    return target if target.dtype == prediction.dtype else cast(target, dtype=prediction.dtype)


@operator(lambda g, y, p, t: (p - t) * over(2 * g, p.size), lambda g, y, p, t: (t - p) * over(2 * g, p.size))
def _mse_loss(prediction, target):
    difference = prediction - target
    return (difference * difference).mean()


@composed
def mse_loss(prediction, target):
    """Mean of (prediction - target)**2 over all elements, a scalar; both have the same shape.

    >>> mx.mse_loss(mx.Tensor([1.0, 3.0]), np.array([1.0, 1.0]))
    Tensor(2.0, float32)
    """
    return _mse_loss(prediction, _pair("mse_loss", prediction, target))


@composed
def l1_loss(prediction, target):
    """Mean of |prediction - target| over all elements, a scalar; both have the same shape."""
    return mean(absolute(prediction - _pair("l1_loss", prediction, target)))


@operator(
    lambda g, y, p, t: (p - t) / maximum(p * (1 - p), 1e-12) * over(g, p.size),
    lambda g, y, p, t: (clip(log(1 - p), -100.0) - clip(log(p), -100.0)) * over(g, p.size),
)
def _binary_cross_entropy(p, t):
    xp = module_of(p)
    return -(t * xp.maximum(xp.log(p), -100.0) + (1 - t) * xp.maximum(xp.log(1 - p), -100.0)).mean()


@composed
def binary_cross_entropy(probabilities, target):
    """Mean of -t*log(p) - (1-t)*log(1-p), a scalar, for probabilities p of class 1 and targets t from 0 to 1.

    As in PyTorch logarithms end at -100, so that a wrong certainty costs no infinity, and the gradient's denominator
    p*(1-p) at 1e-12. With logits rather use `binary_cross_entropy_with_logits`, which needs no such ends.
    """
    return _binary_cross_entropy(probabilities, _pair("binary_cross_entropy", probabilities, target))


@operator(
    lambda g, y, z, t: (sigmoid(z) - t) * over(g, z.size),
    lambda g, y, z, t: -z * over(g, z.size),
)
def _logits_cross_entropy(logits, target):
    return (softplus(logits) - logits * target).mean()


@composed
def binary_cross_entropy_with_logits(logits, target):
    """Mean binary cross-entropy, a scalar, of sigmoid(logits) and targets from 0 to 1, without rounding to 0 or 1."""
    return _logits_cross_entropy(logits, _pair("binary_cross_entropy_with_logits", logits, target))
