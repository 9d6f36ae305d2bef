"""Every operator, its forward beside its vector-Jacobian products; Tensors get them as methods and signs."""

from .activation import dropout, leaky_relu, relu, sigmoid, silu, softplus, tanh
from .choice import clip, maximum, minimum, where
from .convolution import conv2d
from .elementwise import (
    absolute,
    add,
    arctan,
    cast,
    cos,
    divide,
    equal,
    exp,
    expm1,
    floor_divide,
    greater,
    greater_equal,
    less,
    less_equal,
    log,
    log1p,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    mixture,
    multiply,
    negative,
    not_equal,
    over_root,
    power,
    remainder,
    round,
    same,
    sign,
    sin,
    sqrt,
    square,
    subtract,
    truncate,
    zeros_like,
)
from .linalg import affine, dot, einsum, matmul, norm, outer
from .loss import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    l1_loss,
    log_softmax,
    mse_loss,
    softmax,
)
from .pooling import avg_pool2d, max_pool2d
from .reduce import all, any, argmax, argmin, cumsum, logsumexp, max, mean, min, prod, std, sum, var
from .shape import (
    assemble,
    broadcast_to,
    concatenate,
    embedding,
    expand_dims,
    flatten,
    flip,
    getitem,
    moveaxis,
    one_after_the_other,
    pad,
    reshape,
    split,
    squeeze,
    stack,
    swapaxes,
    take,
    transpose,
)

__all__ = [
    "absolute", "add", "affine", "all", "any", "arctan", "argmax", "argmin", "assemble", "avg_pool2d",
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "broadcast_to", "cast", "clip", "concatenate",
    "conv2d", "cos", "cross_entropy", "cumsum", "divide", "dot", "dropout", "einsum", "embedding", "equal", "exp",
    "expand_dims", "expm1", "flatten", "flip", "floor_divide", "getitem", "greater", "greater_equal", "l1_loss",
    "leaky_relu", "less", "less_equal", "log", "log1p", "log_softmax", "logical_and", "logical_not", "logical_or",
    "logical_xor", "logsumexp", "matmul", "max", "max_pool2d", "maximum", "mean", "min", "minimum", "mixture",
    "moveaxis", "mse_loss", "multiply", "negative", "norm", "not_equal", "one_after_the_other", "outer", "over_root",
    "pad", "power", "prod", "relu", "remainder", "reshape", "round", "same", "sigmoid", "sign", "silu", "sin",
    "softmax", "softplus", "split", "sqrt", "square", "squeeze", "stack", "std", "subtract", "sum", "swapaxes", "take",
    "tanh", "transpose", "truncate", "var", "where", "zeros_like",
]  # fmt: skip

from . import dispatch, methods, protocols  # noqa: F401  (they give Tensors the above)
