"""Every operator, its forward beside its vector-Jacobian products; Tensors get them as methods and signs."""

from . import methods as methods
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
