"""The array protocol over array-api-strict: the referee of what is the standard and what is not.

array-api-strict refuses everything that the array API standard does not promise. A method that
works here uses the standard alone; one that fails needs what a backend's own file supplies.
"""

from __future__ import annotations

from typing import Any

import array_api_strict as xp
import numpy as np

from bench_harness.arrays.dtypes import DTYPES
from bench_harness.arrays.standard import StandardArrays


class StrictArrays(StandardArrays):
    """A backend for tests."""

    def __init__(self) -> None:
        super().__init__(
            "array-api-strict",
            "cpu",
            xp=xp,
            native=xp,
            dtypes={key: getattr(xp, key) for key in DTYPES if hasattr(xp, key)},
            array_type=type(xp.asarray(0)),
        )

    def to_numpy(self, x: Any) -> np.ndarray:
        return np.array(np.asarray(self.asarray(x)))


BEYOND_THE_STANDARD = {
    "bincount": "not in the standard",
    "diag": "not in the standard; the standard has linalg.diagonal alone",
    "einsum": "not in the standard",
    "expm": "not in the standard",
    "lu": "not in the standard",
    "gaussian_kde": "a kernel of the suites, of which array-api-strict has none",
    "gradient": "a kernel of the suites, of which array-api-strict has none",
    "solve_tridiagonal": "a kernel of the suites, of which array-api-strict has none",
}
"""Methods that cannot work over the standard alone, each with its reason."""

MISSING: dict[str, tuple[str, ...]] = {
    "numpy": (),
    "torch": (),
    "jax": (),
    "cupynumeric": (
        *("atan2", "bitwise_invert", "bitwise_left_shift", "bitwise_right_shift", "can_cast"),
        *("cumulative_prod", "cumulative_sum", "isdtype", "matrix_transpose", "result_type"),
        *("std", "unique_all", "unique_counts", "unique_inverse", "unique_values"),
        *("unstack", "vecdot"),
    ),
}
"""Names of the standard that a namespace we hand out (``B.xp``) lacks."""
