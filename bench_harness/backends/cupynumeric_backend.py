"""cuPyNumeric on Legate: GPUs where there is a driver, CPU cores everywhere else."""

from __future__ import annotations

import ctypes
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import platformdirs

from bench_harness.backends.base import Backend, Function, Host
from bench_harness.errors import BackendUnavailableError

DRIVER = "libcuda.so.1"
_STAND_IN_SOURCE = """
/* Every call answers CUDA_ERROR_NO_DEVICE, as a driver without a card does. */
#define ABSENT(name) int name(void) { return 100; }
ABSENT(cuInit) ABSENT(cuMemFreeHost) ABSENT(cuMemFree_v2)
ABSENT(cuDriverGetVersion) ABSENT(cuDeviceGetCount)
int cuGetErrorName(int code, const char **text) { *text = "CUDA_ERROR_NO_DEVICE"; return 0; }
int cuGetErrorString(int code, const char **text) { *text = "no NVIDIA driver"; return 0; }
"""


class CupynumericBackend(Backend):
    """Lazily evaluated arrays; synchronised by Legate's execution fence."""

    name = "cupynumeric"
    module = "cupynumeric"
    distribution = "nvidia-cupynumeric"
    device_kinds = ("cpu", "cuda")
    features = ("parallel", "gpu")
    imported_first = "numpy"  # cupynumeric itself may need the stand-in driver loaded before it

    def worker_env(self, host: Host) -> dict[str, str]:
        gpus = 0 if host.device == "cpu" else 1
        memory_mb = min(4000, _total_memory_mb() // 4)
        return {
            "LEGATE_AUTO_CONFIG": "0",
            "LEGATE_CONFIG": f"--cpus {host.threads} --gpus {gpus} --sysmem {memory_mb}"
            + (" --fbmem 8000" if gpus else ""),
        }

    def join(self, device: str, cache_dir: Path) -> None:
        # Legate reads its configuration once, when it starts; the user's own is kept.
        for name, value in self.worker_env(Host(device, 1, cache_dir)).items():
            os.environ.setdefault(name, value)
        self.load()
        self.start(Host(device, 1, cache_dir))

    def load(self) -> None:
        if not has_driver():
            ctypes.CDLL(str(stand_in_driver()), mode=ctypes.RTLD_GLOBAL)
        super().load()

    def start(self, host: Host) -> None:
        if host.device != "cpu" and not has_driver():
            raise BackendUnavailableError(
                f"cuPyNumeric needs the NVIDIA driver ({DRIVER}) for device {host.device!r}. "
                "Install the driver, or use --devices cpu."
            )
        import cupynumeric

        cupynumeric.zeros(1)
        self._fence()

    def devices(self) -> list[str]:
        return ["cpu", "cuda"] if has_driver() else ["cpu (stand-in driver library)"]

    def from_numpy(self, array: np.ndarray) -> Any:
        import cupynumeric

        return cupynumeric.array(array)

    def to_numpy(self, array: Any) -> np.ndarray:
        # Through the array protocol: np.array(array) passes copy= positionally and warns.
        return np.asarray(array.__array__()).copy()

    def is_native(self, value: Any) -> bool:
        import cupynumeric

        return isinstance(value, cupynumeric.ndarray)

    def synchronizer(self) -> Function:
        def wait(_outputs: Any) -> None:
            self._fence()

        return wait

    def host_work(self, call: functools.partial[Any]) -> str | None:
        import cupynumeric

        given = sum(value.size for value in call.args if isinstance(value, cupynumeric.ndarray))
        left = 0

        def note(frame: FrameType, event: str, _: Any) -> None:
            nonlocal left
            if event == "call" and frame.f_code.co_name == "__array__":
                left += getattr(frame.f_locals.get("self"), "size", 0)

        sys.setprofile(note)
        try:
            call()
        finally:
            sys.setprofile(None)
        if not left or 2 * left < given:
            return None
        return f"{left} numbers are read by the host, of {given} given"

    def runtime(self) -> dict[str, Any]:
        return {"legate_config": os.environ.get("LEGATE_CONFIG"), "driver": has_driver()}

    @staticmethod
    def _fence() -> None:
        from legate.core import get_legate_runtime

        get_legate_runtime().issue_execution_fence(block=True)


@functools.cache
def has_driver() -> bool:
    """Tell whether the loader finds a real NVIDIA driver library.

    Asked once, before the stand-in is loaded: from then on the loader finds that one.
    """
    try:
        ctypes.CDLL(DRIVER)
    except OSError:
        return False
    return True


def stand_in_driver() -> Path:
    """Return a library that lets the CPU runtime load where there is no NVIDIA driver.

    The wheel links ``libcuda.so.1``, the driver's library. A stand-in with that name whose
    functions all answer "no device" satisfies the loader. It is built once, into the user's
    cache folder, and loaded by path, so it can never come before a real driver.

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
    library = folder / DRIVER
    if library.exists():
        return library
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        raise BackendUnavailableError(
            f"cuPyNumeric links {DRIVER}, which only an NVIDIA driver brings. The stand-in that "
            "lets it run on the CPU is built with a C compiler, and none of cc, gcc, clang is on "
            "the PATH. Install one (Debian: apt-get install gcc), or the driver."
        )
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        built = Path(scratch) / DRIVER
        command = [compiler, "-shared", "-fPIC", f"-Wl,-soname,{DRIVER}", "-x", "c", "-"]
        done = subprocess.run(
            [*command, "-o", str(built)], input=_STAND_IN_SOURCE, text=True, capture_output=True
        )
        if done.returncode:
            raise BackendUnavailableError(
                f"The stand-in for {DRIVER} could not be built with {compiler}: {done.stderr}"
            )
        built.replace(library)
    return library


def _total_memory_mb() -> int:
    return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20)


BACKEND = CupynumericBackend()
