"""A library in place of the NVIDIA driver's, which cuPyNumeric links and a laptop does not have.

Apart from the adapter, which every worker of every backend loads.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import platformdirs

from bench_harness.errors import BackendUnavailableError

_SOURCE = """
/* Every call answers CUDA_ERROR_NO_DEVICE, as a driver without a card does. */
#define ABSENT(name) int name(void) { return 100; }
ABSENT(cuInit) ABSENT(cuMemFreeHost) ABSENT(cuMemFree_v2)
ABSENT(cuDriverGetVersion) ABSENT(cuDeviceGetCount)
int cuGetErrorName(int code, const char **text) { *text = "CUDA_ERROR_NO_DEVICE"; return 0; }
int cuGetErrorString(int code, const char **text) { *text = "no NVIDIA driver"; return 0; }
"""


def stand_in(driver: str) -> Path:
    """Return a library that lets the CPU runtime load where there is no NVIDIA driver.

    The wheel links the driver's library. A stand-in with its name whose functions all answer "no
    device" satisfies the loader. It is built once, into the user's cache folder, and loaded by
    path, so it can never come before a real driver.

    Parameters
    ----------
    driver : str
        The name of the driver's library.

    Returns
    -------
    Path
        The library.

    Raises
    ------
    BackendUnavailableError
        If it is not there and there is no C compiler to build it with.
    """
    folder = Path(platformdirs.user_cache_dir("bench-harness")) / "stand-in-driver"
    library = folder / driver
    if library.exists():
        return library
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        raise BackendUnavailableError(
            f"cuPyNumeric links {driver}, which only an NVIDIA driver brings. The stand-in that "
            "lets it run on the CPU is built with a C compiler, and none of cc, gcc, clang is on "
            "the PATH. Install one (Debian: apt-get install gcc), or the driver."
        )
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        built = Path(scratch) / driver
        command = [compiler, "-shared", "-fPIC", f"-Wl,-soname,{driver}", "-x", "c", "-"]
        done = subprocess.run(
            [*command, "-o", str(built)], input=_SOURCE, text=True, capture_output=True
        )
        if done.returncode:
            raise BackendUnavailableError(
                f"The stand-in for {driver} could not be built with {compiler}: {done.stderr}"
            )
        built.replace(library)
    return library
