"""Gradients of functions, as functions that can be differentiated again."""

import functools

import numpy as np

from .backend import module_of
from .hint import shown
from .ops import same
from .tensor import Tensor, _unrecorded, differentiating, is_recording, sweep, value


def grad(f, argnum=0):
    """The gradient of a scalar-valued f with respect to its argument number `argnum`, as a function.

    The result takes f's arguments, arrays (or numbers) or Tensors, and returns an array for an array and a Tensor for a
    Tensor. Where f depends on other Tensors with requires_grad, as on the variable of a function around it or on
    weights, the gradient is a Tensor that depends on them too; under no_grad it is a constant. So it can be
    differentiated again: grad(grad(f)). Raises ValueError unless f returns a Tensor with one element.

    >>> f = lambda x: x**3
    >>> mx.grad(f)(2.0).item(), mx.grad(mx.grad(f))(2.0).item()
    (12.0, 12.0)
    """
    if not callable(f):
        raise TypeError(f"grad takes a function, as grad(f)(x), got {shown(f)}")
    if isinstance(argnum, bool) or not isinstance(argnum, int):
        raise TypeError(f"grad: argnum must be the number of one argument, from 0, got {shown(argnum)}")

    @functools.wraps(f)
    def gradient(*args, **kwargs):
        if not -len(args) <= argnum < len(args):
            raise TypeError(f"grad with argnum={argnum} needs as many arguments in order, got {len(args)}")
        given, nested = args[argnum], is_recording()
        with differentiating():
            # A node of its own, so that f's argument is told apart from the same Tensor elsewhere in f.
            inner = isinstance(given, Tensor) and given.requires_grad
            x = same(given) if inner else Tensor(given, requires_grad=True)
            y = f(*args[:argnum], x, *args[argnum:][1:], **kwargs)
        if not (isinstance(y, Tensor) and y.size == 1):
            got = f"shape {y.shape}" if isinstance(y, Tensor) else type(y).__name__
            raise ValueError(f"grad needs a function that returns a Tensor with one element, got {got}")
        found = {}
        if y.requires_grad:
            sweep(y, None, found.__setitem__, create_graph=nested and _depends(y, x), wrt={x})
        g = found.get(x, module_of(x.data).zeros_like(x.data))
        if isinstance(g, Tensor) and g.requires_grad:
            return g
        g = module_of(x.data).array(value(g))  # of its own
        return _unrecorded(g) if isinstance(given, Tensor) else g

    return gradient


def _depends(y, x):
    """Whether y depends on a leaf that requires a gradient other than x, even if by way of x."""
    seen, stack = set(), [y]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            if node._operator is None and node is not x:
                return True
            stack += [i for i in node._inputs if isinstance(i, Tensor) and i.requires_grad]
    return False


def hvp(f, x, v):
    """The Hessian of the scalar-valued f at x times v, without forming the Hessian (Pearlmutter 1994): grad <f', v>.

    x and v: arrays, numbers or Tensors of one shape, else ValueError; what is returned and recorded is as with `grad`.

    >>> f = lambda x: x[0] ** 2 * x[1]
    >>> mx.hvp(f, [1.0, 2.0], [1.0, 0.0])
    array([4., 2.], dtype=float32)
    """
    v = v if isinstance(v, Tensor) else Tensor(v)
    shape = x.shape if hasattr(x, "shape") else np.shape(x)
    if v.shape != shape:
        raise ValueError(f"hvp needs v of x's shape {shape}, got {v.shape}")
    return grad(lambda x: (grad(f)(x) * v).sum())(x)
