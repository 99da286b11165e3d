"""Every method of the array protocol: how it is called, what NumPy says, on which inputs.

Each entry of METHODS computes one array, so that a decomposition is judged by the product of its
factors. What NumPy says is written with NumPy and SciPy alone, not with the protocol.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg

REAL = ("float64", "float32")
FLOATING = (*REAL, "complex128", "complex64")
INTEGER = ("int64", "int32", "int8")
EVERY = (*FLOATING, *INTEGER, "bool")

CASES = ("matrix", "vector", "scalar", "empty", "strided", "special")
"""A matrix, a vector, a 0-d array, one without entries, a transposed view, special values."""


@dataclass(frozen=True)
class Method:
    """One method.

    Parameters
    ----------
    name : str
        Of the protocol; a suffix after a colon tells several entries of one method apart.
    call : callable
        ``call(B, *inputs)`` on a backend's arrays.
    expected : callable
        ``expected(*inputs)`` on NumPy arrays.
    inputs : callable
        ``inputs(rng, dtype, case, n)`` returns the NumPy arrays.
    cases : tuple of str
    dtypes : tuple of str
    ulp : float
        Units in the last place of the largest entry that a result may be off; 0 means exactly,
        signs of zeros included.
    sums : callable, optional
        For a result that consists of sums: ``sums(*inputs)`` returns the number k of their terms,
        and the sums of the terms' magnitudes. A result may then be off by ``2 sqrt(k) eps`` times
        those: rounding adds up like a random walk, in the plainest loop too, and what cancels in a
        sum does not cancel in its error.
    """

    name: str
    call: Callable[..., Any]
    expected: Callable[..., Any]
    inputs: Callable[..., list[np.ndarray]]
    cases: tuple[str, ...] = ("matrix",)
    dtypes: tuple[str, ...] = REAL
    ulp: float = 0.0
    sums: Callable[..., tuple[int, np.ndarray]] | None = None

    def allowed(self, want, inputs, eps):
        """Return by how much a result may differ from `want`, of any shape that fits it."""
        if self.sums is not None:
            with np.errstate(over="ignore"):
                terms, magnitudes = self.sums(*(_magnitudes(x) for x in inputs))
                return 2 * np.sqrt(terms) * eps * magnitudes
        scale = _magnitudes(want).max(initial=1.0 if self.ulp else 0.0)
        return self.ulp * eps * scale

    @property
    def is_exact(self):
        """Whether a result is the expected one in every bit."""
        return self.ulp == 0 and self.sums is None

    @property
    def arity(self):
        """The number of inputs."""
        return {two: 2, system: 2, bands: 4}.get(self.inputs, 1)

    @property
    def attribute(self) -> str:
        """The protocol's name."""
        return self.name.partition(":")[0]


# -- inputs ----------------------------------------------------------------------------------


def one(rng, dtype, case, n):
    """Return one array of a case; a strided one is turned by the caller."""
    return [_array(rng, dtype, case, n)]


def two(rng, dtype, case, n):
    """Return two arrays of a case; of a matrix and a row for broadcasting."""
    if case == "broadcast":
        return [_array(rng, dtype, "matrix", n), _array(rng, dtype, "vector", n + 1)]
    return [_array(rng, dtype, case, n), _array(rng, dtype, case, n)]


def positive(rng, dtype, case, n):
    """Return one array without negative entries (but for special values)."""
    (x,) = one(rng, dtype, case, n)
    return [np.abs(x).astype(dtype) if case != "special" else x]


def system(rng, dtype, case, n):
    """Return a well-conditioned symmetric positive definite matrix and a right-hand side."""
    a = rng.standard_normal((n, n))
    if np.dtype(dtype).kind == "c":
        a = a + 1j * rng.standard_normal((n, n))
    a = a @ a.conj().T / n + np.eye(n)
    return [a.astype(dtype), _array(rng, dtype, "vector", n)]


def square(rng, dtype, case, n):
    """Return the matrix of `system`."""
    return system(rng, dtype, case, n)[:1]


def counts(rng, dtype, case, n):
    """Return small non-negative integers."""
    return [rng.integers(0, 5, 0 if case == "empty" else n).astype(dtype)]


def bands(rng, dtype, case, n):
    """Return a diagonally dominant tridiagonal system."""
    lower, upper, rhs = rng.uniform(-1, 1, (3, n))
    return [v.astype(dtype) for v in (lower, 3 + np.abs(rng.uniform(-1, 1, n)), upper, rhs)]


def _array(rng, dtype, case, n):
    shape = {"vector": (n,), "scalar": (), "empty": (0, 3)}.get(case, (n, n + 1))
    kind = np.dtype(dtype).kind
    if case == "special":
        return special(dtype)
    if kind == "b":
        return np.asarray(rng.random(shape) < 0.5)
    if kind == "i":
        return rng.integers(-9, 10, shape).astype(dtype)
    x = rng.standard_normal(shape)
    if kind == "c":
        x = x + 1j * rng.standard_normal(shape)
    return np.asarray(x).astype(dtype)


def special(dtype):
    """Return NaN, infinities, zeros of both signs, and the ends of the range of a real dtype."""
    if np.dtype(dtype).kind != "f":
        return np.array([0, 1]).astype(dtype)
    info = np.finfo(dtype)
    values = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0]
    values += [info.tiny, info.smallest_subnormal, -info.smallest_subnormal, info.max, -info.max]
    return np.array(values, dtype)


# -- what is computed ------------------------------------------------------------------------


def _floating(f):
    """Return a NumPy function that computes in float64 where it is given integers."""

    def wrapped(x):
        with np.errstate(all="ignore"):
            return f(x.astype(np.float64) if x.dtype.kind in "ib" else x)

    return wrapped


def _elementary(name, ulp=4.0, inputs=one):
    function = getattr(np, name)
    return Method(
        name,
        lambda B, x: getattr(B, name)(x),
        _floating(function),
        inputs,
        CASES,
        (*REAL, "int64", "complex128"),
        ulp,
    )


def _exact(name, expected, dtypes=EVERY, cases=CASES):
    return Method(name, lambda B, x: getattr(B, name)(x), expected, one, cases, dtypes)


def _quiet(f):
    def wrapped(*args):
        with np.errstate(all="ignore"):
            return f(*args)

    return wrapped


def _magnitudes(x):
    """Return absolute values in double precision, 0 for what is not finite."""
    size = np.abs(x.astype(np.result_type(x, np.float64)))
    return np.where(np.isfinite(size), size, 0.0)


def _sum(x, **named):
    return np.sum(x, dtype=np.int64 if x.dtype.kind in "ib" else x.dtype, **named)


def _products(a, b):
    return a.shape[-1], a @ b.T


def _wave(B, x):
    return B.sum(B.sin(x) * x)


def _value_and_grad(B, x):
    value, gradient = B.value_and_grad(lambda v: _wave(B, v))(x)
    return B.concatenate([B.reshape(value, (1,)), gradient])


def _wave_expected(x):
    return np.append(np.sum(np.sin(x) * x), np.cos(x) * x + np.sin(x)).astype(x.dtype)


def _row(B):
    return lambda row, scale: B.sum(B.exp(row)) * scale


def _kde(x, grid):
    z = (grid[:, None] - x) / 0.3
    return np.exp(-0.5 * z * z).sum(axis=1) / x.dtype.type(len(x) * 0.3 * np.sqrt(2 * np.pi))


def _tridiagonal(lower, diag, upper, rhs):
    dense = np.diag(diag) + np.diag(lower[1:], -1) + np.diag(upper[:-1], 1)
    return np.linalg.solve(dense, rhs)


BROADCAST = ("matrix", "vector", "scalar", "empty", "broadcast")
SQUARE = ("matrix",)
LOOSE = 1e6  # first differences: eps**(2/3) is 2e5 eps in float64; second ones 100 eps**(1/2)


METHODS = (
    # creation and conversion
    _exact("array", np.array),
    _exact("asarray", np.asarray),
    Method("to_numpy", lambda B, x: B.array(B.to_numpy(x)), np.array, one, CASES, EVERY),
    Method("from_numpy", lambda B, x: B.from_numpy(B.to_numpy(x)), np.array, one, CASES, EVERY),
    Method("zeros", lambda B, x: B.zeros((2, 3)), lambda x: np.zeros((2, 3)), one),
    Method("ones", lambda B, x: B.ones(3, x.dtype), lambda x: np.ones(3, x.dtype), one,
           dtypes=EVERY),
    _exact("zeros_like", np.zeros_like),
    _exact("ones_like", np.ones_like),
    Method("eye", lambda B, x: B.eye(3, 4, x.dtype), lambda x: np.eye(3, 4, dtype=x.dtype), one,
           dtypes=EVERY),
    Method("arange", lambda B, x: B.arange(5), lambda x: np.arange(5), one),
    Method("arange:float", lambda B, x: B.arange(0.0, 1.0, 0.25), lambda x: np.arange(0, 1, 0.25),
           one),
    Method("linspace", lambda B, x: B.linspace(-1.0, 2.0, 7), lambda x: np.linspace(-1, 2, 7), one,
           ulp=1),
    Method("full", lambda B, x: B.full((2, 2), 2.5), lambda x: np.full((2, 2), 2.5), one),
    Method("full:int", lambda B, x: B.full(3, 7), lambda x: np.full(3, 7), one),
    Method("cast", lambda B, x: B.cast(x, "complex64"), lambda x: x.astype("complex64"), one,
           ("matrix", "scalar", "empty"), EVERY),
    _exact("copy", np.array),
    # shapes
    Method("reshape", lambda B, x: B.reshape(x, (-1, 2)), lambda x: x.reshape(-1, 2), one,
           ("matrix", "empty"), EVERY),
    Method("moveaxis", lambda B, x: B.moveaxis(x, 0, -1), lambda x: np.moveaxis(x, 0, -1), one,
           ("matrix", "empty", "strided"), EVERY),
    _exact("transpose", np.transpose),
    Method("stack", lambda B, a, b: B.stack([a, b], 1), lambda a, b: np.stack([a, b], 1), two,
           ("matrix", "vector", "empty"), EVERY),
    Method("concatenate", lambda B, a, b: B.concatenate([a, b]),
           lambda a, b: np.concatenate([a, b]), two, ("matrix", "vector", "empty"), EVERY),
    Method("diag", lambda B, x: B.diag(x), np.diag, one, ("matrix", "vector"), EVERY),
    Method("diag:offset", lambda B, x: B.diag(x, 1), lambda x: np.diag(x, 1), one,
           ("matrix", "vector"), REAL),
    # algebra
    Method("matmul", lambda B, a, b: B.matmul(a, B.transpose(b)), lambda a, b: a @ b.T, two,
           ("matrix", "vector", "empty", "strided"), (*FLOATING, "int64"), sums=_products),
    Method("einsum", lambda B, a, b: B.einsum("ij,kj->ik", a, b), lambda a, b: a @ b.T, two,
           ("matrix", "empty"), FLOATING, sums=_products),
    Method("tensordot", lambda B, a, b: B.tensordot(a, b), lambda a, b: np.tensordot(a, b), two,
           SQUARE, FLOATING, 64),
    Method("kron", lambda B, a, b: B.kron(a, b), np.kron, two, ("matrix", "vector"), FLOATING, 2),
    Method("outer", lambda B, a, b: B.outer(a, b), np.outer, two, ("matrix", "vector", "empty"),
           FLOATING, 2),
    Method("dot", lambda B, a, b: B.dot(a, B.transpose(b)), lambda a, b: np.dot(a, b.T), two,
           ("matrix", "vector", "scalar"), FLOATING, 64),
    Method("sum", lambda B, x: B.sum(x), _quiet(_sum), one, CASES, EVERY,
           sums=lambda x: (x.size, x.sum())),
    Method("sum:axis", lambda B, x: B.sum(x, 0), lambda x: _sum(x, axis=0), one,
           ("matrix", "empty", "strided"), EVERY, sums=lambda x: (len(x), x.sum(axis=0))),
    Method("mean", lambda B, x: B.mean(x, -1, keepdims=True),
           _floating(lambda x: np.mean(x, -1, keepdims=True)), one, ("matrix", "strided"),
           (*FLOATING, "int64"), sums=lambda x: (x.shape[-1], x.mean(axis=-1, keepdims=True))),
    Method("norm", lambda B, x: B.norm(x), _floating(lambda x: np.linalg.norm(x.ravel())), one,
           ("matrix", "vector", "scalar", "empty"), (*FLOATING, "int64"),
           sums=lambda x: (x.size, np.linalg.norm(x.ravel()))),
    _exact("abs", np.abs, (*REAL, *INTEGER)),
    _exact("real", np.real),
    _exact("imag", np.imag),
    _exact("conj", lambda x: x if x.dtype.kind == "b" else np.conj(x)),
    _exact("square", _quiet(lambda x: x * x), (*REAL, *INTEGER)),
    _exact("sign", np.sign, (*REAL, *INTEGER)),
    Method("sign:complex", lambda B, x: B.sign(x), np.sign, one, ("matrix", "scalar"),
           ("complex128",), 4),
    Method("abs:complex", lambda B, x: B.abs(x), np.abs, one, ("matrix", "scalar"),
           ("complex128", "complex64"), 4),
    Method("isclose", lambda B, a, b: B.isclose(a, b, rtol=0.5), lambda a, b: np.isclose(
        a, b, rtol=0.5), two, BROADCAST, REAL),
    Method("isclose:nan", lambda B, x: B.isclose(x, x, equal_nan=True),
           lambda x: np.isclose(x, x, equal_nan=True), one, ("special",), REAL),
    Method("allclose", lambda B, x: B.asarray(B.allclose(x, x)), lambda x: np.asarray(
        np.allclose(x, x)), one, CASES, REAL),
    # elementary functions
    _elementary("exp"),
    _elementary("log", inputs=positive),
    _elementary("log2", inputs=positive),
    _elementary("sin"),
    _elementary("cos"),
    _elementary("sqrt", inputs=positive),
    # linear algebra
    Method("svd", lambda B, x: (lambda u, s, v: B.matmul(u * s, v))(*B.svd(x)), np.array, one,
           SQUARE, FLOATING, 64),
    Method("svd:values", lambda B, x: B.svd(x)[1], lambda x: np.linalg.svd(x, compute_uv=False),
           one, SQUARE, FLOATING, 64),
    Method("eigh", lambda B, a: B.eigh(a)[0], np.linalg.eigvalsh, square, SQUARE, FLOATING, 64),
    Method("eigh:vectors", lambda B, a: (lambda w, v: B.matmul(
        v * w, B.conj(B.transpose(v))))(*B.eigh(a)), np.array, square, SQUARE, FLOATING, 64),
    Method("eig", lambda B, a: (lambda w, v: B.matmul(B.cast(a, v.dtype), v) - v * w)(*B.eig(a)),
           lambda a: np.zeros(a.shape, np.result_type(a, np.complex64)), square, SQUARE, FLOATING,
           256),
    Method("solve", lambda B, a, b: B.solve(a, b), np.linalg.solve, system, SQUARE, FLOATING, 512),
    Method("solve:pos", lambda B, a, b: B.solve(a, b, "pos"), np.linalg.solve, system, SQUARE,
           FLOATING, 512),
    Method("inv", lambda B, a: B.inv(a), np.linalg.inv, square, SQUARE, FLOATING, 512),
    Method("expm", lambda B, a: B.expm(a), scipy.linalg.expm, square, SQUARE, REAL, 512),
    Method("lu", lambda B, a: (lambda p, low, up: B.matmul(p, B.matmul(low, up)))(*B.lu(a)),
           np.array, square, SQUARE, FLOATING, 64),
    Method("qr", lambda B, x: B.matmul(*B.qr(x)), np.array, one, SQUARE, FLOATING, 64),
    Method("cholesky", lambda B, a: B.cholesky(a), np.linalg.cholesky, square, SQUARE, FLOATING,
           64),
    # discrete and random
    Method("rng", lambda B, x: B.normal(B.rng(7), (3, 2)),
           lambda x: np.random.default_rng(7).standard_normal((3, 2)), one),
    Method("normal", lambda B, x: B.normal(B.rng(3), 4, x.dtype),
           lambda x: np.random.default_rng(3).standard_normal(4).astype(x.dtype), one),
    Method("choice", lambda B, x: B.choice(B.rng(5), 10, 6),
           lambda x: np.random.default_rng(5).choice(10, 6), one),
    Method("choice:p", lambda B, x: B.choice(B.rng(5), x, 6, B.full(x.shape[0], 1 / x.shape[0])),
           lambda x: np.random.default_rng(5).choice(x, 6, p=np.full(len(x), 1 / len(x))), one,
           ("vector",)),
    Method("bincount", lambda B, x: B.bincount(x, 8), lambda x: np.bincount(x, minlength=8), counts,
           ("vector", "empty"), ("int64", "int32")),
    Method("nonzero", lambda B, x: B.stack(B.nonzero(x)), lambda x: np.stack(np.nonzero(x)), one,
           ("matrix", "vector", "empty"), ("int64", "bool", "float64")),
    # the verified kernels
    Method("gaussian_kde", lambda B, x, g: B.gaussian_kde(x, g, 0.3), _kde, two, ("vector",), REAL,
           64),
    Method("solve_tridiagonal", lambda B, *v: B.solve_tridiagonal(*v), _tridiagonal, bands, SQUARE,
           REAL, 64),
    Method("gradient", lambda B, x: B.gradient(x, 0.1), lambda x: np.gradient(x, 0.1), one,
           ("vector",), REAL, 16),
    # derivatives and mapping
    Method("requires_grad", lambda B, x: B.detach(B.requires_grad(x)), np.array, one),
    Method("detach", lambda B, x: B.detach(x), np.array, one),
    Method("value_and_grad", _value_and_grad, _wave_expected, one, ("vector",), REAL, LOOSE),
    Method("jacobian", lambda B, x: B.jacobian(lambda v: v * v * v)(x),
           lambda x: np.diag(3 * x * x), one, ("vector",), REAL, LOOSE),
    Method("hessian", lambda B, x: B.hessian(lambda v: _wave(B, v))(x),
           lambda x: np.diag(2 * np.cos(x) - x * np.sin(x)), one, ("vector",), ("float64",), 1e10),
    Method("vmap", lambda B, x: B.vmap(_row(B))(x, 2.0), lambda x: 2 * np.exp(x).sum(axis=1), one,
           ("matrix", "strided"), REAL, 64),
)  # fmt: skip

BY_NAME = {method.name: method for method in METHODS}

TIMED = (
    *("transpose", "reshape", "concatenate", "matmul", "einsum", "sum", "sum:axis", "mean"),
    *("norm", "abs", "square", "sign", "isclose", "exp", "log", "log2", "sin", "cos", "sqrt"),
    *("svd:values", "eigh", "solve", "inv", "expm", "cholesky"),
)
"""Entries whose expected value is NumPy's own way to compute it, so that times compare.

Without ``kron`` and ``outer``: from two matrices of n rows they make n**4 entries.
"""
