"""Every operator, its forward beside its vector-Jacobian products; here Tensors get them as methods and signs."""

from ..tensor import Tensor, value
from .convolution import conv2d
from .elementwise import (
    absolute,
    add,
    cast,
    divide,
    dropout,
    equal,
    exp,
    floor_divide,
    greater,
    greater_equal,
    less,
    less_equal,
    log,
    logical_and,
    logical_not,
    logical_or,
    maximum,
    mixture,
    multiply,
    negative,
    not_equal,
    over_root,
    power,
    relu,
    remainder,
    same,
    sigmoid,
    sign,
    sqrt,
    subtract,
    tanh,
    where,
    zeros_like,
)
from .linalg import affine, matmul, norm
from .loss import cross_entropy, log_softmax, mse_loss, softmax
from .pooling import max_pool2d
from .reduce import max, mean, sum
from .shape import assemble, broadcast_to, concatenate, getitem, one_after_the_other, reshape, take, transpose

__all__ = [
    "absolute", "add", "affine", "assemble", "broadcast_to", "cast", "concatenate", "conv2d", "cross_entropy",
    "divide", "dropout", "equal", "exp", "floor_divide", "getitem", "greater", "greater_equal", "less",
    "less_equal", "log", "log_softmax", "logical_and", "logical_not", "logical_or", "matmul", "max", "max_pool2d",
    "maximum", "mean", "mixture", "mse_loss", "multiply", "negative", "norm", "not_equal", "one_after_the_other",
    "over_root", "power", "relu", "remainder", "reshape", "same", "sigmoid", "sign", "softmax", "sqrt", "subtract",
    "sum", "take", "tanh", "transpose", "where", "zeros_like",
]  # fmt: skip


def _shape_method(self, *shape):
    return reshape(self, shape=shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape)


def _transpose_method(self, *axes):
    return transpose(self, axes=axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None)


def _getitem_method(self, index):
    return getitem(self, index=tuple(map(value, index)) if isinstance(index, tuple) else value(index))


_METHODS = {
    "__add__": add,
    "__radd__": lambda self, other: add(other, self),
    "__sub__": subtract,
    "__rsub__": lambda self, other: subtract(other, self),
    "__mul__": multiply,
    "__rmul__": lambda self, other: multiply(other, self),
    "__truediv__": divide,
    "__rtruediv__": lambda self, other: divide(other, self),
    "__pow__": power,
    "__rpow__": lambda self, other: power(other, self),
    "__neg__": negative,
    "__matmul__": matmul,
    "__rmatmul__": lambda self, other: matmul(other, self),
    "__floordiv__": floor_divide,
    "__rfloordiv__": lambda self, other: floor_divide(other, self),
    "__mod__": remainder,
    "__rmod__": lambda self, other: remainder(other, self),
    "__abs__": absolute,
    "__gt__": greater,
    "__lt__": less,
    "__ge__": greater_equal,
    "__le__": less_equal,
    "__eq__": equal,
    "__ne__": not_equal,
    "__and__": logical_and,
    "__rand__": logical_and,
    "__or__": logical_or,
    "__ror__": logical_or,
    "__invert__": logical_not,
    "__getitem__": _getitem_method,
    "reshape": _shape_method,
    "transpose": _transpose_method,
    "T": property(transpose),
    "sum": lambda self, axis=None, keepdims=False: sum(self, axis=axis, keepdims=keepdims),
    "mean": lambda self, axis=None, keepdims=False: mean(self, axis=axis, keepdims=keepdims),
    "max": lambda self, axis=None, keepdims=False: max(self, axis=axis, keepdims=keepdims),
    "astype": lambda self, dtype: cast(self, dtype=dtype),
    "exp": exp,
    "log": log,
    "sqrt": sqrt,
}
for _name, _method in _METHODS.items():
    setattr(Tensor, _name, _method)
