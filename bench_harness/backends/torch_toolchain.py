"""What torch finds out once for a machine, made once and lent to every worker.

For its users torch keeps precompiled C++ headers (in the temporary folder, apart from its caches)
and whether the compiler has the processor's vector instructions (in its caches), so that only the
first function ever compiled pays for them. A worker's temporary folder is its own, and a cold
cache is empty: each case would pay 4 s for the instructions, and 3 s for each of its kernels.

Whoever comes first makes it, which takes 15 to 40 s: the first torch.compile case of a machine, or
its set-up with ``python -m bench_harness.backends.torch_toolchain``.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import filelock
import platformdirs

_HEADERS = "precompiled_headers"
"""What torch calls their folder, in ``torchinductor_USER`` in the temporary folder."""

_FIRST_COMPILATION = """
import os, tempfile, torch
from torch._inductor.cpu_vec_isa import pick_vec_isa
widest = pick_vec_isa().bit_width()
with tempfile.TemporaryDirectory() as os.environ["TORCHINDUCTOR_CACHE_DIR"]:
    for width in {widest, min(widest, 256)}:
        torch.compile(torch.exp2, dynamic=False, options={"cpp.simdlen": width})(torch.ones(64))
"""
"""Finds the instructions, then makes the headers; what it compiled for that is not kept.

Headers are for one width of vectors: the widest, and where that is AVX-512 the one below, which
some kernels are faster with.
"""


def lend(version: str, cache: Path) -> None:
    """Put into this process's temporary folder, and into `cache`, what `version` of torch keeps.

    What is not there yet is made. Should that fail, or find no room, it is missing, and whatever is
    compiled next pays for it, or tells why it cannot be compiled.
    """
    with contextlib.suppress(OSError):
        kept = _kept(version)
        shutil.copytree(kept / "cache", cache, dirs_exist_ok=True)
        for headers in (kept / "tmp").glob(f"*/{_HEADERS}"):
            here = Path(tempfile.gettempdir()) / headers.parent.name
            here.mkdir(exist_ok=True)
            (here / _HEADERS).symlink_to(headers)


def _kept(version: str) -> Path:
    """Return the folder for `version` of torch and its compiler, made if need be."""
    command = [os.environ.get("CXX") or "g++", "--version"]  # as torch chooses
    compiler = subprocess.run(command, capture_output=True).stdout
    folder = Path(platformdirs.user_cache_dir("bench-harness")) / "torch-toolchain"
    digest = hashlib.sha256(compiler + _FIRST_COMPILATION.encode()).hexdigest()[:8]
    kept = folder / f"{version}-{digest}"
    if not kept.exists():
        _make(kept)
    return kept


def _make(kept: Path) -> None:
    """Let torch start with nothing, and keep what it leaves."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(f"{kept}.lock"):
        if kept.exists():  # made by another worker, meanwhile
            return
        made = Path(f"{kept}.part")
        shutil.rmtree(made, ignore_errors=True)  # of a worker that was killed
        (made / "tmp").mkdir(parents=True)
        folders = {"TMPDIR": made / "tmp", "TORCHINDUCTOR_CACHE_DIR": made / "cache"}
        done = subprocess.run(
            [sys.executable, "-P", "-c", _FIRST_COMPILATION],
            env={**os.environ, **{name: str(folder) for name, folder in folders.items()}},
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
        if done.returncode == 0:
            made.rename(kept)


if __name__ == "__main__":
    import torch

    with contextlib.suppress(OSError):
        _kept(torch.__version__)
