"""The methods and signs of a Tensor: the operators of this folder under the names that arrays give them."""

import functools
import inspect

import numpy as np

from .. import ops
from ..hint import check_options
from ..tensor import Tensor
from . import protocols


def method(function):
    """An operator as a method, whose signature says that options may stand in order."""
    x, *others = inspect.signature(function).parameters.values()
    options = [p.name for p in others]

    @functools.wraps(function)
    def call(self, *arguments, **named):
        if len(arguments) > len(options):
            takes = ", ".join(options) or "no options"
            raise TypeError(f"{function.__name__}() takes {takes}, got {len(arguments)} arguments")
        check_options(function.__name__, named, options)
        return function(self, *arguments, **named)

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    call.__signature__ = inspect.Signature([x.replace(name="self"), *(p.replace(kind=kind) for p in others)])
    return call


def reflected(function):
    """An operator of two arguments with the Tensor on the right: 1 - x."""
    return lambda self, other: function(other, self)


def reshape(self, *lengths):
    """The same elements in another shape: x.reshape(2, 3) or x.reshape((2, 3)); one length may be -1."""
    alone = len(lengths) == 1 and isinstance(lengths[0], (tuple, list))
    return ops.reshape(self, shape=tuple(lengths[0]) if alone else lengths)


def transpose(self, *axes):
    """The axes in another order: x.transpose(1, 0) or x.transpose((1, 0)); reversed without any.

    Two numbers are all axes of a matrix, as in NumPy, where PyTorch exchanges those two: what would mean something
    else there raises ValueError.
    """
    if len(axes) == 2 and (self.ndim != 2 or axes[0] % 2 == 0):
        raise ValueError(f"x.transpose takes all axes of x, in another order; to exchange two, write x.swapaxes{axes}")
    return ops.transpose(self, axes=axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None)


def astype(self, dtype):
    """The same numbers in another dtype; no gradient passes whole numbers and truth values."""
    kind = np.dtype(dtype).kind
    if kind not in "fiub":
        raise TypeError(f"a Tensor has numbers or truth values, not {np.dtype(dtype)}")
    return (ops.cast if kind == "f" else ops.truncate)(self, dtype=dtype)


def __getitem__(self, index):
    """x[index], for any index that NumPy takes."""
    return ops.getitem(self, index=protocols.plain(index, self.data))


def __divmod__(self, other):
    """(x // other, x % other)."""
    return self // other, self % other


def __rdivmod__(self, other):
    """(other // x, other % x)."""
    return other // self, other % self


def __round__(self, digits=None):
    """round(x, digits), element by element: no gradient passes."""
    return ops.round(self, decimals=digits or 0)


def _bits(function):
    """&, |, ^ and ~, which are for truth values and whole numbers."""

    @functools.wraps(function)
    def sign(*operands):
        if any(getattr(getattr(x, "dtype", None), "kind", "") == "f" for x in operands):
            raise TypeError("& | ^ ~ are for truth values, as (x > 0) & (x < 1), and whole numbers; a power is x ** 2")
        return function(*operands)

    return sign


def _no_shift(*_):
    raise TypeError("a Tensor has no << and >>: write x * 2**n and x // 2**n")


BINARY = {
    "add": ops.add, "sub": ops.subtract, "mul": ops.multiply, "truediv": ops.divide, "floordiv": ops.floor_divide,
    "mod": ops.remainder, "pow": ops.power, "matmul": ops.matmul, "and": _bits(ops.logical_and),
    "or": _bits(ops.logical_or), "xor": _bits(ops.logical_xor), "lshift": _no_shift, "rshift": _no_shift,
}  # fmt: skip
"""Signs between two operands, of which the Tensor may be either."""

SIGNS = {
    "neg": ops.negative, "pos": ops.same, "abs": ops.absolute, "invert": _bits(ops.logical_not), "lt": ops.less,
    "le": ops.less_equal, "eq": ops.equal, "ne": ops.not_equal, "ge": ops.greater_equal, "gt": ops.greater,
}  # fmt: skip
"""Signs of one operand, and comparisons, which Python reflects itself."""

_METHODS = (
    "all any argmax argmin clip cos cumsum dot exp expand_dims flatten flip log log_softmax logsumexp max mean min "
    "moveaxis norm outer prod relu round sigmoid sin softmax split sqrt square squeeze std sum swapaxes tanh var"
)
METHODS = {name: getattr(ops, name) for name in _METHODS.split()} | {"abs": ops.absolute}
"""Functions that are methods too."""

for _name, _function in BINARY.items():
    setattr(Tensor, f"__{_name}__", _function)
    setattr(Tensor, f"__r{_name}__", reflected(_function))
    setattr(Tensor, f"__i{_name}__", protocols.in_place(_name, _function) if _name in protocols.SIGNS else _function)
for _name, _function in SIGNS.items():
    setattr(Tensor, f"__{_name}__", _function)
for _name, _function in METHODS.items():
    setattr(Tensor, _name, method(_function))
for _function in (reshape, transpose, astype, __getitem__, __divmod__, __rdivmod__, __round__):
    setattr(Tensor, _function.__name__, _function)
Tensor.T = property(ops.transpose, doc="The axes reversed.")
