"""How closely two runs of the same case agree: ``python -m bench_harness.verify.agreement``.

Answers whether a result depends on the call, on the process or on the number of threads.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bench_harness import npz
from bench_harness.child import read_request, write_reply


def main() -> None:
    """Answer ``{"pairs": {name: [path, path]}}`` with an agreement for each name."""
    request, folder = read_request()
    reply = {}
    for name, (one, other) in request["pairs"].items():
        reply[name] = compare_bits(npz.load(Path(one)), npz.load(Path(other)))
    write_reply(folder, reply)


def compare_bits(one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return whether outputs are equal to the last bit, and if not, how many ULP apart.

    Returns
    -------
    dict
        ``bitwise`` (bool) and ``max_ulp`` (float, or None where a distance means nothing:
        other names, shapes, integers, or a NaN on one side only). The unit is the spacing of
        the output's largest entry, so that entries that only cancel do not count as far apart.
    """
    if set(one) != set(other):
        return {"bitwise": False, "max_ulp": None}
    if all(same_bits(one[name], other[name]) for name in one):
        return {"bitwise": True, "max_ulp": 0.0}
    distances = [ulp_distance(one[name], other[name]) for name in one]
    known = [distance for distance in distances if distance is not None]
    whole = len(known) == len(distances)
    return {"bitwise": False, "max_ulp": max(known, default=0.0) if whole else None}


def same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    """Tell whether two arrays have the same dtype, shape and bytes."""
    return (
        one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    )


def ulp_distance(one: np.ndarray, other: np.ndarray) -> float | None:
    """Return the largest distance of two arrays in units of the last place; see `compare_bits`."""
    if one.dtype != other.dtype or one.shape != other.shape:
        return None
    if one.dtype.kind not in "fc":
        return 0.0 if np.array_equal(one, other) else None
    if not np.array_equal(np.isfinite(one), np.isfinite(other)):
        return None
    finite = np.isfinite(one)
    if not np.array_equal(one[~finite], other[~finite], equal_nan=True):
        return None
    a, b = one[finite], other[finite]
    if not a.size:
        return 0.0
    unit = np.spacing(max(np.abs(a).max(), np.abs(b).max()))
    return float(np.max(np.abs(a - b)) / unit)


if __name__ == "__main__":
    main()
