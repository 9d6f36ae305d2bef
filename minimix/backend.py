"""The array-module switch: the one file that knows both numpy and cupy.

`use("cupy")` makes every array created from then on live on the GPU; `with using("numpy"):` does so for a block, in
its thread alone; the environment variable MINIMIX_BACKEND sets the start. A kernel takes its module from the arrays it
was given (`module_of`); only creation asks the switch (`asarray`, `current`).

Where data live: a Tensor is made on the current module and stays there, and an operator computes where its Tensors
are. A NumPy array beside them, as labels or a constant, is copied to their device; nothing comes back to the host until
it is asked for (`.numpy()`, `.item()`, `float`). Tensors of two modules do not meet: that is a TypeError.
"""

import contextlib
import functools
import numbers
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .hint import one_of, shown
from .kernels import kernel

NO_BLAS = sys.platform == "emscripten"
"""Whether NumPy multiplies matrices by itself, as in a browser."""
LONG_ROW = 32
"""So many numbers are worth what einsum takes to begin a sum."""


@dataclass(frozen=True)
class Backend:
    """An array module and what it spells in its own way."""

    name: str
    xp: Any
    """The array module itself: `numpy`, `cupy`, or one that offers the same names."""
    to_host: Callable
    """Copy an array to a NumPy array; waits for the device."""
    synchronize: Callable
    """Wait until the device has done all it was given; for timing."""
    fuse: Callable
    """What turns an elementwise function into one kernel, where the module can, see `kernels.kernel`."""
    block: int = 1 << 20
    """Bytes of temporaries that a kernel makes at a time: what the cache of a core holds, or what a GPU wants."""
    launches: bool = False
    """Whether to start an operation costs more than a small one takes, as on a GPU: then few large ones are better."""

    @property
    def device(self):
        """Whether its arrays live on a device, whose numbers the host has to wait for."""
        return self.xp is not np


def _numpy():
    return Backend("numpy", np, np.asarray, lambda: None, lambda function: function)


def _cupy():
    try:
        import cupy

        cupy.cuda.runtime.getDeviceCount()
    except ImportError as error:
        raise RuntimeError(
            "the backend 'cupy' needs CuPy, which is not installed: "
            'pip install "minimix[cuda13]" (or "minimix[cuda12]" for CUDA 12)'
        ) from error
    except Exception as error:
        raise RuntimeError(f"the backend 'cupy' needs an NVIDIA GPU and its driver; CuPy says: {error}") from error

    def synchronize():
        cupy.cuda.get_current_stream().synchronize()

    fuse = functools.partial(kernel, cupy)  # cupy.fuse rounds a product and a sum once
    return Backend("cupy", cupy, cupy.asnumpy, synchronize, fuse, block=1 << 28, launches=True)


_loaders: dict[str, Callable[[], Backend]] = {"numpy": _numpy, "cupy": _cupy}
_loaded: dict[str, Backend] = {}
_by_type: dict[type, Backend] = {}


class _Switch(threading.local):
    """The module in use: one for all threads, and in a thread the one of its innermost `using`."""

    everywhere: Backend | None = None
    here: Backend | None = None


_switch = _Switch()


def register(name, loader):
    """Offer another array module: `loader()` returns its `Backend`."""
    _loaders[name] = loader


def names():
    """The names of all array modules that can be asked for."""
    return tuple(_loaders)


def load(name):
    """The Backend of a name. Raises ValueError for an unknown one, RuntimeError where CuPy or a GPU is missing."""
    if one_of("backend", name, _loaders) not in _loaded:
        backend = _loaders[name]()
        _loaded[name] = backend
        _by_type[backend.xp.ndarray] = backend
    return _loaded[name]


def use(name):
    """Create all further arrays with the array module `name`, "numpy" or "cupy", in every thread.

    Inside a `with using(...)` it holds until the end of that block. Raises ValueError for an unknown name, RuntimeError
    where CuPy or a GPU is missing.
    """
    if _switch.here:
        _switch.here = load(name)
    else:
        _Switch.everywhere = load(name)


@contextlib.contextmanager
def using(name):
    """`with using("cupy"):` is `use` for one block, in this thread alone; the former backend comes back at its end.

    >>> with mx.using("numpy"):
    ...     x = mx.Tensor([1.0, 2.0])
    ...
    >>> x.dtype
    dtype('float32')
    """
    before, _switch.here = _switch.here, load(name)
    try:
        yield
    finally:
        _switch.here = before


def current():
    """The Backend that creation uses; at first the one that MINIMIX_BACKEND names, else numpy."""
    if not (_switch.here or _switch.everywhere):
        _Switch.everywhere = load(os.environ.get("MINIMIX_BACKEND") or "numpy")
    return _switch.here or _switch.everywhere


def backend_of(array):
    """The Backend that an array belongs to; Python and NumPy scalars belong to numpy."""
    return _by_type.get(type(array)) or load("numpy")


def module_of(array):
    """The array module that an array belongs to."""
    return backend_of(array).xp


def product(x, w, out=None):
    """x @ w for matrices and stacks of them, written to `out` where that is given.

    In a browser NumPy has no BLAS. There `@` goes down the columns of w for every number; along the rows of both, of
    which one may have to be copied, einsum takes half of the time.
    """
    if NO_BLAS and type(x) is np.ndarray is type(w) and x.dtype == w.dtype and x.shape[-1] >= LONG_ROW:
        rows = np.ascontiguousarray(x), np.ascontiguousarray(np.swapaxes(w, -1, -2))
        return np.einsum("...ij,...kj->...ik", *rows, out=out)
    return x @ w if out is None else module_of(x).matmul(x, w, out=out)


def fused(function):
    """Decorator: an elementwise function of arrays and numbers as one kernel, where the arrays' module can do that.

    With anything else among the arguments, as a Tensor or an array of another dtype than the first, it is the plain
    function. A kernel gets numbers in the dtype of the first argument, lest it compute in float64: what is made of
    numbers alone, as 1 - b2, is handed to it made.
    """
    kernels = {}

    @functools.wraps(function)
    def call(*arguments):
        first = arguments[0]
        one = kernels.get(type(first))
        if one is None:
            one = kernels[type(first)] = backend_of(first).fuse(function)
        if one is function or not all(
            x.dtype == first.dtype if is_array(x) else isinstance(x, (int, float, np.number)) for x in arguments
        ):
            return function(*arguments)
        number = first.dtype.type
        return one(*(x if is_array(x) else number(x) for x in arguments))

    return call


def is_array(x):
    """Whether x is an array of a module in use."""
    return type(x) in _by_type or isinstance(x, np.ndarray)


def asarray(data, dtype=None):
    """An array of the current module: NumPy arrays are copied to its device, its own arrays stay as they are.

    Python numbers and lists of them become float32 unless `dtype` says otherwise; arrays keep their dtype, and are not
    copied where they are in place already (a memory map is read when it is used). Raises TypeError for what is not made
    of real numbers, and for a list of Tensors or device arrays, ValueError for a ragged list.
    """
    backend = current()
    array = data if type(data) is backend.xp.ndarray else _host_array(data)
    if array.dtype.kind not in "biuf":
        what = f"an array of {array.dtype}" if hasattr(data, "dtype") else shown(data)
        raise TypeError(f"an array is made of real numbers, got {what}")
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if dtype is None and not hasattr(data, "__array__"):
        dtype = np.float32
    if dtype is not None:
        if np.dtype(dtype).kind not in "biuf":
            raise TypeError(f"an array is made of real numbers, got dtype={np.dtype(dtype)}")
        array = array.astype(dtype, copy=False)
    return array if type(array) is backend.xp.ndarray else backend.xp.asarray(array)


def _without_holes(x):
    if isinstance(x, np.ma.MaskedArray):
        raise TypeError("a masked array has holes, which a Tensor cannot have: fill them first, x.filled(0)")
    return x


def _host_array(data):
    """What is no array of the current module as a NumPy array."""
    if is_array(data) and not isinstance(data, np.ndarray):
        return to_host(data)
    _without_holes(data)
    if isinstance(data, (list, tuple)) and _has_tensors(data):
        raise TypeError("a list of Tensors or device arrays is no array: join them with concatenate or stack")
    try:
        return np.asarray(data)
    except ValueError as error:
        raise ValueError(f"an array is made of lists of the same length: {error}") from None


def _has_tensors(data):
    if isinstance(data, (list, tuple)):
        return any(map(_has_tensors, data))
    return hasattr(data, "requires_grad") or (is_array(data) and not isinstance(data, np.ndarray))


PLAIN = frozenset({int, float, bool, type(None)})
"""What an operator takes as it is: Python's numbers promote nothing."""


def operand(x, like):
    """What is no Tensor, for an operator that computes where the array `like` (or None) lives and in its dtype.

    A NumPy array is copied there; NumPy's scalars and lists of numbers promote as little as Python's numbers do.
    """
    if type(x) in PLAIN:
        return x
    if isinstance(x, (np.generic, numbers.Rational)):
        return int(x) if isinstance(x, numbers.Integral) else bool(x) if isinstance(x, np.bool_) else float(x)
    if isinstance(x, (list, tuple)) and like is not None:
        x = _host_array(x)
        x = x.astype(like.dtype) if x.dtype.kind in "iuf" and like.dtype.kind == "f" else x
    if not is_array(x):
        raise TypeError(f"an operator takes Tensors, arrays and real numbers, got {shown(x)}")
    return x if like is None else beside(x, like)


def beside(x, like):
    """A NumPy array where the array `like` lives; anything else as it is."""
    if type(x) is np.ndarray is type(like):
        return x
    return backend_of(like).xp.asarray(_without_holes(x)) if isinstance(x, np.ndarray) else x


def check_together(name, arrays):
    """Raise TypeError where the arrays that an operator got live on two modules."""
    homes = sorted({backend_of(x).name for x in arrays if is_array(x)})
    if len(homes) > 1:
        raise TypeError(
            f"{name} got Tensors or arrays of {' and '.join(homes)}, which do not meet: choose the module with use(…) "
            "before you make the model and its data"
        )


def to_host(array):
    """The array as a NumPy array; waits for the device."""
    return backend_of(array).to_host(array)


load("numpy")
