"""How many threads BLAS uses; everything else here runs in one.

Without threadpoolctl, as in a browser, where NumPy has no BLAS and Python no threads, there is nothing to set.
"""

import contextlib


def set_threads(n):
    """Use n threads in matrix products from now on, in the whole process.

    The same n gives the same results bit for bit. With another n, BLAS may sum in another order: results then differ
    by rounding. Raises ValueError for anything but an integer from 1 to 1024.
    """
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= 1024:
        raise ValueError(f"set_threads takes an integer from 1 to 1024, got {n!r}")
    for library in _libraries():
        library.set_num_threads(n)


def one_thread():
    """`with one_thread():` has matrix products use one thread, and at its end as many as before."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return contextlib.nullcontext()
    return threadpool_limits(1, "blas")


def blas_libraries():
    """[(name, kernel architecture, threads)] of each BLAS library in this process."""
    found = [library.info() for library in _libraries()]
    return [(library["internal_api"], library.get("architecture"), library["num_threads"]) for library in found]


def _libraries():
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return []
    return ThreadpoolController().select(user_api="blas").lib_controllers
