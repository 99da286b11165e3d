"""What every array backend offers: one set of methods, one set of rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np

Array = Any
"""An array of the backend: a NumPy array, a tensor, a JAX array (or tracer)."""

DType = Any
"""``"float64"``, a Python type, a NumPy dtype or the backend's own; anything else is refused."""

Axis = int | tuple[int, ...] | None
Shape = int | tuple[int, ...]
Flag = bool
Integer = int
Assumption = Literal["gen", "sym", "her", "pos"]
ASSUMPTIONS = ("gen", "sym", "her", "pos")


@runtime_checkable
class ArrayBackend(Protocol):
    """One array library behind the same methods, dtypes and rules.

    Rules that hold on every backend:

    * float64 is the default, also where the library's own default is float32. A dtype that is
      none of the protocol's is refused.
    * A NumPy array keeps its dtype. Arguments of different dtypes are computed in what NumPy
      promotes them to. Elementary functions, `mean` and `norm` of integers are float64.
    * Anything that takes an array takes Python numbers and lists too.
    * Arrays that come back are new: no method writes into its arguments.
    """

    name: str
    device: str
    available: Flag
    """True: the backend was imported and its device answered."""
    vectorizes: Flag
    """Whether `vmap` is the library's own vectorisation, rather than a loop."""
    differentiation: Literal["autodiff", "central differences"]
    """How `value_and_grad`, `jacobian` and `hessian` are obtained. Neither replaces the other."""
    xp: Any
    """The library's namespace, by the array API standard as far as the library goes."""

    bool: DType
    int8: DType
    int32: DType
    int64: DType
    int: DType
    """int64"""
    float32: DType
    float64: DType
    complex64: DType
    complex128: DType

    # -- creation and conversion -------------------------------------------------------------

    def dtype(self, dtype: DType) -> DType:
        """Return the backend's own dtype; raises `UnknownNameError` for one it has not."""

    def is_array(self, value: Any) -> Flag:
        """Tell whether `value` is an array of this backend."""

    def array(self, data: Any, dtype: DType | None = None) -> Array:
        """Return a new array on the backend's device from numbers, lists or any array."""

    def asarray(self, data: Any, dtype: DType | None = None) -> Array:
        """Return `data` itself where it is an array of this backend and dtype, else `array`."""

    def to_numpy(self, x: Array) -> np.ndarray:
        """Return a copy as a NumPy array, detached from any derivative."""

    def from_numpy(self, x: np.ndarray) -> Array:
        """Return a copy of a NumPy array on the backend's device, in the same dtype."""

    def zeros(self, shape: Shape, dtype: DType = "float64") -> Array:
        """Return zeros."""

    def ones(self, shape: Shape, dtype: DType = "float64") -> Array:
        """Return ones."""

    def full(self, shape: Shape, value: Any, dtype: DType | None = None) -> Array:
        """Return `value` everywhere; its dtype is that of the number."""

    def zeros_like(self, x: Array, dtype: DType | None = None) -> Array:
        """Return zeros of the shape and dtype of `x`."""

    def ones_like(self, x: Array, dtype: DType | None = None) -> Array:
        """Return ones of the shape and dtype of `x`."""

    def eye(self, n: Integer, m: Integer | None = None, dtype: DType = "float64") -> Array:
        """Return n x m entries, ones on the diagonal."""

    def arange(
        self, start: Any, stop: Any = None, step: Any = 1, dtype: DType | None = None
    ) -> Array:
        """Return numbers from `start` (or 0) up to but without `stop`: int64 or float64."""

    def linspace(
        self,
        start: float,
        stop: float,
        num: Integer,
        dtype: DType = "float64",
        endpoint: Flag = True,
    ) -> Array:
        """Return `num` evenly spaced numbers."""

    def cast(self, x: Array, dtype: DType) -> Array:
        """Return `x` in another dtype; complex to real is refused (take `real` first)."""

    def copy(self, x: Array) -> Array:
        """Return a copy."""

    # -- shapes ------------------------------------------------------------------------------

    def reshape(self, x: Array, shape: Shape) -> Array:
        """Return the entries, in row-major order, in another shape; one length may be -1."""

    def moveaxis(self, x: Array, source: Axis, destination: Axis) -> Array:
        """Return `x` with axes moved to other positions."""

    def transpose(self, x: Array, axes: Sequence[Integer] | None = None) -> Array:
        """Return `x` with its axes in the order `axes`, or reversed."""

    def stack(self, arrays: Sequence[Array], axis: Integer = 0) -> Array:
        """Join arrays along a new axis."""

    def concatenate(self, arrays: Sequence[Array], axis: Integer = 0) -> Array:
        """Join arrays along an axis they have."""

    def diag(self, x: Array, k: Integer = 0) -> Array:
        """Return the k-th diagonal of a matrix, or the matrix with a vector as its diagonal."""

    # -- algebra -----------------------------------------------------------------------------

    def matmul(self, a: Array, b: Array) -> Array:
        """Return the matrix product, broadcast over leading axes."""

    def einsum(self, subscripts: str, *operands: Array) -> Array:
        """Return a sum of products by Einstein's convention."""

    def tensordot(self, a: Array, b: Array, axes: Any = 2) -> Array:
        """Return the sum of products over the last and first `axes`, or over pairs of axes."""

    def kron(self, a: Array, b: Array) -> Array:
        """Return the Kronecker product."""

    def outer(self, a: Array, b: Array) -> Array:
        """Return all products of the entries of two arrays, as a matrix."""

    def dot(self, a: Array, b: Array) -> Array:
        """Return ``numpy.dot``: inner product of the last axis of a and the last but one of b."""

    def sum(self, x: Array, axis: Axis = None, keepdims: Flag = False) -> Array:
        """Return the sum; of integers and booleans as int64."""

    def mean(self, x: Array, axis: Axis = None, keepdims: Flag = False) -> Array:
        """Return the mean; NaN of nothing."""

    def norm(self, x: Array, axis: Axis = None, ord: float = 2, keepdims: Flag = False) -> Array:
        """Return the vector norm over `axis`, or over all entries (Frobenius of a matrix)."""

    def abs(self, x: Array) -> Array:
        """Return the magnitude."""

    def real(self, x: Array) -> Array:
        """Return the real part."""

    def imag(self, x: Array) -> Array:
        """Return the imaginary part; zeros for a real array."""

    def conj(self, x: Array) -> Array:
        """Return the complex conjugate."""

    def square(self, x: Array) -> Array:
        """Return x * x."""

    def sign(self, x: Array) -> Array:
        """Return -1, 0 or 1; ``x / |x|`` for complex numbers; NaN for NaN."""

    def isclose(
        self, a: Array, b: Array, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: Flag = False
    ) -> Array:
        """Return where ``|a - b| <= atol + rtol |b|``."""

    def allclose(
        self, a: Array, b: Array, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: Flag = False
    ) -> Flag:
        """Tell whether `isclose` holds everywhere."""

    # -- elementary functions ----------------------------------------------------------------

    def exp(self, x: Array) -> Array:
        """Return e**x."""

    def log(self, x: Array) -> Array:
        """Return the natural logarithm; NaN below zero."""

    def log2(self, x: Array) -> Array:
        """Return the logarithm to base 2."""

    def sin(self, x: Array) -> Array:
        """Return the sine."""

    def cos(self, x: Array) -> Array:
        """Return the cosine."""

    def sqrt(self, x: Array) -> Array:
        """Return the square root; NaN below zero."""

    # -- linear algebra ----------------------------------------------------------------------

    def svd(self, a: Array, full_matrices: Flag = False) -> tuple[Array, Array, Array]:
        """Return u, s, vh with ``a = u @ diag(s) @ vh``."""

    def eigh(self, a: Array) -> tuple[Array, Array]:
        """Return eigenvalues, ascending, and eigenvectors of a Hermitian matrix."""

    def eig(self, a: Array) -> tuple[Array, Array]:
        """Return eigenvalues and eigenvectors of a square matrix, always complex."""

    def solve(self, a: Array, b: Array, assume_a: Assumption = "gen") -> Array:
        """Return x with ``a @ x = b``; a one-dimensional b is a vector.

        `assume_a`: ``gen`` general, ``sym`` symmetric, ``her`` Hermitian, ``pos`` positive
        definite: what is known of `a`, used where the library has a faster routine for it.
        """

    def inv(self, a: Array) -> Array:
        """Return the inverse."""

    def expm(self, a: Array) -> Array:
        """Return the matrix exponential."""

    def lu(self, a: Array) -> tuple[Array, Array, Array]:
        """Return p, l, u with ``a = p @ l @ u``: permutation, unit lower and upper triangle."""

    def qr(self, a: Array) -> tuple[Array, Array]:
        """Return q, r with ``a = q @ r``, reduced."""

    def cholesky(self, a: Array) -> Array:
        """Return the lower triangle l with ``a = l @ l^H``."""

    # -- discrete and random -----------------------------------------------------------------

    def rng(self, seed: Integer) -> np.random.Generator:
        """Return NumPy's PCG64 generator: equal seeds give equal numbers on every backend.

        Numbers are drawn on the host and moved to the device. Inside a function that JAX traces
        they would be drawn once, so draw them outside and pass them in.
        """

    def normal(
        self, rng: np.random.Generator, shape: Shape = (), dtype: DType = "float64"
    ) -> Array:
        """Draw standard normal numbers; float32 is float64 rounded."""

    def choice(
        self,
        rng: np.random.Generator,
        a: Any,
        size: Shape | None = None,
        p: Any = None,
    ) -> Array:
        """Draw with replacement from range(a), or from the entries of a one-dimensional array."""

    def bincount(self, x: Array, minlength: Integer = 0) -> Array:
        """Count each of the numbers 0, 1, 2... in an array of non-negative integers."""

    def nonzero(self, x: Array) -> tuple[Array, ...]:
        """Return the indices of entries that are not zero, an array for each axis."""

    # -- the verified kernels of the suites --------------------------------------------------

    def gaussian_kde(self, particles: Array, grid: Array, bandwidth: float) -> Array:
        """Return the density at `grid`; kernel ``kde/gaussian_kde``."""

    def solve_tridiagonal(self, lower: Array, diag: Array, upper: Array, rhs: Array) -> Array:
        """Solve a tridiagonal system with pivoting; kernel ``tridiagonal/solve``.

        ``lower[i] x[i-1] + diag[i] x[i] + upper[i] x[i+1] = rhs[i]``, all of length n;
        ``lower[0]`` and ``upper[-1]`` are not read.
        """

    def gradient(self, values: Array, spacing: Any) -> Array:
        """Return the derivative on a grid; kernel ``tridiagonal/gradient``.

        `spacing` is one step (a number) or the coordinates (an array of n).
        """

    # -- derivatives -------------------------------------------------------------------------

    def requires_grad(self, x: Array) -> Array:
        """Return an array that torch records derivatives of; the same array elsewhere."""

    def detach(self, x: Array) -> Array:
        """Return `x` as a constant to derivatives.

        Raises `UnsupportedOperationError` inside a function that is differenced: differences
        cannot hold a part of it constant.
        """

    def value_and_grad(
        self, fn: Callable[..., Array], argnums: Integer | tuple[Integer, ...] = 0
    ) -> Callable[..., tuple[Array, Any]]:
        """Return a function that returns ``fn(...)``, a scalar, and its gradient.

        The gradient is an array, or a tuple of arrays where `argnums` is a tuple. See
        `differentiation` for how it is obtained. Raises `DifferentiationError` where autodiff
        cannot follow `fn`; differences never take its place.
        """

    def jacobian(
        self, fn: Callable[..., Array], argnums: Integer | tuple[Integer, ...] = 0
    ) -> Callable[..., Any]:
        """Return a function that returns d fn / d x, of shape ``value.shape + x.shape``."""

    def hessian(self, fn: Callable[..., Array], argnums: Integer = 0) -> Callable[..., Array]:
        """Return a function that returns the second derivatives, ``x.shape + x.shape``."""

    # -- mapping -----------------------------------------------------------------------------

    def vmap(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Map `fn` along the leading axis of its first positional argument.

        All other arguments are passed whole. A loop where the library has no vectorisation.
        """
