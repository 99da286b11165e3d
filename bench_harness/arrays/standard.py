"""The protocol over a namespace of the array API standard: what all backends share.

A backend's own file sets the namespaces and overrides what its library does differently.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import array_api_extra as xpx
import numpy as np

from bench_harness.arrays import differences, mapping
from bench_harness.arrays.dtypes import DTYPES, dtype_name, promoted
from bench_harness.arrays.protocol import (
    ASSUMPTIONS,
    Array,
    ArrayBackend,
    Assumption,
    Axis,
    DType,
    Flag,
    Integer,
    Shape,
)
from bench_harness.errors import (
    ConfigurationError,
    DifferentiationError,
    UnknownNameError,
    UnsupportedOperationError,
)
from bench_harness.functions import suite_function

INTEGRAL = {"bool", "int8", "int32", "int64"}
_COMPLEX = {"complex64", "complex128"}


class StandardArrays(ArrayBackend):
    """Methods over two namespaces.

    Parameters
    ----------
    name, device : str
    xp : module
        The array API standard, as array-api-compat or the library itself provides it.
    native : module
        The library's own names, for what the standard leaves out.
    dtypes : mapping of str to dtype
        The library's dtypes by the protocol's names.
    array_type : type or tuple of types
    where : mapping
        Keywords of creation functions: the device, where the library takes one.
    """

    available = True
    vectorizes: Flag = False
    differentiation: Literal["autodiff", "central differences"] = "central differences"

    bool: DType
    int8: DType
    int32: DType
    int64: DType
    int: DType
    float32: DType
    float64: DType
    complex64: DType
    complex128: DType

    def __init__(
        self,
        name: str,
        device: str,
        *,
        xp: Any,
        native: Any,
        dtypes: Mapping[str, Any],
        array_type: Any,
        where: Mapping[str, Any] | None = None,
    ) -> None:
        self.name, self.device = name, device
        self.xp, self._native = xp, native
        self._types = array_type
        self._where = dict(where or {})
        self._by_name = dict(dtypes)
        self._names = {dtype: key for key, dtype in dtypes.items()}
        for key in DTYPES:
            setattr(self, key, dtypes[key])
        self.int = dtypes["int64"]

    def __repr__(self) -> str:
        return f"<array backend {self.name} on {self.device}>"

    # -- creation and conversion -------------------------------------------------------------

    def dtype(self, dtype: DType) -> DType:
        return self._by_name[dtype_name(dtype, self._names)]

    def is_array(self, value: Any) -> Flag:
        return isinstance(value, self._types)

    def array(self, data: Any, dtype: DType | None = None) -> Array:
        if self.is_array(data):
            return self._convert(data, data.dtype if dtype is None else dtype, copy=True)
        if isinstance(data, list | tuple) and _any_in(data, self.is_array):
            joined = self.stack([self.asarray(entry) for entry in data])
            return joined if dtype is None else self._convert(joined, dtype)
        host = np.array(data)
        return self._from_host(host, dtype_name(dtype or host.dtype, self._names))

    def asarray(self, data: Any, dtype: DType | None = None) -> Array:
        if not self.is_array(data):
            return self.array(data, dtype)
        return data if dtype is None else self._convert(data, dtype)

    def _from_host(self, host: np.ndarray, name: str) -> Array:
        """Copy a NumPy array to the device in the dtype of that name."""
        if host.dtype.name in _COMPLEX and name not in _COMPLEX:
            raise _narrowing(host.dtype.name, name)
        return self.xp.asarray(host.astype(name), dtype=self._by_name[name], **self._where)

    def to_numpy(self, x: Array) -> np.ndarray:
        return np.array(x)

    def from_numpy(self, x: np.ndarray) -> Array:
        if not isinstance(x, np.ndarray | np.generic):
            raise ConfigurationError(
                f"from_numpy takes a NumPy array, not a {type(x).__module__}.{type(x).__name__}."
            )
        return self._from_host(np.asarray(x), dtype_name(x.dtype, self._names))

    def zeros(self, shape: Shape, dtype: DType = "float64") -> Array:
        return self.xp.zeros(shape, dtype=self.dtype(dtype), **self._where)

    def ones(self, shape: Shape, dtype: DType = "float64") -> Array:
        return self.xp.ones(shape, dtype=self.dtype(dtype), **self._where)

    def full(self, shape: Shape, value: Any, dtype: DType | None = None) -> Array:
        chosen = self.dtype(dtype or np.asarray(value).dtype)
        return self.xp.full(shape, value, dtype=chosen, **self._where)

    def zeros_like(self, x: Array, dtype: DType | None = None) -> Array:
        x = self.asarray(x)
        return self.xp.zeros_like(x, dtype=x.dtype if dtype is None else self.dtype(dtype))

    def ones_like(self, x: Array, dtype: DType | None = None) -> Array:
        x = self.asarray(x)
        return self.xp.ones_like(x, dtype=x.dtype if dtype is None else self.dtype(dtype))

    def eye(self, n: Integer, m: Integer | None = None, dtype: DType = "float64") -> Array:
        return self.xp.eye(n, n if m is None else m, dtype=self.dtype(dtype), **self._where)

    def arange(
        self, start: Any, stop: Any = None, step: Any = 1, dtype: DType | None = None
    ) -> Array:
        if stop is None:
            start, stop = 0, start
        chosen = dtype or np.result_type(*map(type, (start, stop, step)))
        return self.xp.arange(start, stop, step, dtype=self.dtype(chosen), **self._where)

    def linspace(
        self,
        start: float,
        stop: float,
        num: Integer,
        dtype: DType = "float64",
        endpoint: Flag = True,
    ) -> Array:
        chosen = self.dtype(dtype)
        return self.xp.linspace(start, stop, num, dtype=chosen, endpoint=endpoint, **self._where)

    def cast(self, x: Array, dtype: DType) -> Array:
        return self._convert(self.asarray(x), dtype)

    def _convert(self, x: Array, dtype: DType, copy: Flag = False) -> Array:
        name = dtype_name(dtype, self._names)
        if self._name(x) in _COMPLEX and name not in _COMPLEX:
            raise _narrowing(self._name(x), name)
        return self._astype(x, self._by_name[name], copy)

    def _astype(self, x: Array, dtype: Any, copy: Flag) -> Array:
        return self.xp.astype(x, dtype, copy=copy)

    def copy(self, x: Array) -> Array:
        return self.xp.asarray(self.asarray(x), copy=True)

    # -- dtypes of arguments -----------------------------------------------------------------

    def _name(self, x: Array) -> str:
        """Return the protocol's name of an array's dtype, or the library's for another one."""
        return self._names.get(x.dtype) or str(x.dtype)

    def _floating(self, x: Array) -> Array:
        """Return an array of real or complex numbers: integers become float64."""
        x = self.asarray(x)
        return self._convert(x, "float64") if self._name(x) in INTEGRAL else x

    def _together(self, *arrays: Array) -> list[Array]:
        """Return arrays of one dtype."""
        found = [self.asarray(x) for x in arrays]
        names = {self._name(x) for x in found}
        if len(names) > 1:
            common = promoted(names)
            found = [self._convert(x, common) for x in found]
        return found

    def _function(self, name: str) -> Callable[..., Any]:
        """Return a function that the standard leaves out, from the library itself."""
        function: Callable[..., Any] | None = getattr(self._native, name, None)
        if function is None:
            raise UnsupportedOperationError(f"Backend {self.name!r} has no {name}.")
        return function

    # -- shapes ------------------------------------------------------------------------------

    def reshape(self, x: Array, shape: Shape) -> Array:
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        return self.xp.reshape(self.asarray(x), shape)

    def moveaxis(self, x: Array, source: Axis, destination: Axis) -> Array:
        return self.xp.moveaxis(self.asarray(x), source, destination)

    def transpose(self, x: Array, axes: Sequence[Integer] | None = None) -> Array:
        x = self.asarray(x)
        order = tuple(reversed(range(x.ndim))) if axes is None else tuple(axes)
        return self.xp.permute_dims(x, order)

    def stack(self, arrays: Sequence[Array], axis: Integer = 0) -> Array:
        return self.xp.stack(self._together(*arrays), axis=axis)

    def concatenate(self, arrays: Sequence[Array], axis: Integer = 0) -> Array:
        return self.xp.concat(self._together(*arrays), axis=axis)

    def diag(self, x: Array, k: Integer = 0) -> Array:
        return self._function("diag")(self.asarray(x), k)

    # -- algebra -----------------------------------------------------------------------------

    def matmul(self, a: Array, b: Array) -> Array:
        return self.xp.matmul(*self._together(a, b))

    def einsum(self, subscripts: str, *operands: Array) -> Array:
        return self._function("einsum")(subscripts, *self._together(*operands))

    def tensordot(self, a: Array, b: Array, axes: Any = 2) -> Array:
        return self.xp.tensordot(*self._together(a, b), axes=axes)

    def kron(self, a: Array, b: Array) -> Array:
        return xpx.kron(*self._together(a, b), xp=self.xp)

    def outer(self, a: Array, b: Array) -> Array:
        a, b = self._together(a, b)
        return self.reshape(a, (-1, 1)) * self.reshape(b, (1, -1))

    def dot(self, a: Array, b: Array) -> Array:
        a, b = self._together(a, b)
        if a.ndim == 0 or b.ndim == 0:
            return a * b
        return self.xp.tensordot(a, b, axes=((-1,), (-1,) if b.ndim == 1 else (-2,)))

    def sum(self, x: Array, axis: Axis = None, keepdims: Flag = False) -> Array:
        x = self.asarray(x)
        if self._name(x) in INTEGRAL:
            x = self._convert(x, "int64")
        return self.xp.sum(x, axis=axis, keepdims=keepdims)

    def mean(self, x: Array, axis: Axis = None, keepdims: Flag = False) -> Array:
        return self.xp.mean(self._floating(x), axis=axis, keepdims=keepdims)

    def norm(self, x: Array, axis: Axis = None, ord: float = 2, keepdims: Flag = False) -> Array:
        x = self._floating(x)
        return self.xp.linalg.vector_norm(x, axis=axis, ord=ord, keepdims=keepdims)

    def abs(self, x: Array) -> Array:
        return self.xp.abs(self.asarray(x))

    def real(self, x: Array) -> Array:
        x = self.asarray(x)
        return self.xp.real(x) if self._name(x) in _COMPLEX else self.copy(x)

    def imag(self, x: Array) -> Array:
        x = self.asarray(x)
        return self.xp.imag(x) if self._name(x) in _COMPLEX else self.zeros_like(x)

    def conj(self, x: Array) -> Array:
        x = self.asarray(x)
        return self.xp.conj(x) if self._name(x) in _COMPLEX else self.copy(x)

    def square(self, x: Array) -> Array:
        x = self.asarray(x)
        return x * x

    def sign(self, x: Array) -> Array:
        return self.xp.sign(self.asarray(x))

    def isclose(
        self, a: Array, b: Array, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: Flag = False
    ) -> Array:
        a, b = self._together(a, b)
        return xpx.isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan, xp=self.xp)

    def allclose(
        self, a: Array, b: Array, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: Flag = False
    ) -> Flag:
        return bool(self.xp.all(self.isclose(a, b, rtol, atol, equal_nan)))

    # -- elementary functions ----------------------------------------------------------------

    def exp(self, x: Array) -> Array:
        return self.xp.exp(self._floating(x))

    def log(self, x: Array) -> Array:
        return self.xp.log(self._floating(x))

    def log2(self, x: Array) -> Array:
        return self.xp.log2(self._floating(x))

    def sin(self, x: Array) -> Array:
        return self.xp.sin(self._floating(x))

    def cos(self, x: Array) -> Array:
        return self.xp.cos(self._floating(x))

    def sqrt(self, x: Array) -> Array:
        return self.xp.sqrt(self._floating(x))

    # -- linear algebra ----------------------------------------------------------------------

    def svd(self, a: Array, full_matrices: Flag = False) -> tuple[Array, Array, Array]:
        u, s, vh = self.xp.linalg.svd(self._floating(a), full_matrices=full_matrices)
        return u, s, vh

    def eigh(self, a: Array) -> tuple[Array, Array]:
        values, vectors = self.xp.linalg.eigh(self._floating(a))
        return values, vectors

    def eig(self, a: Array) -> tuple[Array, Array]:
        a = self._floating(a)
        single = self._name(a) in ("float32", "complex64")
        values, vectors = self._native.linalg.eig(a)
        name = "complex64" if single else "complex128"
        return self._convert(values, name), self._convert(vectors, name)

    def solve(self, a: Array, b: Array, assume_a: Assumption = "gen") -> Array:
        if assume_a not in ASSUMPTIONS:
            raise UnknownNameError("assumption", str(assume_a), ASSUMPTIONS)
        a, b = self._together(self._floating(a), self._floating(b))
        return self._solve(a, b, assume_a)

    def _solve(self, a: Array, b: Array, assume_a: Assumption) -> Array:
        return self.xp.linalg.solve(a, b)

    def inv(self, a: Array) -> Array:
        return self.xp.linalg.inv(self._floating(a))

    def expm(self, a: Array) -> Array:
        raise UnsupportedOperationError(f"Backend {self.name!r} has no expm.")

    def lu(self, a: Array) -> tuple[Array, Array, Array]:
        raise UnsupportedOperationError(f"Backend {self.name!r} has no lu.")

    def qr(self, a: Array) -> tuple[Array, Array]:
        q, r = self.xp.linalg.qr(self._floating(a))
        return q, r

    def cholesky(self, a: Array) -> Array:
        return self.xp.linalg.cholesky(self._floating(a))

    # -- discrete and random -----------------------------------------------------------------

    def rng(self, seed: Integer) -> np.random.Generator:
        return np.random.default_rng(seed)

    def normal(
        self, rng: np.random.Generator, shape: Shape = (), dtype: DType = "float64"
    ) -> Array:
        return self._from_host(
            np.asarray(rng.standard_normal(shape)), dtype_name(dtype, self._names)
        )

    def choice(
        self,
        rng: np.random.Generator,
        a: Any,
        size: Shape | None = None,
        p: Any = None,
    ) -> Array:
        chances = None if p is None else self.to_numpy(self.asarray(p))
        entries = a if isinstance(a, int) else self.to_numpy(self.asarray(a))
        return self.from_numpy(np.asarray(rng.choice(entries, size, p=chances)))

    def bincount(self, x: Array, minlength: Integer = 0) -> Array:
        return self._function("bincount")(self.asarray(x), minlength=minlength)

    def nonzero(self, x: Array) -> tuple[Array, ...]:
        return tuple(self.xp.nonzero(self.asarray(x)))

    # -- the verified kernels of the suites --------------------------------------------------

    def gaussian_kde(self, particles: Array, grid: Array, bandwidth: float) -> Array:
        particles, grid = self._together(particles, grid)
        return self._suite("kde/gaussian_kde")(particles, grid, float(bandwidth))

    def solve_tridiagonal(self, lower: Array, diag: Array, upper: Array, rhs: Array) -> Array:
        given = self._together(lower, diag, upper, self._floating(rhs))
        return self._suite("tridiagonal/solve")(*given)

    def gradient(self, values: Array, spacing: Any) -> Array:
        values = self._floating(values)
        if not isinstance(spacing, int | float):
            values, spacing = self._together(values, spacing)
            if spacing.ndim == 0:
                spacing = float(spacing)
        return self._suite("tridiagonal/gradient")(values, spacing)

    def _suite(self, kernel_id: str, variant: str = "") -> Callable[..., Any]:
        return suite_function(kernel_id, self.name, variant, self.device)

    # -- derivatives -------------------------------------------------------------------------

    def requires_grad(self, x: Array) -> Array:
        return self.asarray(x)

    def detach(self, x: Array) -> Array:
        if differences.TAKING.get():
            raise UnsupportedOperationError(
                f"Backend {self.name!r} differentiates by central differences, which cannot hold "
                "a part of a function constant. Pass the constant as an argument of its own, or "
                "use a backend with autodiff (torch, jax)."
            )
        return self.asarray(x)

    def value_and_grad(
        self, fn: Callable[..., Array], argnums: Integer | tuple[Integer, ...] = 0
    ) -> Callable[..., tuple[Array, Any]]:
        def differentiated(*args: Any, **named: Any) -> tuple[Array, Any]:
            given, wrt = self._arguments(args, argnums)
            value = self._scalar(fn(*given, **named))
            gradients = [self._slope(fn, given, named, i) for i in wrt]
            return value, _as_asked(gradients, argnums)

        return differentiated

    def jacobian(
        self, fn: Callable[..., Array], argnums: Integer | tuple[Integer, ...] = 0
    ) -> Callable[..., Any]:
        def differentiated(*args: Any, **named: Any) -> Any:
            given, wrt = self._arguments(args, argnums)
            return _as_asked([self._slope(fn, given, named, i) for i in wrt], argnums)

        return differentiated

    def hessian(self, fn: Callable[..., Array], argnums: Integer = 0) -> Callable[..., Array]:
        def differentiated(*args: Any, **named: Any) -> Array:
            given, (position,) = self._arguments(args, argnums)
            self._scalar(fn(*given, **named))
            evaluate = self._evaluate(fn, given, named, position)
            return self.from_numpy(differences.hessian(evaluate, self.to_numpy(given[position])))

        return differentiated

    def _slope(
        self, fn: Callable[..., Array], given: list[Any], named: dict[str, Any], position: Integer
    ) -> Array:
        evaluate = self._evaluate(fn, given, named, position)
        return self.from_numpy(differences.jacobian(evaluate, self.to_numpy(given[position])))

    def _evaluate(
        self, fn: Callable[..., Array], given: list[Any], named: dict[str, Any], position: Integer
    ) -> differences.Evaluate:
        """Return `fn` of one argument, from NumPy to NumPy."""

        def evaluate(moved: np.ndarray) -> np.ndarray:
            changed = [*given[:position], self.from_numpy(moved), *given[position + 1 :]]
            return self.to_numpy(self.asarray(fn(*changed, **named)))

        return evaluate

    def _arguments(
        self, args: Sequence[Any], argnums: Integer | tuple[Integer, ...]
    ) -> tuple[list[Any], tuple[Integer, ...]]:
        """Return arguments with those that are differentiated as real arrays, and their places."""
        wrt = argnums if isinstance(argnums, tuple) else (argnums,)
        given = list(args)
        for position in wrt:
            if not 0 <= position < len(given):
                raise ConfigurationError(
                    f"argnums {position} is not the place of one of {len(given)} positional "
                    "arguments."
                )
            given[position] = self._floating(given[position])
            if self._name(given[position]) in _COMPLEX:
                raise ConfigurationError(
                    f"Argument {position} is {self._name(given[position])}; derivatives are taken "
                    "with respect to real arguments."
                )
        return given, wrt

    def _scalar(self, value: Array) -> Array:
        value = self.asarray(value)
        if value.ndim or self._name(value) in _COMPLEX:
            raise DifferentiationError(
                f"The function returned an array of shape {tuple(value.shape)} and dtype "
                f"{self._name(value)}; a gradient is that of one real number. Use jacobian for "
                "several."
            )
        return value

    # -- mapping -----------------------------------------------------------------------------

    def vmap(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        return mapping.loop(fn, self)


def _as_asked(results: list[Array], argnums: Integer | tuple[Integer, ...]) -> Any:
    return tuple(results) if isinstance(argnums, tuple) else results[0]


def _any_in(data: Any, test: Callable[[Any], bool]) -> bool:
    """Tell whether a nested list holds something that passes a test."""
    if isinstance(data, list | tuple):
        return any(_any_in(entry, test) for entry in data)
    return test(data)


def _narrowing(found: str, asked: str) -> ConfigurationError:
    return ConfigurationError(
        f"An array of {found} is not cast to {asked}, which would drop its imaginary part. Take "
        "real() first."
    )
