"""The C library's allocator, told to keep what is freed.

Whether glibc gives an array's memory back to the kernel when it is freed depends on the sizes of
all that the process freed before, and on what lies behind it. Where it does, the next call pays
for its pages once more: by luck of the process NumPy adds matrices of order 1,000 in 1 ms or 3.
With the thresholds below arrays of up to 32 MiB stay with the process, much as they do in one that
has once freed an array of that size; larger ones are returned every time.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

KEEPING = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
"""Neither works alone: either turns off the rule by which glibc moves the other."""
VARIABLES = (*KEEPING, "MALLOC_TOP_PAD_", "MALLOC_MMAP_MAX_", "GLIBC_TUNABLES")


def variables(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what a process is started with; nothing without glibc or by the user's choice."""
    chosen = any(name in environ for name in VARIABLES)
    return {} if chosen or _glibc() is None else dict(KEEPING)


def describe(environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the allocator of the processes that measure, in words; None where it is not known."""
    version = _glibc()
    if version is None:
        return None
    return f"{version}, {'keeps what is freed' if variables(environ) else 'as the user set it'}"


def trim() -> None:
    """Give back what was freed so far, so that memory in use is what is resident."""
    if _glibc() is not None:
        import ctypes  # the parent, which only asks for names, has no need of it

        ctypes.CDLL(None).malloc_trim(0)


def _glibc() -> str | None:
    """Return the name and version of the C library if it is glibc."""
    try:
        return os.confstr("CS_GNU_LIBC_VERSION")
    except (AttributeError, OSError, ValueError):
        return None
