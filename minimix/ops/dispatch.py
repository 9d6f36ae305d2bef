"""NumPy's own functions on a Tensor: np.sum(x), np.multiply(a, x), which is a * x, and np.asarray(x).

A function that stands here too, with the same meaning, is recorded. One whose result has no derivative, as np.argmax
or np.isnan, computes with the data alone. Any other is refused in a sentence that says what to write.
"""

import inspect

import numpy as np

from .. import ops
from ..backend import module_of
from ..tensor import Tensor, refuse_cut, value
from . import methods

_SAME = (
    "broadcast_to clip concatenate cumsum dot einsum expand_dims flip max mean min moveaxis outer pad prod reshape "
    "round split squeeze stack std sum swapaxes transpose var where"
)
SAME = {name: getattr(ops, name) for name in _SAME.split()} | {
    "amax": ops.max, "amin": ops.min, "astype": methods.astype, "permute_dims": ops.transpose, "ravel": ops.flatten
}  # fmt: skip
"""{NumPy's function: ours with the same meaning}."""

NAMES = {"a_min": "min", "a_max": "max"}
"""NumPy's names of arguments that have others here."""

SAME_UFUNCS = {f.__name__: f for f in (*methods.BINARY.values(), *methods.SIGNS.values())} | {
    "bitwise_and": methods.BINARY["and"], "bitwise_or": methods.BINARY["or"], "bitwise_xor": methods.BINARY["xor"],
    "invert": methods.SIGNS["invert"], "positive": ops.same,
    "divmod": lambda a, b: (ops.floor_divide(a, b), ops.remainder(a, b)),
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
    if name not in SAME:
        raise TypeError(_refusal(function))
    return _same(function, SAME[name], arguments, named)


def _array_ufunc(self, ufunc, method, *arguments, **options):
    """What np.f(x) calls for ufuncs, and array + x by way of np.add."""
    name = ufunc.__name__
    if method == "__call__" and not options:
        if name in CONSTANT:
            return _on_data(self, name, arguments, options)
        if name in SAME_UFUNCS:
            return SAME_UFUNCS[name](*arguments)
    if "out" in options:
        raise TypeError(f"np.{name} cannot put a Tensor into an array: write y = …, or a = a + x for a += x")
    raise TypeError(_refusal(ufunc, method))


class _ForNumPy:
    """`__array_ufunc__`: NumPy asks the class for it; CuPy asks the object, and leaves array + x to x if it is None."""

    def __get__(self, x, kind):
        return _array_ufunc if x is None else None


def __array__(self, dtype=None, copy=None):
    """What np.asarray(x) is: the data, without history."""
    refuse_cut(self, "np.asarray(x), which NumPy's functions ask for,")
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
    if any(p.kind is p.VAR_POSITIONAL for p in own.values()):
        return ours(*arguments, **named)
    theirs = _signature(function, own)
    given = {}
    for place, (name, x) in enumerate(theirs.bind(*arguments, **named).arguments.items()):
        if x is not theirs.parameters[name].default:
            given |= x if name == "kwargs" else {_own_name(name, place, own, theirs.parameters): x}
    if unknown := given.keys() - own.keys():
        takes = ", ".join(key for key in own if key in theirs.parameters)
        raise TypeError(f"np.{function.__name__} of a Tensor takes {takes or 'no options'}, not {unknown.pop()}")
    arrays = [given.pop(key) for key, p in own.items() if p.kind is not p.KEYWORD_ONLY and key in given]
    return ours(*arrays, **given)


def _signature(function, own):
    try:
        return inspect.signature(function)
    except ValueError:  # before NumPy 2.4 some functions say nothing
        return inspect.Signature([p.replace(kind=p.POSITIONAL_OR_KEYWORD) for p in own.values()])


def _own_name(name, place, own, theirs):
    """Our name of an argument of NumPy's."""
    p = theirs[name]
    needed = p.default is p.empty or p.kind is p.POSITIONAL_ONLY
    if name in own or not needed or place >= len(own):
        return NAMES.get(name, name)
    return list(own)[place]


def _refusal(function, method="__call__"):
    """What to write in place of a function of NumPy's."""
    name, module = function.__name__, getattr(function, "__module__", "numpy") or "numpy"
    full = f"{module.replace('numpy', 'np', 1)}.{name}" if method == "__call__" else f"np.{name}.{method}"
    if name in ops.__all__ and method == "__call__":
        from .. import __all__ as exported

        instead = f"minimix.{name}(…)" if name in exported else f"minimix.ops.{name}(…)"
    else:
        instead = f"it with minimix's functions, or {full}(x.numpy()) for a constant"
    return f"{full} of a Tensor is not recorded: write {instead}"


Tensor.__array_ufunc__ = _ForNumPy()
Tensor.__array_function__ = __array_function__
Tensor.__array__ = __array__
