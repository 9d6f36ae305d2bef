"""Gradients against central differences, with the likely cause where they differ."""

from functools import partial
from itertools import combinations, permutations

import numpy as np

from .backend import asarray, is_array, to_host
from .hint import shown
from .kinks import EPS, STEP, Differences, look_closer
from .ops import concatenate
from .tensor import Tensor, sweep, value

TOLERANCE = {1: 1e-6, 2: 1e-4}


class GradientError(AssertionError):
    """The engine's gradient and central differences disagree.

    input: the number of the input; the gradient that comes in, which order=2 varies too, counts as one more;
    None where the function as a whole is at fault. index: the element that differs most. expected, got: NumPy
    arrays of the input's shape, by central differences and by the engine. cause: the likely one, in words; where it is
    "a kink" or "the edge of the function's domain", the gradient may be right, differences say nothing of it.
    """

    def __init__(self, message, input=None, index=None, expected=None, got=None, cause=None):
        super().__init__(f"gradcheck: {message}")
        self.input, self.index, self.expected, self.got, self.cause = input, index, expected, got, cause


def gradcheck(f, inputs, order=1, *, tolerance=None, seed=0):
    """True where the gradient of <c, f(*inputs)>, c random, is central differences'; else GradientError.

    f: takes Tensors and returns one. inputs: a list, or one array; its float64 arrays and Tensors are varied, all
    else (integers, None) is handed to f as it is. order: 2 checks the gradient of the gradient too. tolerance: the
    largest error allowed, relative to the gradient's largest element or, where that is tiny, to rounding (1e-6, for
    order 2 1e-4).
    Keep away from kinks, ties and the edges of a domain: there differences mean nothing, and the error says that.
    seed: of c.

    Raises TypeError for float32 inputs, which have too few digits for differences.

    >>> mx.gradcheck(lambda x, w: mx.tanh(x @ w), [np.ones((2, 3)), np.eye(3)], order=2)
    True
    """
    if not callable(f):
        raise TypeError(f"gradcheck takes a function, as gradcheck(f, [x]), got {shown(f)}")
    inputs = [inputs] if isinstance(inputs, Tensor) or is_array(inputs) else inputs
    if not isinstance(inputs, (list, tuple)):
        raise TypeError(f"gradcheck takes a list of inputs, as gradcheck(f, [x]), got {shown(inputs)}")
    if not isinstance(order, int) or order not in TOLERANCE:
        raise ValueError(f"gradcheck's order must be 1 or 2, got {order!r}")
    rng = np.random.default_rng([seed, 2])  # not default_rng(seed), which the inputs may come from
    labels = [f"input {i} {getattr(x, 'name', None) or ''}".rstrip() for i, x in enumerate(inputs)]
    inputs = [to_host(x) if is_array(x) or isinstance(x, np.generic) else x for x in map(value, inputs)]
    for x, label in zip(inputs, labels, strict=True):
        if is_array(x) and x.dtype.kind == "f" and not _varied(x):
            raise TypeError(f"gradcheck needs float64, got {x.dtype} for {label}: give it .astype('float64')")
    if not any(map(_varied, inputs)):
        raise ValueError("gradcheck needs a float64 array among its inputs")
    with np.errstate(all="ignore"):  # outside a domain
        c = _check(f, inputs, labels, "gradient", tolerance or TOLERANCE[1], rng)
        if order == 2:
            labels.append("the gradient that comes in")
            _check(_pullback(f), [*inputs, c], labels, "second-order gradient", tolerance or TOLERANCE[2], rng)
    return True


def _varied(x):
    return isinstance(x, np.ndarray) and x.dtype == np.float64


def _call(f, inputs):
    """f's output and the Tensors it was given."""
    given = [Tensor(x, True) if _varied(x) else asarray(x) if is_array(x) else x for x in inputs]
    return f(*given), given


def _output(f, inputs):
    return _call(f, inputs)[0].numpy()


def _pullback(f):
    """(*inputs, c) -> the gradients of <c, f(*inputs)>, flat and joined: a function like f."""

    def gradients(*inputs):
        *inputs, c = inputs
        grads = _gradients(f(*inputs), c, "second-order gradient", create_graph=True)
        return concatenate([grads.get(x, 0 * x).reshape(-1) for x in inputs if isinstance(x, Tensor)])

    return gradients


def _gradients(y, c, what, **options):
    """{Tensor: the gradient of <c, y> in it}, for the inputs that y depends on."""
    grads = {}
    try:
        if y.requires_grad:
            sweep(y, c, grads.__setitem__, **options)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise GradientError(f"the {what} cannot be computed: {error}") from error
    return grads


def _check(f, inputs, labels, what, tolerance, rng):
    """Compare the gradients in all varied inputs; returns c."""
    y, given = _call(f, inputs)
    if not isinstance(y, Tensor):
        raise GradientError(f"the function must return one Tensor, got {type(y).__name__}")
    if not np.isfinite(y.numpy()).all():
        raise GradientError("the function gives nan or inf for these inputs")
    if not np.array_equal(y.numpy(), _call(f, inputs)[0].numpy()):
        raise GradientError("the function gives two values for the same inputs: seed its random numbers")
    c = rng.standard_normal(y.shape)
    grads = _gradients(y, c, what)
    for i, x in enumerate(inputs):
        if _varied(x):
            got = to_host(grads[given[i]]) if given[i] in grads else np.zeros_like(x)
            _compare(
                got, Differences(partial(_output, f), inputs, i, c, y.numpy()), tolerance, f"the {what} of {labels[i]}"
            )
    return c


def _compare(got, differences, tolerance, what):
    x, i = differences.x, differences.i
    products = np.empty(x.shape + differences.c.shape)
    for k in np.ndindex(x.shape):
        products[k] = differences.central(k, STEP * max(1, abs(x[k])))
    expected = np.array(products.sum(axis=tuple(range(got.ndim, products.ndim))))
    rounding = differences.rounding(STEP * np.maximum(1, np.abs(x)).min(initial=np.inf))
    excused, excuse = np.zeros(got.shape, bool), None

    def scale():
        counting = np.isfinite(expected) & ~excused
        return max(np.abs(expected[counting]).max(initial=0), rounding / tolerance)

    def wrong():
        return ~(np.abs(got - expected) <= tolerance * scale()) & ~excused

    for k in map(tuple, np.argwhere(wrong())):
        closer, unsure, words = look_closer(differences, k, got[k], tolerance, scale())
        if words:
            excused[k], excuse = True, excuse or (k, words)
        elif abs(got[k] - closer) <= unsure + tolerance * max(scale(), abs(closer)):
            expected[k] = got[k]
        else:
            expected[k] = expected[k] if np.isnan(closer) else closer
            break  # one at least is wrong
    if wrong().any():
        all_alike = 10 * tolerance * scale()
        cause = _cause(got, expected, products, lambda a, b: np.abs(a - b).max() <= all_alike)
        worst = np.where(wrong(), np.nan_to_num(np.abs(got - expected), nan=np.inf), -1).argmax()
        k = tuple(map(int, np.unravel_index(worst, got.shape)))
        where = f"in {wrong().sum()} of {got.size} elements, most at {list(k)}"
        message = f"{what} is wrong {where}: the engine gives {got[k]:.6g}, central differences {expected[k]:.6g}"
        raise GradientError(f"{message}; likely cause: {cause}", i, k, expected, got, cause)
    if excuse:
        k, cause = tuple(map(int, excuse[0])), excuse[1]
        where = f"in {excused.sum()} of {got.size} elements, as at {list(k)}, where it is {got[k] + 0:.6g}"
        advice = "differences say nothing there, move the input away"
        raise GradientError(f"{what} cannot be checked {where}: {cause}; {advice}", i, k, expected, got, cause)


def _cause(got, expected, products, same):
    """In words, what makes of the expected gradient the one that was got."""
    if not np.isfinite(got).all():
        return "nan or inf in the vector-Jacobian product"
    if same(got, 0):
        return "the output is not connected to this input, a step was computed without being recorded"
    if same(got, -expected):
        return "the sign"
    for axes in permutations(range(got.ndim)):
        if list(axes) != sorted(axes) and same(got, expected.transpose(axes).reshape(got.shape)):
            return f"a transpose: it agrees with the axes in the order {axes}"
    outputs = range(got.ndim, products.ndim)
    for axes in (axes for n in range(1, len(outputs) + 1) for axes in combinations(outputs, n)):
        for j in (0, -1):
            part = products[tuple(j if k in axes else slice(None) for k in range(products.ndim))]
            if same(got, part.sum(axis=tuple(range(got.ndim, part.ndim)))):
                return f"a missing sum over a broadcast axis, the output's {[k - got.ndim for k in axes]}"
    factor = (got * expected).sum() / max((expected * expected).sum(), EPS**2)
    return f"a constant factor of {factor:.6g}" if same(got, factor * expected) else "none of the usual"
