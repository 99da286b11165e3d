"""CuPy arrays through array-api-compat."""

from __future__ import annotations

import array_api_compat.cupy as xp
import cupy
import numpy as np

from bench_harness.arrays.dtypes import DTYPES
from bench_harness.arrays.protocol import Array
from bench_harness.arrays.standard import StandardArrays


class CupyArrays(StandardArrays):
    """Arrays on one CUDA device."""

    def __init__(self, device: str = "cuda") -> None:
        super().__init__(
            "cupy",
            device,
            xp=xp,
            native=cupy,
            dtypes={key: np.dtype(key) for key in DTYPES},
            array_type=cupy.ndarray,
        )

    def to_numpy(self, x: Array) -> np.ndarray:
        return np.array(cupy.asnumpy(self.asarray(x)))


def create(name: str, device: str) -> CupyArrays:
    """Return the backend."""
    return CupyArrays(device)
