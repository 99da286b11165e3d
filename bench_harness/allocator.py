"""The C library's allocator, told to keep what is freed.

Whether glibc gives an array's memory back to the kernel when it is freed depends on the sizes of
all that the process freed before, and on what lies behind it. Where it does, the next call pays
for its pages once more: by luck of the process NumPy adds matrices of order 1,000 in 1 ms or 3.
With the thresholds below arrays of up to 32 MiB stay with the process, much as they do in one that
has once freed an array of that size; larger ones are returned every time.
"""

from __future__ import annotations

import os

VARIABLES = (
    "GLIBC_TUNABLES",
    "MALLOC_MMAP_MAX_",
    "MALLOC_MMAP_THRESHOLD_",
    "MALLOC_TOP_PAD_",
    "MALLOC_TRIM_THRESHOLD_",
)
"""Whoever sets one of these has chosen otherwise."""

# Of malloc.h. To set one alone would turn off the rule by which glibc moves the other.
M_TRIM_THRESHOLD, TRIM_THRESHOLD = -1, 1 << 30
M_MMAP_THRESHOLD, MMAP_THRESHOLD = -3, 32 << 20


def describe() -> str | None:
    """Return the allocator of processes that measure, in words; None where it is not known."""
    version = _glibc()
    if version is None:
        return None
    return f"{version}, {'as the user set it' if _chosen() else 'keeps what is freed'}"


def keep_freed() -> None:
    """Have this process keep what it frees, unless the user chose otherwise."""
    if _glibc() is not None and not _chosen():
        import ctypes  # the parent, which only asks for a description, has no need of it

        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD)
        libc.mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD)


def trim() -> None:
    """Give back what was freed so far, so that memory in use is what is resident."""
    if _glibc() is not None:
        import ctypes

        ctypes.CDLL(None).malloc_trim(0)


def _chosen() -> bool:
    return any(name in os.environ for name in VARIABLES)


def _glibc() -> str | None:
    """Return the name and version of the C library if it is glibc."""
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or None
    except (AttributeError, OSError, ValueError):
        return None
