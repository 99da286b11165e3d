"""cuPyNumeric on Legate: GPUs where there is a driver, CPU cores everywhere else."""

from __future__ import annotations

import ctypes
import functools
import os
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from bench_harness.backends.base import Backend, Function, Host
from bench_harness.errors import BackendUnavailableError

DRIVER = "libcuda.so.1"


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
            from bench_harness.backends.stand_in_driver import stand_in

            ctypes.CDLL(str(stand_in(DRIVER)), mode=ctypes.RTLD_GLOBAL)
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


def _total_memory_mb() -> int:
    return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20)


BACKEND = CupynumericBackend()
