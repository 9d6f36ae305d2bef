"""Gradients of functions, as functions that can be differentiated again."""

import functools

from .backend import module_of
from .tensor import Tensor, _unrecorded, sweep


def grad(f, argnum=0):
    """The gradient of a scalar-valued f with respect to its argument number `argnum`, as a function.

    The result takes f's arguments, arrays or Tensors, and returns an array for an array and a Tensor for a Tensor.
    It can be differentiated again: grad(grad(f)).
    """

    @functools.wraps(f)
    def gradient(*args, **kwargs):
        given = args[argnum]
        nested = isinstance(given, Tensor) and given.requires_grad
        x = given if nested else Tensor(given, requires_grad=True)
        y = f(*args[:argnum], x, *args[argnum + 1 :], **kwargs)
        if not (isinstance(y, Tensor) and y.size == 1):
            got = f"shape {y.shape}" if isinstance(y, Tensor) else type(y).__name__
            raise ValueError(f"grad needs a function that returns a Tensor with one element, got {got}")
        g = module_of(x.data).zeros_like(x.data)

        def deliver(_, gradient):
            nonlocal g
            g = gradient

        if y.requires_grad:
            sweep(y, None, deliver, create_graph=nested, wrt={x})
        if isinstance(g, Tensor):
            return g
        g = module_of(x.data).array(g)
        return _unrecorded(g) if isinstance(given, Tensor) else g

    return gradient


def hvp(f, x, v):
    """The Hessian of the scalar-valued f at x times v, without forming the Hessian (Pearlmutter 1994): grad <f', v>."""
    return grad(lambda x: (grad(f)(x) * v).sum())(x)
