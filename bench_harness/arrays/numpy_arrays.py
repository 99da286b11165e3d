"""NumPy arrays, for the backends numpy, numba and python.

Numba and pure Python have no arrays of their own that could carry the protocol: Numba compiles
loops over NumPy's, and a list of Python floats has no shape, dtype or elementwise operator, so
that methods over lists would be a slow imitation of NumPy. What sets the three apart here are
the kernels of the suites (`gaussian_kde`, `solve_tridiagonal`, `gradient`), each backend's own.
"""

from __future__ import annotations

import array_api_compat.numpy as xp
import numpy as np

from bench_harness.arrays.dtypes import DTYPES
from bench_harness.arrays.protocol import Array, Assumption
from bench_harness.arrays.standard import StandardArrays


class NumpyArrays(StandardArrays):
    """The reference: what the others are compared with."""

    def __init__(self, name: str = "numpy", device: str = "cpu") -> None:
        super().__init__(
            name,
            device,
            xp=xp,
            native=np,
            dtypes={key: np.dtype(key) for key in DTYPES},
            array_type=(np.ndarray, np.generic),
        )

    def _solve(self, a: Array, b: Array, assume_a: Assumption) -> Array:
        if assume_a == "gen" or a.ndim > 2:
            return xp.linalg.solve(a, b)
        from scipy.linalg import solve

        return solve(a, b, assume_a=assume_a)

    def expm(self, a: Array) -> Array:
        from scipy.linalg import expm

        return expm(self._floating(a))

    def lu(self, a: Array) -> tuple[Array, Array, Array]:
        from scipy.linalg import lu

        p, lower, upper = lu(self._floating(a))
        return p, lower, upper


def create(name: str, device: str) -> NumpyArrays:
    """Return the backend."""
    return NumpyArrays(name, device)
