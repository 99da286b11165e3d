"""An implementation whose work is done by something else than its backend is told apart."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench_harness.backends import get_adapter
from tests.conftest import start_backend

pytestmark = pytest.mark.slow  # imports the frameworks


def by_numpy(x: Any) -> np.ndarray:
    return np.cumsum(np.asarray(x))


def torch_functions() -> dict[str, Callable[..., Any]]:
    import torch

    def through_a_last_operation(x: Any) -> Any:
        return torch.from_numpy(by_numpy(x.numpy())) * 1.0

    def into_a_buffer(x: Any) -> Any:
        out = torch.zeros_like(x)
        out[:] = torch.tensor(by_numpy(x.tolist()))
        return out

    def reads_a_constant(x: Any) -> Any:
        return torch.cumsum(x * float(x[0]) + torch.tensor(0.5), 0)

    def counts(x: Any) -> Any:
        return torch.cumsum(x, 0), torch.tensor(3)

    return {
        "numpy outside": lambda x: torch.from_numpy(by_numpy(x.numpy())),
        "numpy through an operation": through_a_last_operation,
        "numpy into a buffer": into_a_buffer,
        "dlpack": lambda x: torch.from_dlpack(by_numpy(np.from_dlpack(x))),
        "scalar": lambda x: torch.tensor(by_numpy(x).sum()),
        "own": lambda x: torch.cumsum(x, 0),
        "own view": lambda x: x[::2],
        "own, a constant": reads_a_constant,
        "own, a counter": counts,
    }


def jax_functions() -> dict[str, Callable[..., Any]]:
    import jax

    def calls_back(x: Any) -> Any:
        return jax.pure_callback(by_numpy, jax.ShapeDtypeStruct(x.shape, x.dtype), x)

    def calls_back_in_a_loop(x: Any) -> Any:
        return jax.lax.fori_loop(0, 2, lambda _, y: calls_back(y), x)

    def loop(x: Any) -> Any:
        return jax.lax.while_loop(lambda y: y[0] < 3, lambda y: y + 1, x)

    return {"callback": calls_back, "callback in a loop": calls_back_in_a_loop, "own": loop}


def python_functions() -> dict[str, Callable[..., Any]]:
    return {
        "numpy": lambda x: by_numpy(x).tolist(),
        "own": lambda x: [sum(x[: i + 1]) for i in range(len(x))],
    }


def numba_functions() -> dict[str, Callable[..., Any]]:
    from numba import njit, objmode

    @njit
    def own(x: Any) -> Any:
        return np.cumsum(x)

    @njit
    def object_mode(x: Any) -> Any:
        with objmode(y="float64[:]"):
            y = by_numpy(x)
        return y  # noqa: RET504  (what the block gives)

    return {"object mode": object_mode, "own": own}


@pytest.mark.parametrize(
    ("backend", "functions"),
    [
        ("python", python_functions),
        ("numba", numba_functions),
        ("torch", torch_functions),
        ("jax", jax_functions),
    ],
)
def test_work_of_others_is_found_and_own_work_is_not(
    backend: str, functions: Callable[[], dict[str, Callable[..., Any]]], tmp_path: Path
) -> None:
    start_backend(backend, tmp_path)
    adapter = get_adapter(backend)
    x = adapter.from_numpy(np.linspace(0.1, 1.0, 50))
    for name, function in functions().items():
        call = functools.partial(adapter.compile(function, "", {"x": x}), x)
        call()
        found = adapter.host_work(call)
        assert (found is None) is name.startswith("own"), (name, found)
