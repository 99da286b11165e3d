"""Arrays between processes: NumPy's ``.npz`` format, never with pickled objects in it."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.lib import format as npy


def save(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays by name, as `numpy.savez` does, and refuse those of objects.

    NumPy 2.0 takes ``savez(allow_pickle=False)`` for an array of that name, and every NumPy takes
    an output called ``file`` for the file.
    """
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                npy.write_array(entry, np.asanyarray(array), allow_pickle=False)


def load(path: Path) -> dict[str, np.ndarray]:
    """Return arrays by name."""
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
