"""CuPy: NumPy's names on CUDA devices, and nowhere else."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench_harness.backends.base import Backend, Function, Host
from bench_harness.errors import BackendUnavailableError


class CupyBackend(Backend):
    """Arrays on the case's device; kernels run asynchronously on its default stream."""

    name = "cupy"
    module = "cupy"
    distribution = "cupy-cuda13x"
    device_kinds = ("cuda",)
    features = ("jit", "parallel", "gpu")

    def __init__(self) -> None:
        self._device: Any = None

    def worker_env(self, host: Host) -> dict[str, str]:
        return {"CUPY_CACHE_DIR": str(host.cache_dir / "cupy")}

    def start(self, host: Host) -> None:
        import cupy

        kind, _, index = host.device.partition(":")
        try:
            found = cupy.cuda.runtime.getDeviceCount()
        except cupy.cuda.runtime.CUDARuntimeError as error:
            raise BackendUnavailableError(
                f"cupy {cupy.__version__} reaches no CUDA device ({error}). It needs an NVIDIA GPU "
                "and its driver; it has no device 'cpu'."
            ) from error
        if kind != "cuda" or int(index or 0) >= found:
            raise BackendUnavailableError(
                f"cupy has no device {host.device!r}. It sees {found} CUDA device(s)."
            )
        self._device = cupy.cuda.Device(int(index or 0))
        self._device.use()
        cupy.zeros(1)
        self._device.synchronize()

    def devices(self) -> list[str]:
        import cupy

        runtime = cupy.cuda.runtime
        return [
            f"cuda:{i} {runtime.getDeviceProperties(i)['name'].decode()}"
            for i in range(runtime.getDeviceCount())
        ]

    def from_numpy(self, array: np.ndarray) -> Any:
        import cupy

        return cupy.array(array)

    def to_numpy(self, array: Any) -> np.ndarray:
        import cupy

        return np.array(cupy.asnumpy(array))

    def is_native(self, value: Any) -> bool:
        import cupy

        return isinstance(value, cupy.ndarray)

    def synchronizer(self) -> Function:
        def wait(_outputs: Any) -> None:
            self._device.synchronize()

        return wait

    def runtime(self) -> dict[str, Any]:
        import cupy

        runtime = cupy.cuda.runtime
        properties = runtime.getDeviceProperties(self._device.id)
        return {
            "device": properties["name"].decode(),
            "cuda": runtime.runtimeGetVersion(),
            "driver": runtime.driverGetVersion(),
        }

    def device_peak_bytes(self) -> int:
        import cupy

        # The pool gives nothing back to the device while it runs: its size is its peak.
        return int(cupy.get_default_memory_pool().total_bytes())


BACKEND = CupyBackend()
