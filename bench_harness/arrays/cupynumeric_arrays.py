"""cuPyNumeric arrays. The library follows NumPy's names; gaps of the standard are filled here."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import cupynumeric as cn
import numpy as np

from bench_harness.arrays.dtypes import DTYPES
from bench_harness.arrays.protocol import Array, Axis, Flag, Integer, Shape
from bench_harness.arrays.standard import INTEGRAL, StandardArrays
from bench_harness.errors import UnsupportedOperationError


class CupynumericArrays(StandardArrays):
    """Lazily evaluated arrays, on the CPU or on GPUs as Legate was configured."""

    def __init__(self, device: str = "cpu") -> None:
        super().__init__(
            "cupynumeric",
            device,
            xp=_namespace(),
            native=cn,
            dtypes={key: np.dtype(key) for key in DTYPES},
            array_type=cn.ndarray,
        )

    def to_numpy(self, x: Array) -> np.ndarray:
        # Through the array protocol: np.array(x) passes copy= positionally and warns.
        return np.array(np.asarray(self.asarray(x).__array__()))

    def copy(self, x: Array) -> Array:
        return cn.array(self.asarray(x))

    def reshape(self, x: Array, shape: Shape) -> Array:
        x = self.asarray(x)
        if x.size:
            return super().reshape(x, shape)
        # The library cannot reshape an array without entries; NumPy tells what -1 stands for.
        return cn.zeros(np.empty(x.shape, np.bool_).reshape(shape).shape, x.dtype)

    def transpose(self, x: Array, axes: Sequence[Integer] | None = None) -> Array:
        x = self.asarray(x)
        return super().transpose(x, axes) if x.ndim else self.copy(x)

    def matmul(self, a: Array, b: Array) -> Array:
        a, b = self._together(a, b)
        if self._name(a) in INTEGRAL:
            raise UnsupportedOperationError("Backend 'cupynumeric' has no matmul of integers.")
        return cn.matmul(a, b)

    def norm(self, x: Array, axis: Axis = None, ord: float = 2, keepdims: Flag = False) -> Array:
        if ord != 2:
            raise UnsupportedOperationError("Backend 'cupynumeric' has the norm of order 2 only.")
        size = cn.abs(self._floating(x))
        largest = cn.max(size, initial=0.0)  # scaled, so that squares do not overflow
        scale = cn.where((largest > 0) & cn.isfinite(largest), largest, 1.0)
        scale = scale.astype(size.dtype)
        return scale * cn.sqrt(cn.sum(cn.square(size / scale), axis=axis, keepdims=keepdims))

    def sign(self, x: Array) -> Array:
        x = self.asarray(x)
        return cn.sign(x) if self._name(x) in INTEGRAL else cn.where(cn.isnan(x), x, cn.sign(x))

    def isclose(
        self, a: Array, b: Array, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: Flag = False
    ) -> Array:
        a, b = self._together(a, b)
        close = cn.isclose(a, b, rtol=rtol, atol=atol)
        return close | (cn.isnan(a) & cn.isnan(b)) if equal_nan else close

    def bincount(self, x: Array, minlength: Integer = 0) -> Array:
        x = self.asarray(x)
        return cn.bincount(x, minlength=minlength) if x.size else self.zeros(minlength, "int64")

    def svd(self, a: Array, full_matrices: Flag = False) -> tuple[Array, Array, Array]:
        a = self._floating(a)
        if a.shape[-2] >= a.shape[-1]:
            return super().svd(a, full_matrices)
        # The library has tall matrices only: the factors of the adjoint, exchanged.
        v, s, uh = super().svd(_adjoint(a), full_matrices)
        return _adjoint(uh), s, _adjoint(v)

    def expm(self, a: Array) -> Array:
        return cn.linalg.expm(self._floating(a))

    def lu(self, a: Array) -> tuple[Array, Array, Array]:
        a = self._floating(a)
        if a.ndim != 2 or a.shape[0] != a.shape[1] or self._name(a).startswith("complex"):
            raise UnsupportedOperationError(
                "cuPyNumeric has no LU; the suite's own is for one real square matrix."
            )
        order, lower, upper = self._suite("linalg/lu")(a)
        return cn.eye(len(a), dtype=a.dtype)[:, order], lower, upper


def _adjoint(a: Array) -> Array:
    return cn.swapaxes(cn.conj(a), -2, -1)


def _namespace() -> Any:
    """Return the library's names with those of the standard that it spells differently."""

    def astype(x: Any, dtype: Any, *, copy: bool = True) -> Any:
        return x if x.dtype == dtype and not copy else x.astype(dtype)

    def asarray(data: Any, *, dtype: Any = None, copy: bool | None = None) -> Any:
        return cn.array(data, dtype=dtype) if copy else cn.asarray(data, dtype=dtype)

    names = {name: getattr(cn, name) for name in dir(cn) if not name.startswith("_")}
    names |= {"astype": astype, "asarray": asarray, "bool": np.dtype(bool), "pow": cn.power}
    namespace = ModuleType("cupynumeric")
    vars(namespace).update(names)
    return namespace


def create(name: str, device: str) -> CupynumericArrays:
    """Return the backend."""
    return CupynumericArrays(device)
