"""PyTorch tensors through array-api-compat, differentiated by autograd."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import array_api_compat.torch as xp
import numpy as np
import torch

from bench_harness.arrays.dtypes import DTYPES
from bench_harness.arrays.mapping import entries_of
from bench_harness.arrays.protocol import Array, Assumption, Integer, Shape
from bench_harness.arrays.standard import StandardArrays, _as_asked
from bench_harness.errors import DifferentiationError


class TorchArrays(StandardArrays):
    """Tensors on one device; float64 unless asked otherwise, whatever torch's default dtype."""

    vectorizes = True
    differentiation = "autodiff"

    def __init__(self, device: str = "cpu") -> None:
        super().__init__(
            "torch",
            device,
            xp=xp,
            native=torch,
            dtypes={key: getattr(torch, key) for key in DTYPES},
            array_type=torch.Tensor,
            where={"device": device},
        )

    def to_numpy(self, x: Array) -> np.ndarray:
        return np.array(self.asarray(x).detach().resolve_conj().cpu().numpy())

    def copy(self, x: Array) -> Array:
        return self.asarray(x).clone()

    def expm(self, a: Array) -> Array:
        return torch.matrix_exp(self._floating(a))

    def lu(self, a: Array) -> tuple[Array, Array, Array]:
        p, lower, upper = torch.linalg.lu(self._floating(a))
        return p, lower, upper

    def _solve(self, a: Array, b: Array, assume_a: Assumption) -> Array:
        if assume_a != "pos":
            return self.xp.linalg.solve(a, b)
        factor = torch.linalg.cholesky(a)
        if b.ndim == 1:
            return torch.cholesky_solve(b[:, None], factor)[..., 0]
        return torch.cholesky_solve(b, factor)

    def nonzero(self, x: Array) -> tuple[Array, ...]:
        return tuple(torch.nonzero(self.asarray(x), as_tuple=True))

    def solve_tridiagonal(self, lower: Array, diag: Array, upper: Array, rhs: Array) -> Array:
        given = self._together(lower, diag, upper, self._floating(rhs))
        # The plain implementation leaves short systems to host floats, which autograd cannot see.
        variant = "reduction" if any(x.requires_grad for x in given) else ""
        return self._suite("tridiagonal/solve", variant)(*given)

    # -- derivatives -------------------------------------------------------------------------

    def requires_grad(self, x: Array) -> Array:
        return self.asarray(x).detach().clone().requires_grad_(True)

    def detach(self, x: Array) -> Array:
        return self.asarray(x).detach()

    def value_and_grad(
        self, fn: Callable[..., Array], argnums: Integer | tuple[Integer, ...] = 0
    ) -> Callable[..., tuple[Array, Any]]:
        def differentiated(*args: Any, **named: Any) -> tuple[Array, Any]:
            given, wrt = self._arguments(args, argnums)
            for position in wrt:
                given[position] = self.requires_grad(given[position])
            with torch.enable_grad(), _explained(fn):
                value = self._followed(self._scalar(fn(*given, **named)))
                # An argument that the value does not depend on has the gradient zero.
                found = torch.autograd.grad(
                    value, [given[i] for i in wrt], allow_unused=True, materialize_grads=True
                )
            return value.detach(), _as_asked(list(found), argnums)

        return differentiated

    def jacobian(
        self, fn: Callable[..., Array], argnums: Integer | tuple[Integer, ...] = 0
    ) -> Callable[..., Any]:
        def differentiated(*args: Any, **named: Any) -> Any:
            given, wrt = self._arguments(args, argnums)

            def of_these(*moved: Any) -> Any:
                changed = dict(zip(wrt, moved, strict=True))
                arguments = [changed.get(i, value) for i, value in enumerate(given)]
                return self._followed(self.asarray(fn(*arguments, **named)))

            with _explained(fn):
                found = torch.autograd.functional.jacobian(of_these, tuple(given[i] for i in wrt))
            return _as_asked(list(found), argnums)

        return differentiated

    def hessian(self, fn: Callable[..., Array], argnums: Integer = 0) -> Callable[..., Array]:
        def differentiated(*args: Any, **named: Any) -> Any:
            given, (position,) = self._arguments(args, argnums)

            def of_this(moved: Any) -> Any:
                arguments = [*given[:position], moved, *given[position + 1 :]]
                return self._followed(self._scalar(fn(*arguments, **named)))

            with _explained(fn):
                return torch.autograd.functional.hessian(of_this, given[position])

        return differentiated

    @staticmethod
    def _followed(value: Any) -> Any:
        if not value.requires_grad:
            raise DifferentiationError(
                "The function's value carries no derivative: autograd lost track of it, in "
                ".item(), float(), NumPy or detach(), or the value depends on no argument that is "
                "differentiated. Use this backend's methods all the way."
            )
        return value

    # -- mapping -----------------------------------------------------------------------------

    def vmap(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        def mapped(first: Any, *others: Any, **named: Any) -> Any:
            def of_one(entry: Any) -> Any:
                returned = fn(entry, *others, **named)
                if isinstance(returned, tuple):
                    return tuple(self.asarray(part) for part in returned)
                return self.asarray(returned)

            return torch.vmap(of_one)(entries_of(first, self))

        return mapped

    def reshape(self, x: Array, shape: Shape) -> Array:
        # Not through compat: its reshape asks for copy semantics that vmap does not know.
        return torch.reshape(self.asarray(x), (shape,) if isinstance(shape, int) else shape)


@contextlib.contextmanager
def _explained(fn: Callable[..., Any]) -> Iterator[None]:
    """Turn autograd's own refusals into one error; what `fn` raises otherwise passes."""
    try:
        yield
    except RuntimeError as error:
        if isinstance(error, DifferentiationError) or "grad" not in str(error):
            raise
        name = getattr(fn, "__name__", repr(fn))
        raise DifferentiationError(f"autograd cannot differentiate {name}: {error}") from error


def create(name: str, device: str) -> TorchArrays:
    """Return the backend."""
    return TorchArrays(device)
