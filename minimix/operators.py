"""What an operator is: a function of arrays with its vector-Jacobian products, which a call with Tensors records."""

import functools
import inspect
import math
import numbers

from .backend import PLAIN, check_together, is_array, module_of, operand
from .hint import check_options, shown
from .tensor import Number, Tensor, _recording, _unrecorded


class Operator:
    """A forward function on bare arrays with one vector-Jacobian product per argument.

    A VJP is called as vjp(g, y, *inputs, **options) with the gradient of the output, the output and the inputs, and
    returns the gradient of its input. It is written with operations that arrays and Tensors share.
    """

    __slots__ = ("differentiable", "forward", "name", "vjps")

    def __init__(self, forward, vjps, differentiable=True):
        self.forward, self.vjps, self.name = forward, vjps, forward.__name__
        self.differentiable = differentiable


OPERATORS = {}


class _Each:
    """The VJPs of an operator with any number of like arguments: the i-th is each(i, g, y, *inputs, **options)."""

    def __init__(self, each):
        self.each = each

    def __getitem__(self, i):
        return functools.partial(self.each, i)


def operator(*vjps, each=None):
    """Decorator: make an operator of a forward function on bare arrays, with a VJP (or None) per argument.

    Keyword arguments, which may also stand in order, are options: they are handed to forward and VJPs alike. On bare
    arrays the operator is its forward function, and of Python numbers it makes one. With a Tensor among the arguments
    it returns a Tensor and records it, unless no input requires a gradient. `each` stands for the VJPs where the number
    of arguments is open. Without a single VJP, as for comparisons, the output requires no gradient, but it remembers
    how it was computed.
    """

    def decorate(forward):
        differentiable = each is not None or any(vjps)
        self = OPERATORS[forward.__name__] = Operator(forward, _Each(each) if each else vjps, differentiable)
        needed, names = _signature(forward)
        count = math.inf if needed is None else len(needed)
        most = count + len(names)

        @functools.wraps(forward)
        def apply(*inputs, **options):
            if count < len(inputs) <= most:  # options that stand in order
                given = dict(zip(names, inputs[count:], strict=False))
                return apply(*inputs[:count], **given, **options)
            for x in inputs:
                if isinstance(x, Tensor):
                    break
            else:
                try:
                    y = forward(*inputs, **options)
                except (TypeError, AttributeError) as error:
                    _refuse(forward, needed, names, inputs, options, error)
                    raise
                return y if getattr(y, "ndim", 0) else _scalar(y, inputs, False)
            requires_grad = remembered = bare = False
            arrays = []
            for x in inputs:
                if isinstance(x, Tensor):
                    requires_grad = requires_grad or x.requires_grad
                    remembered = remembered or x._operator is not None
                    arrays.append(x._data)
                else:
                    bare = bare or type(x) not in PLAIN
                    arrays.append(x)
            if bare:
                inputs, arrays = _beside_tensors(inputs)
            try:
                y = forward(*arrays, **options)
            except (TypeError, AttributeError) as error:
                _refuse(forward, needed, names, arrays, options, error)
                raise
            if not getattr(y, "ndim", 0):
                y = _scalar(y, arrays, True)
            out = _unrecorded(y) if is_array(y) else Number(y)
            if (requires_grad or remembered) and _recording.on:
                out.requires_grad = requires_grad and differentiable
                out._operator, out._inputs, out._options = self, inputs, options
            return out

        return apply

    return decorate


def _signature(forward):
    """The names of a forward function's inputs, None where their number is open, and of its options."""
    code = getattr(forward, "__code__", None)
    if code is None or code.co_flags & inspect.CO_VARARGS:
        return None, ()
    count = code.co_argcount
    return code.co_varnames[:count], code.co_varnames[count:][: code.co_kwonlyargcount]


def _refuse(forward, needed, names, arrays, options, error):
    """Raise TypeError in a sentence where what an operator was given is why its forward function failed."""
    name = forward.__name__
    check_together(name, arrays)
    if needed and not len(needed) - len(forward.__defaults__ or ()) <= len(arrays) <= len(needed):
        raise TypeError(
            f"{name} takes {', '.join((*needed, *names))}, got {len(arrays)} argument{'s' * (len(arrays) != 1)}"
        ) from None
    check_options(name, options, names)
    for x in arrays:
        if not (is_array(x) or isinstance(x, numbers.Real) or (x is None and "NoneType" not in str(error))):
            raise TypeError(f"{name} takes Tensors, arrays and real numbers, got {shown(x)}") from None


def composed(function):
    """Decorator for a function made of operators: it refuses in a sentence, as they do, what it cannot take."""
    known = inspect.signature(function).parameters

    @functools.wraps(function)
    def call(*arguments, **options):
        try:
            return function(*arguments, **options)
        except TypeError:
            check_options(function.__name__, options, known)
            raise
        except AttributeError as error:
            check_given(function.__name__, error, (*arguments, *options.values()))
            raise

    return call


def check_given(name, error, given):
    """Raise TypeError where an AttributeError is of something given, or in a given list, that is no Tensor or array."""
    inner = [y for x in given if isinstance(x, (list, tuple)) for y in x]
    if not isinstance(error.obj, Tensor) and any(x is error.obj for x in (*given, *inner)) and not is_array(error.obj):
        raise TypeError(f"{name} takes Tensors and arrays, got {shown(error.obj)}") from None


def _beside_tensors(inputs):
    """An operator's inputs and their arrays, those that are no Tensors as they stand beside the Tensors."""
    like = next((x.data for x in inputs if isinstance(x, Tensor) and is_array(x.data)), None)
    pairs = [(x, x.data) if isinstance(x, Tensor) else (operand(x, like),) * 2 for x in inputs]
    return tuple(zip(*pairs, strict=True))


def _scalar(y, arrays, traced):
    """What Python numbers make is a Python number; NumPy's scalar is an array without axes in a Tensor."""
    if any(hasattr(x, "dtype") for x in arrays):
        return module_of(y).asarray(y) if traced else y
    return y.item() if hasattr(y, "item") else y
