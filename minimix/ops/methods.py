"""The methods and signs of a Tensor: the operators of this folder under the names that arrays give them."""

import functools
import inspect

from ..hint import did_you_mean
from ..tensor import Tensor, value
from . import elementwise, linalg, reduce, shape
from .protocols import in_place


def method(function):
    """An operator as a method: its options, which operators take by keyword alone, may also stand in order."""
    x, *others = inspect.signature(function).parameters.values()
    options = [p.name for p in others]
    names = f"takes {', '.join(options)}" if options else "takes nothing"

    @functools.wraps(function)
    def call(self, *arguments, **named):
        if len(arguments) > len(options):
            raise TypeError(f"x.{function.__name__}() {names}, got {len(arguments)} arguments")
        for name in named:
            if name not in options:
                raise TypeError(f"x.{function.__name__}() {names}, not {name}{meant(name, options)}")
        return function(self, **dict(zip(options, arguments, strict=False)), **named)

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    call.__signature__ = inspect.Signature([x.replace(name="self"), *(p.replace(kind=kind) for p in others)])
    return call


KEYWORDS = {"dim": "axis", "dims": "axis", "keepdim": "keepdims", "unbiased": "ddof", "size": "shape"}
"""PyTorch's names of options."""


def meant(name, options):
    """ "; did you mean 'axis'?" for dim, to end a sentence with."""
    return f"; did you mean {KEYWORDS[name]!r}?" if KEYWORDS.get(name) in options else did_you_mean(name, options)


def reflected(function):
    """An operator of two arguments with the Tensor on the right: 1 - x."""
    return lambda self, other: function(other, self)


def reshape(self, *lengths):
    """The same elements in another shape: x.reshape(2, 3) or x.reshape((2, 3)); one length may be -1."""
    return shape.reshape(self, shape=lengths[0] if len(lengths) == 1 and isinstance(lengths[0], tuple) else lengths)


def transpose(self, *axes):
    """The axes in another order: x.transpose(1, 0) or x.transpose((1, 0)); reversed without any."""
    return shape.transpose(self, axes=axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None)


def astype(self, dtype):
    """The same numbers in another floating dtype."""
    return elementwise.cast(self, dtype=dtype)


def __getitem__(self, index):
    """x[index], for any index that NumPy takes."""
    return shape.getitem(self, index=tuple(map(value, index)) if isinstance(index, tuple) else value(index))


BINARY = {
    "add": elementwise.add,
    "sub": elementwise.subtract,
    "mul": elementwise.multiply,
    "truediv": elementwise.divide,
    "floordiv": elementwise.floor_divide,
    "mod": elementwise.remainder,
    "pow": elementwise.power,
    "matmul": linalg.matmul,
    "and": elementwise.logical_and,
    "or": elementwise.logical_or,
}
"""Signs between two operands, of which the Tensor may be either."""

SIGNS = {
    "neg": elementwise.negative,
    "abs": elementwise.absolute,
    "invert": elementwise.logical_not,
    "lt": elementwise.less,
    "le": elementwise.less_equal,
    "eq": elementwise.equal,
    "ne": elementwise.not_equal,
    "ge": elementwise.greater_equal,
    "gt": elementwise.greater,
}
"""Signs of one operand, and comparisons, which Python reflects itself."""

METHODS = (elementwise.exp, elementwise.log, elementwise.sqrt, reduce.max, reduce.mean, reduce.sum)
"""Functions that are methods too, under the same name."""

for _name, _function in BINARY.items():
    setattr(Tensor, f"__{_name}__", _function)
    setattr(Tensor, f"__r{_name}__", reflected(_function))
    setattr(Tensor, f"__i{_name}__", in_place(_name, _function))
for _name, _function in SIGNS.items():
    setattr(Tensor, f"__{_name}__", _function)
for _function in METHODS:
    setattr(Tensor, _function.__name__, method(_function))
for _function in (reshape, transpose, astype, __getitem__):
    setattr(Tensor, _function.__name__, _function)
Tensor.T = property(shape.transpose, doc="The axes reversed.")
