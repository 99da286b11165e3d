"""JAX arrays, in double precision, differentiated and vectorised by JAX's transformations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy.linalg as jsl
import numpy as np

from bench_harness.arrays.dtypes import DTYPES
from bench_harness.arrays.mapping import entries_of
from bench_harness.arrays.protocol import Array, Assumption, Integer
from bench_harness.arrays.standard import StandardArrays


class JaxArrays(StandardArrays):
    """Arrays on one device. Methods work on tracers, so functions of them can be jitted."""

    vectorizes = True
    differentiation = "autodiff"

    def __init__(self, device: str = "cpu") -> None:
        kind, _, index = device.partition(":")
        super().__init__(
            "jax",
            device,
            xp=jnp,
            native=jnp,
            dtypes={key: np.dtype(key) for key in DTYPES},
            array_type=jax.Array,
            where={"device": jax.devices(kind)[int(index or 0)]},
        )

    def copy(self, x: Array) -> Array:
        return jnp.array(self.asarray(x), copy=True)

    def expm(self, a: Array) -> Array:
        return jsl.expm(self._floating(a))

    def lu(self, a: Array) -> tuple[Array, Array, Array]:
        p, lower, upper = jsl.lu(self._floating(a))
        return p, lower, upper

    def _solve(self, a: Array, b: Array, assume_a: Assumption) -> Array:
        if assume_a == "gen":
            return jnp.linalg.solve(a, b)
        return jsl.solve(a, b, assume_a=assume_a)

    # -- derivatives -------------------------------------------------------------------------

    def detach(self, x: Array) -> Array:
        return jax.lax.stop_gradient(self.asarray(x))

    def value_and_grad(
        self, fn: Callable[..., Array], argnums: Integer | tuple[Integer, ...] = 0
    ) -> Callable[..., tuple[Array, Any]]:
        def of_scalar(*args: Any, **named: Any) -> Array:
            return self._scalar(fn(*args, **named))

        transformed = jax.value_and_grad(of_scalar, argnums=argnums)
        return lambda *args, **named: transformed(*self._arguments(args, argnums)[0], **named)

    def jacobian(
        self, fn: Callable[..., Array], argnums: Integer | tuple[Integer, ...] = 0
    ) -> Callable[..., Any]:
        transformed = jax.jacrev(fn, argnums=argnums)
        return lambda *args, **named: transformed(*self._arguments(args, argnums)[0], **named)

    def hessian(self, fn: Callable[..., Array], argnums: Integer = 0) -> Callable[..., Array]:
        def of_scalar(*args: Any, **named: Any) -> Array:
            return self._scalar(fn(*args, **named))

        transformed = jax.hessian(of_scalar, argnums=argnums)
        return lambda *args, **named: transformed(*self._arguments(args, argnums)[0], **named)

    # -- mapping -----------------------------------------------------------------------------

    def vmap(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        def mapped(first: Any, *others: Any, **named: Any) -> Any:
            def of_one(entry: Any) -> Any:
                return fn(entry, *others, **named)

            return jax.vmap(of_one)(entries_of(first, self))

        return mapped


def create(name: str, device: str) -> JaxArrays:
    """Return the backend."""
    return JaxArrays(device)
