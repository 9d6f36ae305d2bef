"""Gradients against central differences, with the likely cause where they differ."""

from itertools import combinations, permutations

import numpy as np

from .backend import asarray, is_array, to_host
from .ops import concatenate
from .tensor import Tensor, sweep, value

TOLERANCE = {1: 1e-6, 2: 1e-4}


class GradientError(AssertionError):
    """The engine's gradient and central differences disagree.

    input: the number of the input (None where the function as a whole is at fault, -1 for the gradient that comes
    in); index: the element that differs most; expected, got: NumPy arrays of the input's shape, by central
    differences and by the engine; cause: the likely one, in words.
    """

    def __init__(self, message, input=None, index=None, expected=None, got=None, cause=None):
        super().__init__(message)
        self.input, self.index, self.expected, self.got, self.cause = input, index, expected, got, cause


def gradcheck(f, inputs, order=1, *, tolerance=None, seed=0):
    """True where the gradient of <c, f(*inputs)>, c random, agrees with central differences; GradientError if not.

    f: takes Tensors and returns one. inputs: a sequence; its float64 arrays and Tensors are checked, integers, None
    and all else are handed to f as they are. order: 2 checks the gradient's own gradient too, in the inputs and in
    the gradient that comes in. tolerance: largest error allowed, relative to the largest element of the gradient;
    default 1e-6, and 1e-4 for the second order. seed: of c.

    Keep away from kinks and ties, where a difference means nothing. Raises TypeError for float32 inputs: they have too
    few digits for differences.
    """
    if order not in TOLERANCE:
        raise ValueError(f"gradcheck's order must be 1 or 2, got {order!r}")
    if isinstance(inputs, (Tensor, np.ndarray)) or is_array(inputs):
        inputs = [inputs]
    labels = [
        f"input {i}" + (f" ({x.name!r})" if getattr(x, "name", None) else "") for i, x in enumerate(inputs)
    ]
    inputs = [_host(x, label) for x, label in zip(inputs, labels, strict=True)]
    if not any(map(_checked, inputs)):
        raise ValueError("gradcheck needs at least one float64 array among its inputs")
    rng = np.random.default_rng(seed)
    c = _check(f, inputs, rng, tolerance or TOLERANCE[1], "gradient of", labels, 0)
    if order == 2:
        labels = ["the gradient that comes in", *labels]
        _check(
            _pullback(f), [c, *inputs], rng, tolerance or TOLERANCE[2], "second-order gradient of", labels, -1
        )
    return True


def _host(x, label):
    x = value(x)
    if not (is_array(x) and x.dtype.kind == "f"):
        return x
    if x.dtype != np.float64:
        raise TypeError(
            f"gradcheck needs float64, and {label} is {x.dtype}: convert it with .astype('float64')"
        )
    return to_host(x)


def _checked(x):
    return isinstance(x, np.ndarray) and x.dtype == np.float64


def _tensors(inputs):
    return [
        Tensor(x, requires_grad=True) if _checked(x) else asarray(x) if is_array(x) else x for x in inputs
    ]


def _pullback(f):
    """(c, *inputs) -> the gradients of <c, f(*inputs)>, flat and joined: itself a function that can be checked."""

    def gradients(c, *inputs):
        y = f(*inputs)
        checked = [x for x in inputs if isinstance(x, Tensor)]
        grads = {}
        if y.requires_grad:
            sweep(y, c, grads.__setitem__, create_graph=True, wrt=checked)
        return concatenate(*(grads[x].reshape(-1) if x in grads else 0 * x.reshape(-1) for x in checked))

    return gradients


def _check(f, inputs, rng, tolerance, what, labels, first):
    """Compare for every float64 input; returns c. `first` is the number of the first input in errors."""
    tensors = _tensors(inputs)
    y = f(*tensors)
    if not isinstance(y, Tensor):
        raise GradientError(f"gradcheck: the function must return one Tensor, got {type(y).__name__}")
    if not np.array_equal(y.numpy(), f(*_tensors(inputs)).numpy(), equal_nan=True):
        raise GradientError(
            "gradcheck: the function gives two values for the same inputs; seed its random numbers"
        )
    c = rng.standard_normal(y.shape)
    if y.requires_grad:
        try:
            y.backward(asarray(c))
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise GradientError(f"gradcheck: the {what} the function cannot be computed: {error}") from error
    for i, (x, label) in enumerate(zip(inputs, labels, strict=True)):
        if not _checked(x):
            continue
        got = np.zeros_like(x) if tensors[i].grad is None else to_host(tensors[i].grad)
        steps, products = _differences(f, inputs, i, c)
        expected = products.reshape(*x.shape, -1).sum(axis=-1) if x.size else np.zeros_like(x)
        noise = 10 * np.finfo(float).eps * np.abs(c * y.numpy()).sum() / steps.min(initial=1)
        scale = max(np.abs(expected).max(initial=0), noise / tolerance)
        error = np.abs(got - expected) / (scale or 1)
        if not (error <= tolerance).all():
            index = np.unravel_index(np.nanargmax(np.where(np.isfinite(error), error, np.inf)), x.shape)
            index = tuple(map(int, index))
            cause = _cause(
                got, expected, products, lambda a, b, s=scale: (np.abs(a - b) <= 10 * tolerance * s).all()
            )
            raise GradientError(
                f"gradcheck: the {what} {label} differs at {list(index)}: the engine gives {got[index]:.6g}, central "
                f"differences {expected[index]:.6g} ({(~(error <= tolerance)).sum()} of {x.size} elements differ)"
                f"; likely cause: {cause}",
                *(i + first, index, expected, got, cause),
            )
    return c


def _differences(f, inputs, i, c):
    """The steps taken (one per element of input i) and c * dy/dx of each element, (size, *output shape)."""
    x = inputs[i]
    steps = np.finfo(float).eps ** (1 / 3) * np.maximum(1, np.abs(x)).ravel()
    products = np.empty((x.size, *c.shape))
    for k in range(x.size):
        ends = []
        for sign in (1, -1):
            moved = x.copy()
            moved.flat[k] += sign * steps[k]
            ends.append((moved.flat[k], f(*_tensors([*inputs[:i], moved, *inputs[i + 1 :]])).numpy()))
        (a, y_a), (b, y_b) = ends
        products[k] = c * (y_a - y_b) / (a - b)
    return steps, products


def _cause(got, expected, products, same):
    """What would turn the expected gradient into the one that was got."""
    if not np.isfinite(expected).all():
        return "the function itself gives nan or inf near this point"
    if not np.isfinite(got).all():
        return "nan or inf in the vector-Jacobian product"
    if same(got, 0):
        return "the gradient is 0, as if the output were not connected to this input: is a step of it not recorded?"
    if same(got, -expected):
        return "the sign"
    for axes in permutations(range(got.ndim)):
        if list(axes) != sorted(axes) and same(got, expected.transpose(axes).reshape(got.shape)):
            return f"a transpose: it agrees with the axes in the order {axes}"
    for axes in _subsets(products.ndim - 1):
        for j in (0, -1):
            part = products[
                (slice(None), *(j if k in axes else slice(None) for k in range(products.ndim - 1)))
            ]
            if same(got, part.reshape(*got.shape, -1).sum(axis=-1)):
                return f"a missing sum over the broadcast axis {', '.join(map(str, axes))} of the output"
    factor = (got * expected).sum() / max((expected * expected).sum(), np.finfo(float).tiny)
    if same(got, factor * expected):
        return f"a constant factor of {factor:.6g}"
    return "not a factor, a sign, a transpose or a missing sum: compare the formula element by element"


def _subsets(n):
    return (axes for size in range(1, n + 1) for axes in combinations(range(n), size))
