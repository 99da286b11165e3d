"""What the element-wise kernels share: their matrices, and the values at the edges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bench_harness import ConfigurationError

from .matrices import SIZES, check_order

PRESETS = {
    "smoke": {"n": 12},
    "default": {"n": 1000},
    "full": {"n": SIZES},
    "edges": {"n": 12, "edges": True},
}


def inputs_of(
    draw: Callable[[np.random.Generator, tuple[int, int]], np.ndarray],
    special: Sequence[float],
    names: Sequence[str] = ("x",),
) -> Callable[..., dict[str, np.ndarray]]:
    """Return a ``make_inputs`` for n x n matrices.

    Parameters
    ----------
    draw : callable
        ``draw(rng, shape)`` returns ordinary values.
    special : sequence of float
        Values at the edges. They head the first input when ``edges`` is asked for, and every
        further input in an order turned by one, so that unlike ones meet.
    names : sequence of str
        Of the inputs.
    """

    def make_inputs(rng: Any, dtype: Any, *, n: int, edges: bool = False) -> dict[str, np.ndarray]:
        inputs = {}
        for turn, name in enumerate(names):
            values = draw(rng, (n, n)).astype(dtype)
            if edges:
                with np.errstate(over="ignore"):
                    values.flat[: len(special)] = np.roll(special, turn).astype(dtype)
            inputs[name] = values
        return inputs

    return make_inputs


def validate_for(special: Sequence[float]) -> Callable[..., None]:
    """Return a ``validate`` for those inputs."""

    def validate(*, n: int, edges: bool = False) -> None:
        check_order(n)
        if not isinstance(edges, bool):
            raise ConfigurationError(f"edges is {edges!r}; it must be true or false.")
        if edges and n * n < len(special):
            raise ConfigurationError(
                f"n is {n}: a matrix of {n * n} entries does not hold the {len(special)} values "
                "at the edges."
            )

    return validate


def bytes_moved(arrays: int) -> Callable[..., float]:
    """Return an ``nbytes`` for that many n x n arrays read or written once."""
    return lambda n, **_: 8.0 * arrays * n * n
