"""Every operator, its forward beside its vector-Jacobian products; here Tensors get them as methods and signs."""

from ..tensor import Tensor, value
from .convolution import conv2d
from .elementwise import (
    add,
    cast,
    divide,
    dropout,
    exp,
    log,
    maximum,
    multiply,
    negative,
    power,
    relu,
    sigmoid,
    sqrt,
    subtract,
    tanh,
    where,
)
from .linalg import affine, matmul
from .loss import cross_entropy, log_softmax, mse_loss, softmax
from .pooling import max_pool2d
from .reduce import max, mean, sum
from .shape import broadcast_to, concatenate, getitem, reshape, transpose

__all__ = [
    "add", "affine", "broadcast_to", "cast", "concatenate", "conv2d", "cross_entropy", "divide", "dropout", "exp",
    "getitem", "log", "log_softmax", "matmul", "max", "max_pool2d", "maximum", "mean", "mse_loss", "multiply",
    "negative", "power", "relu", "reshape", "sigmoid", "softmax", "sqrt", "subtract", "sum", "tanh", "transpose",
    "where",
]  # fmt: skip


def _shape_method(self, *shape):
    return reshape(self, shape=shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape)


def _transpose_method(self, *axes):
    return transpose(self, axes=axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None)


def _getitem_method(self, index):
    return getitem(self, index=tuple(map(value, index)) if isinstance(index, tuple) else value(index))


_METHODS = {
    "__add__": add,
    "__radd__": add,
    "__sub__": subtract,
    "__rsub__": lambda self, other: subtract(other, self),
    "__mul__": multiply,
    "__rmul__": multiply,
    "__truediv__": divide,
    "__rtruediv__": lambda self, other: divide(other, self),
    "__pow__": power,
    "__rpow__": lambda self, other: power(other, self),
    "__neg__": negative,
    "__matmul__": matmul,
    "__rmatmul__": lambda self, other: matmul(other, self),
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
