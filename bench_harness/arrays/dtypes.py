"""The dtypes of the array protocol by name, and how every backend reads one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bench_harness.errors import UnknownNameError

DTYPES = ("bool", "int8", "int32", "int64", "float32", "float64", "complex64", "complex128")
"""Every dtype of the protocol; the attribute ``int`` is another name of int64."""

_PYTHON = {bool: "bool", int: "int64", float: "float64", complex: "complex128"}


def dtype_name(dtype: Any, native: Mapping[Any, str]) -> str:
    """Return the protocol's name of a dtype, or refuse it.

    Parameters
    ----------
    dtype : str, Python type, NumPy dtype or native dtype
        ``"float64"``, ``float``, ``np.float64``, ``np.dtype("f8")``, ``torch.float64``.
    native : mapping of dtype to str
        The backend's own dtypes.

    Raises
    ------
    UnknownNameError
        For every other dtype and for NumPy's one-letter codes: none is replaced by another.
    """
    if isinstance(dtype, str):
        name: str | None = "int64" if dtype == "int" else dtype
    elif isinstance(dtype, type) and dtype in _PYTHON:
        name = _PYTHON[dtype]
    else:
        name = native.get(dtype) or _numpy_name(dtype)
    if name not in DTYPES:
        raise UnknownNameError("dtype", str(dtype), DTYPES)
    return name


def _numpy_name(dtype: Any) -> str | None:
    try:
        return str(np.dtype(dtype).name)
    except TypeError:
        return None


def promoted(names: set[str]) -> str:
    """Return the dtype that arrays of these dtypes are computed in: NumPy's rule everywhere."""
    return str(np.result_type(*names).name)
