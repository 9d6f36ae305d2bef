"""A second array module for tests without a GPU: NumPy's arithmetic under CuPy's rules.

The module itself is the array module: `strict.exp`, `strict.ndarray`, `strict.lib.stride_tricks`. Code that
runs on it keeps to what NumPy and CuPy share, mixes no NumPy array with a device array, and reads the device
only where it says so: each such read adds one to `strict.host_reads`. What a GPU has to be asked to do adds one to
`strict.launches`: every function that computes or copies, a kernel once; views and `empty` are free.
`strict.reset()` sets both to 0.

CuPy's rules, with the files of its source (15.0.0a1) that state them; `test_strict_signatures.py` reads the signatures
off a wheel:
- an operand is a device array or a scalar, never a NumPy array (`_core/_scalar.pyx`); an operator leaves the
  work to an object whose `__array_ufunc__` is None (`_should_use_rop` in `_core/core.pyx`);
- NumPy's functions on a device array are the module's own, where it has them (`__array_function__` there);
- what is computed element by element is new memory in C order, whatever the order of its inputs (`_core/_kernel.pyx`);
- reductions give 0-d arrays; an element is a 0-d view of its array (`_core/_routines_indexing.pyx`);
- an index may be a NumPy array or a list, which are copied to the device (`_core/_routines_indexing.pyx`); integer
  arrays out of range wrap around; where they repeat, `x[i] = values` is undefined (here: refused);
- ufuncs take `out`, `dtype`, `casting`, no `where`; of `reduce` there is add's and multiply's, of `at` here
  add's (`_core/_kernel.pyx`); what other functions take stands in their files, listed in `cupy/__init__.py`;
- masks, nonzero and bincount wait for the device, and so does sliding_window_view (`lib/stride_tricks.py`);
- an ElementwiseKernel has arrays of one dtype and an identifier for its name, and its compiler may contract a product
  and a sum, which rounds once: here that computes in a wider dtype; nor does it round a power as the ufunc's compiler
  does (`_core/_kernel.pyx`).

Stricter than CuPy: minimix itself may not call NumPy's functions on a device array, `empty` holds NaN, and what the two
modules name or order differently goes by position or name alone.
"""

import functools
import inspect
import operator
import sys
from types import SimpleNamespace

import numpy as np

host_reads = launches = 0
_SCALARS = (bool, int, float, complex, np.number, np.bool_)

# CuPy's signatures, less what NumPy lacks. A parameter's name tells its role: a, b and out are device arrays,
# arrays and operands are sequences of them, _EITHER are arrays or scalars, all others are host values,
# which NumPy itself refuses where they are device arrays.
_EITHER = {"x", "y", "indices", "weights", "fill_value", "a_min", "a_max"}
_SIGNATURES = """
    empty zeros ones:          shape, dtype=float, order='C'
    full:                      shape, fill_value, dtype=None, order='C'
    empty_like zeros_like ones_like: a, /, dtype=None, order='K', *, shape=None
    full_like:                 a, /, fill_value, dtype=None, order='K', *, shape=None
    arange:                    start, stop=None, step=1, dtype=None
    linspace:                  start, stop, num=50, endpoint=True, *, dtype=None
    eye:                       N, M=None, k=0, dtype=float
    tril triu diag:            a, /, k=0
    ascontiguousarray:         a, /, dtype=None
    sum prod mean:             a, /, axis=None, dtype=None, out=None, keepdims=False
    max min amax amin any all: a, /, axis=None, out=None, keepdims=False
    argmax argmin:             a, /, axis=None, *, out=None, keepdims=False
    var std:                   a, /, axis=None, dtype=None, out=None, ddof=0, keepdims=False
    cumsum cumprod:            a, /, axis=None, dtype=None, out=None
    count_nonzero:             a, /, axis=None
    linalg.norm:               a, /, ord=None, axis=None, keepdims=False
    matmul dot outer:          a, b, /, out=None
    inner vdot may_share_memory: a, b, /
    tensordot:                 a, b, /, axes=2
    einsum:                    subscripts, /, *operands, dtype=None, optimize=False
    trace:                     a, /, offset=0, axis1=0, axis2=1, dtype=None, out=None
    reshape:                   a, shape, /, order='C'
    ravel:                     a, /, order='C'
    transpose:                 a, /, axes=None
    swapaxes:                  a, /, axis1, axis2
    moveaxis:                  a, /, source, destination
    squeeze flip:              a, /, axis=None
    expand_dims:               a, /, axis
    broadcast_to:              a, /, shape
    roll:                      a, /, shift, axis=None
    concatenate stack:         arrays, /, axis=0, out=None, *, dtype=None, casting='same_kind'
    vstack hstack:             arrays, /
    split array_split:         a, /, indices_or_sections, axis=0
    tile:                      a, /, reps
    repeat:                    a, /, repeats, axis=None
    pad:                       a, /, pad_width, mode='constant', *, constant_values=0
    lib.stride_tricks.as_strided: a, /, shape=None, strides=None
    lib.stride_tricks.sliding_window_view: a, /, window_shape, axis=None
    where:                     a, x, y, /
    clip:                      a, a_min, a_max, /, out=None
    round around:              a, /, decimals=0, out=None
    copyto:                    a, x, /, casting='same_kind'
    take:                      a, /, indices, axis=None, out=None
    take_along_axis:           a, b, /, axis
    sort argsort:              a, /, axis=-1
    nonzero flatnonzero:       a, /
    bincount:                  a, /, weights=None, minlength=0
"""
_UFUNCS = """
    add subtract multiply divide true_divide floor_divide remainder mod power negative positive absolute
    abs fabs sign square sqrt cbrt reciprocal exp exp2 expm1 log log2 log10 log1p logaddexp sin cos tan
    arcsin arccos arctan arctan2 sinh cosh tanh hypot maximum minimum fmax fmin floor ceil rint trunc
    copysign signbit isfinite isinf isnan greater greater_equal less less_equal equal not_equal
    logical_and logical_or logical_xor logical_not bitwise_and bitwise_or bitwise_xor invert left_shift
    right_shift
"""
_BORROWED = """
    bool_ int8 int16 int32 int64 intp uint8 uint16 uint32 uint64 float16 float32 float64 number integer
    floating generic dtype finfo iinfo issubdtype promote_types broadcast_shapes e inf nan newaxis pi
"""
_METHODS = """
    sum prod mean max min argmax argmin any all var std cumsum cumprod dot ravel swapaxes squeeze repeat
    clip round take argsort nonzero trace
"""
_BINARY = """
    add:add sub:subtract mul:multiply truediv:true_divide floordiv:floor_divide mod:remainder pow:power
    and:bitwise_and or:bitwise_or xor:bitwise_xor lshift:left_shift rshift:right_shift
"""
_COMPARISONS = "lt:less le:less_equal eq:equal ne:not_equal gt:greater ge:greater_equal"
_COMPARED = {pair.partition(":")[2] for pair in _COMPARISONS.split()}
_UNARY = "neg:negative pos:positive abs:absolute invert:invert"
_ATOMIC = "float16 float32 float64 int32 int64 uint32 uint64"
_ATTRIBUTES = "shape size strides nbytes itemsize"
_ELEMENTWISE = {"where", "clip", "copyto"}
_WIDER = {"float16": "float32", "float32": "float64", "float64": "longdouble"}
_FREE = {"empty", "empty_like", "may_share_memory"}
_WAITS = {"nonzero", "flatnonzero", "bincount", "lib.stride_tricks.sliding_window_view"}


def reset():
    """Start counting host reads and launches anew."""
    global host_reads, launches
    host_reads = launches = 0


def _host_read():
    global host_reads
    host_reads += 1


def _launch():
    global launches
    launches += 1


def _not_in_the_house(function):
    """CuPy takes NumPy's functions on its arrays for its own; a kernel asks its arrays for their module."""
    if sys._getframe(2).f_globals["__name__"].startswith("minimix."):
        raise TypeError(f"numpy.{function.__name__} was given a device array: use its own module's function")


def _array(x):
    """The NumPy array inside a device array; anything else is refused."""
    if not isinstance(x, ndarray):
        raise TypeError(f"Unsupported type {type(x)}")
    return x._array


def _operand(x):
    """What NumPy computes with for a device array or a scalar; anything else is refused."""
    return x if isinstance(x, _SCALARS) else _array(x)


def _argument(name, value):
    """What NumPy is given for an argument, by the role of its name."""
    if name in ("arrays", "operands"):
        return [_array(x) for x in value]
    if name in ("a", "b") or (name == "out" and value is not None):
        return _array(value)
    if name in _EITHER and value is not None:
        return _operand(value)
    return value


def _root(array):
    while getattr(array, "base", None) is not None:
        array = array.base
    return array


def _wrap(result, *given):
    """NumPy's result as device arrays; it may be one of the device arrays `given`, or a view of one."""
    if isinstance(result, (tuple, list)):
        return type(result)(_wrap(part, *given) for part in result)
    if not isinstance(result, (np.ndarray, np.generic)):
        return result
    for x in given:
        if x._array is result:
            return x
        if isinstance(result, np.ndarray) and _root(x._array) is _root(result):
            return ndarray(result, x if x.base is None else x.base)
    return ndarray(np.asarray(result))


def _is_view(result, given):
    parts = result if isinstance(result, (tuple, list)) else [result]
    return all(any(_root(x._array) is _root(part) for x in given) for part in parts)


def _key(index, shape):
    """NumPy's index, with integer arrays wrapped around; and whether it holds arrays (then x[key] copies)."""
    index = index if isinstance(index, tuple) else (index,)
    index = [asarray(i) if isinstance(i, (list, tuple, np.ndarray, bool, np.bool_)) else i for i in index]
    masks = [isinstance(i, ndarray) and i.dtype == bool for i in index]
    widths = [i.ndim if m else i is not None and i is not Ellipsis for i, m in zip(index, masks, strict=True)]
    key, axis = [], 0
    for i, mask, width in zip(index, masks, widths, strict=True):
        if mask:
            _host_read()
        if isinstance(i, ndarray) and not mask and axis < len(shape) and shape[axis]:
            key.append(i._array % shape[axis])
        else:
            key.append(i if i is None or i is Ellipsis or isinstance(i, slice) else _operand(i))
        axis += len(shape) - sum(widths) if i is Ellipsis else width
    if not any(i is Ellipsis for i in index):
        key.append(Ellipsis)  # with it NumPy, too, gives an element as a 0-d view
    return tuple(key), any(isinstance(i, ndarray) for i in index)


def _poisoned(create):
    """Uninitialized memory: NaN, so that nobody counts on the zeros of a fresh page."""

    def poisoned(*args, **kwargs):
        array = create(*args, **kwargs)
        if array.dtype.kind in "fc":
            array.fill(np.nan)
        return array

    return poisoned


_OTHERWISE = {  # where NumPy's function does something else than CuPy's
    "empty": _poisoned(np.empty),
    "empty_like": _poisoned(np.empty_like),
    "take": functools.partial(np.take, mode="wrap"),
    "take_along_axis": lambda a, b, axis: np.take_along_axis(a, b % a.shape[axis], axis),
    "count_nonzero": lambda a, axis=None: np.asarray(np.count_nonzero(a, axis)),
}


def _function(name, parameters):
    signature = inspect.signature(eval(f"lambda {parameters}: None"))
    compute = _OTHERWISE.get(name) or operator.attrgetter(name)(np)

    def function(*args, **kwargs):
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{name}(): {error}") from None
        for parameter, value in bound.arguments.items():
            bound.arguments[parameter] = _argument(parameter, value)
        if name in _WAITS:
            _host_read()
        given = [x for x in (*args, *kwargs.values()) if isinstance(x, ndarray)]
        result = compute(*bound.args, **bound.kwargs)
        if name in _ELEMENTWISE and bound.arguments.get("out") is None and result is not None:
            result = np.asarray(result, order="C")
        if name not in _FREE and (bound.arguments.get("out") is not None or not _is_view(result, given)):
            _launch()
        return _wrap(result, *given)

    function.__name__, function.__signature__ = name, signature
    return function


class _Ufunc:
    def __init__(self, name):
        self.name, self.ufunc = name, getattr(np, name)

    def __call__(self, *args, out=None, dtype=None, casting="same_kind"):
        if len(args) == self.ufunc.nin + 1:
            *args, out = args
        target = None if out is None else _array(out)
        _launch()
        result = self.ufunc(*map(_operand, args), out=target, dtype=dtype, casting=casting, order="C")
        return _wrap(result, *(() if out is None else (out,)))

    def reduce(self, a, axis=0, dtype=None, out=None, keepdims=False):
        if self.name not in ("add", "multiply"):
            raise NotImplementedError(f"`{self.name}.reduce` is not supported yet")
        return _functions["sum" if self.name == "add" else "prod"](a, axis, dtype, out, keepdims)

    def at(self, a, indices, b):
        """a[indices] = ufunc(a[indices], b), where repeated indices accumulate."""
        if self.name != "add":
            raise NotImplementedError(f"`{self.name}.at` is not supported yet")
        if _array(a).dtype.name not in _ATOMIC.split():
            raise TypeError(f"add.at only supports {_ATOMIC}, got {a.dtype}")
        _launch()
        self.ufunc.at(a._array, _key(indices, a.shape)[0], _operand(b))


_ufuncs = {name: _Ufunc(name) for name in _UFUNCS.split()}
_functions = {
    name: _function(name, parameters.strip())
    for names, parameters in (line.split(":", 1) for line in _SIGNATURES.strip().splitlines())
    for name in names.split()
}


class ndarray:
    """A device array like cupy.ndarray: a NumPy array that only this module can reach."""

    __array_priority__ = 100
    dtype = property(lambda self: self._array.dtype)
    ndim = property(lambda self: self._array.ndim)
    base = property(lambda self: self._base)
    T = property(lambda self: self.transpose())

    def __init__(self, array, base=None):
        self._array, self._base = array, base

    def __array__(self, *args, **kwargs):
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Please use `.get()`.")

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if ufunc.__name__ in _COMPARED:  # CuPy, too, undoes that NumPy compares its scalars as 0-d arrays
            inputs = [x[()] if isinstance(x, np.ndarray) and not x.ndim else x for x in inputs]
        if not any(isinstance(x, np.generic) for x in inputs):  # np.float32(2) * x is an operator's work
            _not_in_the_house(ufunc)
        if method != "__call__" or ufunc.__name__ not in _ufuncs:
            return NotImplemented
        out = kwargs.pop("out", (None,))
        return _ufuncs[ufunc.__name__](*inputs, out=out[0], **kwargs)

    def __array_function__(self, function, types, args, kwargs):
        _not_in_the_house(function)
        name = ".".join([*function.__module__.split(".")[1:], function.__name__])
        return _functions[name](*args, **kwargs) if name in _functions else NotImplemented

    @property
    def flags(self):
        c, f = self._array.flags.c_contiguous, self._array.flags.f_contiguous
        return SimpleNamespace(c_contiguous=c, f_contiguous=f, owndata=self.base is None)

    def get(self):
        """A NumPy copy; waits for the device."""
        _host_read()
        return self._array.copy()

    def item(self):
        return self.get().item()

    def reshape(self, *shape, order="C"):
        return _functions["reshape"](self, shape[0] if len(shape) == 1 else shape, order)

    def transpose(self, *axes):
        return _functions["transpose"](self, axes[0] if len(axes) == 1 else axes or None)

    def astype(self, dtype, order="K", *, copy=True):
        result = self._array.astype(dtype, order, copy=copy)
        if not _is_view(result, [self]):
            _launch()
        return _wrap(result, self)

    def copy(self, order="C"):
        _launch()
        return ndarray(self._array.copy(order))

    def flatten(self, order="C"):
        _launch()
        return ndarray(self._array.flatten(order))

    def view(self, dtype=None):
        return _wrap(self._array.view(dtype or self.dtype), self)

    def fill(self, value):
        _launch()
        self._array.fill(_operand(value))

    def __getitem__(self, index):
        key, copies = _key(index, self._array.shape)
        if copies:
            _launch()
        return ndarray(self._array[key].copy()) if copies else _wrap(self._array[key], self)

    def __setitem__(self, index, value):
        key, copies = _key(index, self._array.shape)
        if copies and isinstance(value, ndarray):
            targets = np.arange(self.size).reshape(self.shape)[key]
            if np.unique(targets).size < targets.size:
                raise ValueError("the index repeats elements: which of the values they get is undefined in CuPy")
        _launch()
        self._array[key] = _operand(value)

    def __len__(self):
        return len(self._array)

    def __iter__(self):
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(len(self)))

    def __deepcopy__(self, memo):
        return self.copy()

    __copy__ = copy


def _reading(convert):
    return lambda self, *args: convert(self.get(), *args)


def _defers(other):
    """CuPy's rule for when an operator leaves the work to the other operand."""
    if hasattr(other, "__array_ufunc__"):
        return other.__array_ufunc__ is None and not isinstance(other, ndarray)
    return getattr(other, "__array_priority__", 0) > ndarray.__array_priority__


def _operators(name, function):
    """x + y, y + x and x += y for the function add."""

    def forward(self, other):
        return NotImplemented if _defers(other) else function(self, other)

    def reflected(self, other):
        return NotImplemented if _defers(other) else function(other, self)

    def in_place(self, other):
        return function(self, other, out=self)

    return {f"__{name}__": forward, f"__r{name}__": reflected, f"__i{name}__": in_place}


def _power(a, b, out=None):
    """a ** b as NumPy's operator rounds and promotes it: before NumPy 2.3 not always as its power() does."""
    _launch()
    if out is None:
        return _wrap(np.asarray(_operand(a) ** _operand(b), order="C"))
    return _wrap(operator.ipow(_array(out), _operand(b)), out)


def _methods():
    """What the tables above say that an array has."""
    yield from ((name, property(operator.attrgetter(f"_array.{name}"))) for name in _ATTRIBUTES.split())
    yield from ((name, _functions[name]) for name in _METHODS.split())
    yield from ((f"__{c.__name__}__", _reading(c)) for c in (float, int, bool, repr, str, format))
    yield "tolist", lambda self: self.get().tolist()
    for name, ufunc in (pair.split(":") for pair in _UNARY.split()):
        yield f"__{name}__", functools.partialmethod(_ufuncs[ufunc])
    for name, ufunc in (pair.split(":") for pair in _COMPARISONS.split()):
        yield f"__{name}__", _operators(name, _ufuncs[ufunc])[f"__{name}__"]
    for name, ufunc in (pair.split(":") for pair in _BINARY.split()):
        yield from _operators(name, _power if name == "pow" else _ufuncs[ufunc]).items()
    products = _operators("matmul", _functions["matmul"])
    yield from ((name, products[name]) for name in ("__matmul__", "__rmatmul__"))


for _name, _method in _methods():
    setattr(ndarray, _name, _method)
ndarray.__hash__ = None


def asarray(a, dtype=None):
    """A device array: a NumPy array, number or list is copied to the device, a device array stays there."""
    return a if isinstance(a, ndarray) and dtype in (None, a.dtype) else array(a, dtype)


def array(obj, dtype=None):
    """A new device array from a NumPy array, a number, a list or a device array."""
    result = np.array(obj._array if isinstance(obj, ndarray) else obj, dtype)
    result = result.astype(result.dtype.newbyteorder("="), copy=False)
    if result.dtype.kind not in "biufc":
        raise ValueError(f"Unsupported dtype {result.dtype}")
    _launch()
    return ndarray(result)


def asnumpy(a):
    """A NumPy array; waits for the device."""
    return a.get() if isinstance(a, ndarray) else np.asarray(a)


def scatter_add(a, slices, value):
    """cupyx.scatter_add: a[slices] += value, where repeated indices accumulate."""
    _ufuncs["add"].at(a, slices, value)


def result_type(*arrays_and_dtypes):
    return np.result_type(*(x.dtype if isinstance(x, ndarray) else x for x in arrays_and_dtypes))


def _compiled_power(a, b):
    return np.exp(b * np.log(a))


def ElementwiseKernel(in_params, out_params, operation, name="kernel", *, options=()):
    """A kernel whose text is Python, too, but for the type T before what it makes; a power is rounded otherwise."""
    if not name.isidentifier():
        raise ValueError(f'Invalid kernel name: "{name}"')
    read, written = ([one.removeprefix("T ") for one in given.split(", ") if one] for given in (in_params, out_params))
    lines = compile("\n".join(line.removeprefix("T ") for line in operation.split("; ")), name, "exec")

    def launch(*args):
        if len(args) not in (len(read), len(read) + len(written)):
            raise TypeError(f"Wrong number of arguments for {name!r}")
        names = dict(zip([*read, *written], map(_operand, args), strict=False))
        dtypes = {x.dtype for x in args if isinstance(x, ndarray)}
        if len(dtypes) != 1:
            raise TypeError(f"Type is mismatched. {dtypes}")
        (dtype,) = dtypes
        if "--fmad=false" not in options:
            names = {key: np.asarray(x, dtype).astype(_WIDER[dtype.name]) for key, x in names.items()}
        _launch()
        exec(lines, {"T": float, "sqrt": np.sqrt, "pow": _compiled_power}, names)
        outs = args[len(read) :] or [ndarray(np.empty(np.shape(names[key]), dtype)) for key in written]
        for out, key in zip(outs, written, strict=True):
            out._array[...] = names[key]
        return outs[0] if len(outs) == 1 else tuple(outs)

    return launch


def _namespace(prefix):
    names = [name for name in _functions if name.startswith(f"{prefix}.")]
    return SimpleNamespace(**{name.rpartition(".")[2]: _functions[name] for name in names})


_names = {**_ufuncs, **_functions, **{name: getattr(np, name) for name in _BORROWED.split()}}
linalg = _namespace("linalg")
lib = SimpleNamespace(stride_tricks=_namespace("lib.stride_tricks"))


def __getattr__(name):
    # Not globals: names such as sum and any would hide Python's own in this file.
    if name not in _names:
        raise AttributeError(f"strict has no {name!r}: CuPy lacks it, or nothing has needed it yet")
    return _names[name]
