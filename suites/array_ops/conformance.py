"""Whether a backend's method gives what NumPy gives, and the differences that are known.

A difference is written down with its reason; no tolerance is widened for it. A difference that
is not found any more has to be struck out: the tests ask for exactly those that are listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np

from .methods import METHODS, Method

SIZE = 5


@dataclass(frozen=True)
class Difference:
    """Where a backend does not give what NumPy gives.

    Parameters
    ----------
    backend : str
    methods : tuple of str
        Names of entries of METHODS.
    cases, dtypes : str
        Globs.
    kind : str
        ``"unsupported"``: refused with an error; ``"differs"``: another value.
    reason : str
    """

    backend: str
    methods: tuple[str, ...]
    cases: str
    dtypes: str
    kind: str
    reason: str

    def covers(self, backend: str, method: str, dtype: str, case: str) -> bool:
        """Tell whether one check is meant."""
        return (
            backend == self.backend
            and method in self.methods
            and fnmatchcase(case, self.cases)
            and fnmatchcase(dtype, self.dtypes)
        )


DIFFERENCES = (
    Difference(
        "jax",
        ("sign", "log", "log2", "sqrt"),
        "special",
        "float*",
        "differs",
        "XLA on the CPU flushes denormal numbers to zero, so that log gives -inf and sqrt 0",
    ),
    Difference(
        "cupynumeric",
        ("matmul",),
        "*",
        "int64",
        "unsupported",
        "the library multiplies matrices of floating-point numbers only",
    ),
    Difference(
        "cupynumeric",
        ("log2",),
        "special",
        "complex128",
        "differs",
        "log2(0j) has the imaginary part NaN instead of 0",
    ),
    Difference(
        "cupynumeric",
        ("lu",),
        "*",
        "complex*",
        "unsupported",
        "the library has no LU; the one of suite linalg is for real square matrices",
    ),
)


def checks(method: Method, thorough: bool = True) -> Iterator[tuple[str, str]]:
    """Yield the dtypes and cases of a method.

    Parameters
    ----------
    method : Method
    thorough : bool
        False: in the method's first dtype only.
    """
    for dtype in method.dtypes:
        for case in method.cases:
            if thorough or dtype == method.dtypes[0]:
                yield dtype, case


def prepare(method: Method, dtype: str, case: str, n: int = SIZE) -> list[np.ndarray]:
    """Return the NumPy inputs of a check, the same on every backend."""
    rng = np.random.default_rng(0)
    return method.inputs(rng, np.dtype(dtype), "matrix" if case == "strided" else case, n)


def problem(method: Method, inputs: list[np.ndarray], case: str, got: np.ndarray) -> str | None:
    """Return what is wrong with a result, next to what NumPy says; None for nothing."""
    given = [x.T if case == "strided" else x for x in inputs]
    want = np.asarray(method.expected(*given))
    if got.dtype != want.dtype:
        return f"dtype {got.dtype}, expected {want.dtype}"
    if got.shape != want.shape:
        return f"shape {got.shape}, expected {want.shape}"
    if want.dtype.kind not in "fc":
        return None if np.array_equal(got, want) else "another value"
    finite = np.isfinite(want)
    if not np.array_equal(got[~finite], want[~finite], equal_nan=True):
        return "NaN or infinity elsewhere"
    with np.errstate(invalid="ignore"):
        error = np.where(finite, np.abs(got - want), 0.0)
    if not (error <= method.allowed(want, given, np.finfo(want.dtype).eps)).all():
        return f"off by {error.max():.2g}"
    if method.is_exact and want.dtype.kind == "f":
        numbers = ~np.isnan(want)
        if not np.array_equal(np.signbit(got[numbers]), np.signbit(want[numbers])):
            return "a zero of the other sign"
    return None


def known(backend: str, method: str, dtype: str, case: str) -> Difference | None:
    """Return the written entry for a check, or None."""
    return next((d for d in DIFFERENCES if d.covers(backend, method, dtype, case)), None)


def every_check(thorough: bool) -> Iterator[tuple[Method, str, str]]:
    """Yield every method with each of its dtypes and cases."""
    for method in METHODS:
        for dtype, case in checks(method, thorough):
            yield method, dtype, case
