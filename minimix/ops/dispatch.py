"""NumPy's own functions on a Tensor: np.sum(x), np.multiply(a, x), which is a * x, and np.asarray(x).

A function that stands here too, with the same meaning, is recorded. One whose result has no derivative, as np.argmax
or np.isnan, computes with the data alone. Any other is refused in a sentence that says what to write.
"""

import inspect

import numpy as np

from .. import ops
from ..backend import module_of
from ..tensor import Tensor, refuse_cut, value
from .methods import BINARY, SIGNS

_SAME = (
    "broadcast_to clip concatenate cumsum dot einsum expand_dims max mean min outer pad prod reshape split squeeze "
    "stack std sum swapaxes transpose var where"
)
SAME = {name: name for name in _SAME.split()} | {
    "amax": "max", "amin": "min", "astype": "cast", "permute_dims": "transpose"
}  # fmt: skip
"""{NumPy's function: ours with the same meaning}."""

SAME_UFUNCS = {f.__name__: f for f in (*BINARY.values(), *SIGNS.values())} | {
    "bitwise_and": ops.logical_and, "bitwise_or": ops.logical_or, "invert": ops.logical_not, "divmod": divmod
}  # fmt: skip
"""{NumPy's ufunc: what is written as a sign}. The others' options (out, where, dtype) are nothing that is recorded."""

_CONSTANT = (
    "allclose any all argmax argmin argpartition argsort argwhere array2string array_equal array_equiv array_repr "
    "array_str can_cast common_type count_nonzero digitize empty_like flatnonzero full_like iscomplex "
    "iscomplexobj isclose isfinite isinf isnan isneginf isposinf isreal isrealobj lexsort logical_and logical_not "
    "logical_or logical_xor may_share_memory ndim nonzero ones_like result_type save savetxt savez savez_compressed "
    "searchsorted shape shares_memory signbit size zeros_like"
)
CONSTANT = frozenset(_CONSTANT.split())
"""Those that give truth values, positions, shapes, text or fresh arrays, or that only write numbers down."""


def __array_function__(self, function, types, arguments, named):
    """What np.f(x) calls, for all functions but ufuncs."""
    name = function.__name__ if function.__module__ == "numpy" else ""
    if name in CONSTANT or (name == "where" and len(arguments) == 1):
        return _on_data(self, name, arguments, named)
    if SAME.get(name) not in ops.__all__:
        raise TypeError(_refusal(function))
    return _same(function, getattr(ops, SAME[name]), arguments, named)


def _array_ufunc(self, ufunc, method, *arguments, **options):
    """What np.f(x) calls for ufuncs, and array + x by way of np.add."""
    name = ufunc.__name__
    if method == "__call__" and not options:
        if name in SAME_UFUNCS:
            return SAME_UFUNCS[name](*arguments)
        if name in CONSTANT:
            return _on_data(self, name, arguments, options)
    if "out" in options:
        raise TypeError(f"np.{name} cannot put a Tensor into an array: write y = …, or a = a + x for a += x")
    raise TypeError(_refusal(ufunc, method))


class _ForNumPy:
    """`__array_ufunc__`: NumPy asks the class for it; CuPy asks the object, and leaves array + x to x if it is None."""

    def __get__(self, x, kind):
        return _array_ufunc if x is None else None


def __array__(self, dtype=None, copy=None):
    """What np.asarray(x) is: the data, without history."""
    refuse_cut(self, "np.asarray(x), which NumPy's functions ask for,", "write minimix.exp(x), minimix.sqrt(x), …")
    if not isinstance(self.data, (np.ndarray, np.generic, int, float)):
        raise TypeError("np.asarray(x) of a Tensor on another device: write x.numpy(), which copies it")
    return np.array(self.data, dtype, copy=copy)


def _on_data(self, name, arguments, named):
    """NumPy's function, or that of the data's own module, on data alone."""
    module = module_of(value(self))
    return getattr(module, name)(*map(_bare, arguments), **{key: _bare(x) for key, x in named.items()})


def _bare(x):
    return type(x)(map(_bare, x)) if type(x) in (list, tuple) else value(x)


def _same(function, ours, arguments, named):
    """Call our function of the same meaning; an argument goes by its name, or by its place where names differ."""
    own = inspect.signature(ours).parameters
    try:
        theirs = inspect.signature(function)
    except ValueError:  # before NumPy 2.4 some have none
        theirs = inspect.signature(ours).replace(
            parameters=[p.replace(kind=p.POSITIONAL_OR_KEYWORD) for p in own.values()]
        )
    if any(p.kind is p.VAR_POSITIONAL for p in own.values()):
        return ours(*arguments, **named)
    places, given = list(theirs.parameters), {}
    for name, x in theirs.bind(*arguments, **named).arguments.items():
        if x is theirs.parameters[name].default:
            continue
        place = places.index(name)
        if name not in own and place < len(own) and list(own)[place] not in places:
            name = list(own)[place]
        if name not in own:
            takes = ", ".join(key for key in own if key in places)
            raise TypeError(f"np.{function.__name__} of a Tensor takes {takes or 'no options'}, not {name}")
        given[name] = x
    arrays = [given.pop(key) for key, p in own.items() if p.kind is not p.KEYWORD_ONLY and key in given]
    return ours(*arrays, **given)


def _refusal(function, method="__call__"):
    """What to write in place of a function of NumPy's."""
    name = function.__name__ if method == "__call__" else f"{function.__name__}.{method}"
    text = f"np.{name} of a Tensor is not recorded: write "
    for here in (function.__name__, SAME.get(function.__name__)):
        if here in ops.__all__ and method == "__call__":
            return f"{text}minimix.ops.{here}(…)"
    return f"{text}it with minimix's functions, or np.{name}(x.numpy()) for a constant"


Tensor.__array_ufunc__ = _ForNumPy()
Tensor.__array_function__ = __array_function__
Tensor.__array__ = __array__
