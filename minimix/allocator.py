"""The memory allocator's settings, for our own programs alone: a library must not change its host's."""

import ctypes
import platform

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h


def keep_freed_memory():
    """Let glibc keep freed arrays below 32 MiB for reuse, up to 512 MiB, instead of handing them back to the system.

    NumPy allocates an array for nearly every operation; memory fresh from the system costs a page fault every 4 KiB,
    2,200 of them in one step of the study's CNN. Either setting alone does nothing. Elsewhere than on glibc: no-op.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, 32 << 20)
        libc.mallopt(_M_TRIM_THRESHOLD, 512 << 20)
