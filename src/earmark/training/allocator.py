"""Process settings for training on a CPU: keep large tensors' memory between steps, and let waiting threads sleep.

glibc gives every block over 32 MiB at most straight back to the system, and a training step allocates dozens of
such blocks: the kernel then clears and maps the same pages anew at every step. `tune_allocator` makes glibc keep them;
the process' memory stays at its peak until it ends. `request_huge_pages` has torch ask for 2 MiB pages, which makes
the first mapping cheaper. `limit_spinning` matters on a machine that does other work too: a training step is hundreds
of short parallel loops, at whose ends GNU OpenMP's threads spin, on the very processors that the slowest one needs.
None of them changes a result; `benchmarks/training.py` measures each.

References:
    mallopt(3) of the Linux manual; ``THP_MEM_ALLOC_ENABLE`` in torch's performance tuning guide; ``GOMP_SPINCOUNT`` in
    the manual of GNU OpenMP.
"""

import ctypes
import os
import sys
from pathlib import Path

# From glibc's malloc.h.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_MMAP_MAX = -4

_NEVER_TRIM = -1  # mallopt(3): "Setting M_TRIM_THRESHOLD to -1 disables trimming completely."
_LARGEST = 2**31 - 1
_SPIN_VARIABLE = "GOMP_SPINCOUNT"
SPINS = "20000"
"""Spins of a waiting thread, some 0.3 ms: the gaps between a step's loops, but not another program's turn."""

_HUGE_PAGE_VARIABLE = "THP_MEM_ALLOC_ENABLE"
_HUGE_PAGE_MODE = Path("/sys/kernel/mm/transparent_hugepage/enabled")


def tune_allocator() -> bool:
    """Have glibc keep freed blocks of any size for the next request, in this process and from now on.

    Returns:
        Whether it took effect: False where the C library is not glibc, or where glibc refuses.
    """
    library = _glibc()
    if library is None:
        return False
    # Older glibc refuses a threshold over 32 MiB; there, forbid separately mapped blocks altogether.
    kept = library.mallopt(_M_MMAP_THRESHOLD, _LARGEST) or library.mallopt(_M_MMAP_MAX, 0)
    return bool(kept) and bool(library.mallopt(_M_TRIM_THRESHOLD, _NEVER_TRIM))


def request_huge_pages() -> bool:
    """Have torch back tensors of 2 MiB and more by huge pages; to be called before torch is imported.

    torch reads the setting from the environment, once; so this sets the environment of this process and its children.

    Returns:
        Whether it takes effect: False where torch was imported without the setting, and where the system has no
        transparent huge pages.
    """
    if os.environ.get(_HUGE_PAGE_VARIABLE) == "1":
        return _huge_pages_offered()
    if "torch" in sys.modules or not _huge_pages_offered():
        return False
    os.environ[_HUGE_PAGE_VARIABLE] = "1"
    return True


def limit_spinning() -> bool:
    """Have the threads of torch's parallel loops sleep soon while they wait; to be called before torch is imported.

    GNU OpenMP reads the setting from the environment, once; so this sets the environment of this process and its
    children. A wait policy or spin count that the user has set stays.

    Returns:
        Whether it takes effect: False where torch was imported already, and where the user has set otherwise.
    """
    if _SPIN_VARIABLE in os.environ or "OMP_WAIT_POLICY" in os.environ:
        return os.environ.get(_SPIN_VARIABLE) == SPINS
    if "torch" in sys.modules:
        return False
    os.environ[_SPIN_VARIABLE] = SPINS
    return True


def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    if not (hasattr(library, "gnu_get_libc_version") and hasattr(library, "mallopt")):
        return None
    library.mallopt.argtypes = (ctypes.c_int, ctypes.c_int)
    library.mallopt.restype = ctypes.c_int
    return library


def _huge_pages_offered() -> bool:
    return _HUGE_PAGE_MODE.is_file() and "[never]" not in _HUGE_PAGE_MODE.read_text(encoding="ascii")
