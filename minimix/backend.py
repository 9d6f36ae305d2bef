"""The array-module switch: the one file that knows both numpy and cupy.

`use("cupy")` makes every array created from then on live on the GPU; `with using("numpy"):` does so for a block;
the environment variable MINIMIX_BACKEND sets the start. A kernel takes its module from the arrays it was given
(`module_of`); only creation asks the switch (`asarray`, `current`).
"""

import contextlib
import functools
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .hint import one_of


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
    """Decorator that turns an elementwise function into one kernel, where the module can."""
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

    def fuse(function):
        kernel = cupy.fuse()(function)

        def call(*arguments):  # a Python number would make the whole kernel compute in float64
            scalar = arguments[0].dtype.type
            return kernel(*(scalar(a) if isinstance(a, (int, float)) else a for a in arguments))

        return call

    return Backend("cupy", cupy, cupy.asnumpy, synchronize, fuse, block=1 << 28, launches=True)


_loaders: dict[str, Callable[[], Backend]] = {"numpy": _numpy, "cupy": _cupy}
_loaded: dict[str, Backend] = {}
_by_type: dict[type, Backend] = {}
_current: Backend | None = None


def register(name, loader):
    """Offer another array module: `loader()` returns its `Backend`."""
    _loaders[name] = loader


def _load(name):
    if one_of("backend", name, _loaders) not in _loaded:
        backend = _loaders[name]()
        _loaded[name] = backend
        _by_type[backend.xp.ndarray] = backend
    return _loaded[name]


def use(name):
    """Create all further arrays with the array module `name`, "numpy" or "cupy".

    Raises ValueError for an unknown name, RuntimeError where CuPy or a GPU is missing.
    """
    global _current
    _current = _load(name)


@contextlib.contextmanager
def using(name):
    """`with using("cupy"):` is `use` for one block; the former backend comes back at its end."""
    global _current
    before, _current = current(), _load(name)
    try:
        yield
    finally:
        _current = before


def current():
    """The Backend that creation uses; at first the one that MINIMIX_BACKEND names, else numpy."""
    if _current is None:
        use(os.environ.get("MINIMIX_BACKEND") or "numpy")
    return _current


def backend_of(array):
    """The Backend that an array belongs to; Python and NumPy scalars belong to numpy."""
    return _by_type.get(type(array)) or _load("numpy")


def module_of(array):
    """The array module that an array belongs to."""
    return backend_of(array).xp


def fused(function):
    """Decorator: an elementwise function of arrays and numbers as one kernel, where the arrays' module can do that.

    With anything else among the arguments, as a Tensor, it is the plain function.
    """
    kernels = {}

    @functools.wraps(function)
    def call(*arguments):
        kernel = kernels.get(type(arguments[0]))
        if kernel is None:
            kernel = kernels[type(arguments[0])] = backend_of(arguments[0]).fuse(function)
        if kernel is function or not all(is_array(x) or isinstance(x, (int, float, np.number)) for x in arguments):
            return function(*arguments)
        return kernel(*arguments)

    return call


def is_array(x):
    """Whether x is an array of a module in use."""
    return type(x) in _by_type


def asarray(data, dtype=None):
    """An array of the current module: NumPy arrays are copied to its device, its own arrays stay as they are.

    Python numbers and lists become float32 unless `dtype` says otherwise; arrays keep their dtype.
    """
    backend = current()
    if type(data) is backend.xp.ndarray:
        return data if dtype is None else data.astype(dtype, copy=False)
    if is_array(data):
        data = to_host(data)
    elif dtype is None and not isinstance(data, np.generic):
        dtype = np.float32
    return backend.xp.asarray(np.asarray(data, dtype))


def to_host(array):
    """The array as a NumPy array; waits for the device."""
    return backend_of(array).to_host(array)


_load("numpy")
