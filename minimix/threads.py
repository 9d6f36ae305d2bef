"""How many threads BLAS uses; everything else here runs in one."""

from threadpoolctl import ThreadpoolController


def set_threads(n):
    """Use n threads in matrix products from now on, in the whole process.

    The same n gives the same results bit for bit. With another n, BLAS may sum in another order: results then differ
    by rounding. Raises ValueError for anything but an integer from 1 to 1024.
    """
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= 1024:
        raise ValueError(f"set_threads takes an integer from 1 to 1024, got {n!r}")
    for library in ThreadpoolController().select(user_api="blas").lib_controllers:
        library.set_num_threads(n)


def blas_libraries():
    """[(name, kernel architecture, threads)] of each BLAS library in this process."""
    return [
        (library["internal_api"], library.get("architecture"), library["num_threads"])
        for library in ThreadpoolController().select(user_api="blas").info()
    ]
