"""JAX: every function is traced and compiled by XLA, in double precision."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench_harness.backends.base import Backend, Function, Host
from bench_harness.errors import BackendUnavailableError

STAGES = {
    "/jax/core/compile/jaxpr_trace_duration": "trace",
    "/jax/core/compile/jaxpr_to_mlir_module_duration": "lower",
    "/jax/core/compile/backend_compile_duration": "compile",
}
"""What `jax.monitoring` calls the stages of a compilation."""


class JaxBackend(Backend):
    """Arrays on the case's device; plain functions are wrapped in ``jax.jit``."""

    name = "jax"
    module = "jax"
    distribution = "jax"
    device_kinds = ("cpu", "cuda")
    features = ("jit", "parallel", "gpu", "autodiff")
    can_fork = True

    def __init__(self) -> None:
        self._device: Any = None
        self._functions: list[Any] = []
        self._cache_hits = 0
        self._stages: dict[str, _Spans] = {stage: _Spans() for stage in STAGES.values()}

    def worker_env(self, host: Host) -> dict[str, str]:
        return {
            "JAX_ENABLE_X64": "1",
            "JAX_PLATFORMS": "cpu" if host.device == "cpu" else "cuda,cpu",
            "JAX_COMPILATION_CACHE_DIR": str(_cache(host)),
            # Without these two, small programs are never cached and "warm" means nothing.
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
            "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
            # The default takes three quarters of the card at the first array.
            "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        }

    def load(self) -> None:
        super().load()
        import jax.monitoring

        jax.monitoring.register_event_duration_secs_listener(self._note_stage)
        jax.monitoring.register_event_listener(self._note_hit)

    def _note_hit(self, event: str, **_: Any) -> None:
        self._cache_hits += event == "/jax/compilation_cache/cache_hits"

    def compile_cache_hits(self) -> int:
        return self._cache_hits

    def _note_stage(self, event: str, duration_s: float, **_: Any) -> None:
        if event in STAGES:
            self._stages[STAGES[event]].add(time.perf_counter(), duration_s)

    def compile_stages_s(self) -> dict[str, float]:
        return {stage: spans.seconds for stage, spans in self._stages.items()}

    def join(self, device: str, cache_dir: Path) -> None:
        self.load()
        import jax

        jax.config.update("jax_enable_x64", True)  # a worker has it from its environment
        self.start(Host(device, 1, cache_dir))

    def furnish(self, host: Host, variant: str) -> None:
        import jax

        jax.config.update("jax_compilation_cache_dir", str(_cache(host)))

    def start(self, host: Host) -> None:
        import jax

        kind, _, index = host.device.partition(":")
        try:
            self._device = jax.devices(kind)[int(index or 0)]
        except (RuntimeError, IndexError) as error:
            raise BackendUnavailableError(
                f"jax {jax.__version__} has no device {host.device!r} ({error}). Install "
                "jax[cuda13] on a machine with a GPU, or use --devices cpu."
            ) from error
        jax.block_until_ready(jax.device_put(np.zeros(1), self._device))

    def devices(self) -> list[str]:
        import jax

        return [f"{d.platform}:{d.id} {d.device_kind}" for d in jax.devices()]

    def compile(self, function: Function, variant: str, inputs: Mapping[str, Any]) -> Function:
        import jax

        if not hasattr(function, "lower"):  # not jitted by its author
            static = [name for name, value in inputs.items() if isinstance(value, int | str)]
            function = jax.jit(function, static_argnames=static)
        self._functions.append(function)
        return function

    def from_numpy(self, array: np.ndarray) -> Any:
        import jax

        return jax.device_put(np.array(array), self._device)

    def overwrite(self, array: Any, value: Any) -> None:
        """Do nothing: a JAX array cannot have been changed."""

    def is_native(self, value: Any) -> bool:
        import jax

        return isinstance(value, jax.Array)

    def synchronizer(self) -> Function:
        import jax

        wait: Function = jax.block_until_ready
        return wait

    def differentiator(
        self,
        function: Function,
        arguments: Sequence[Any],
        wrt: Sequence[int],
        pick: Function,
        weights: Any,
    ) -> tuple[str, Function]:
        import jax

        static = [i for i, value in enumerate(arguments) if isinstance(value, int | str)]

        def value(*given: Any) -> Any:
            return (pick(function(*given)) * weights).sum()

        # Loops of unknown length have no reverse; forward mode costs a pass for each input.
        for mode, transform in (("reverse", jax.grad), ("forward", jax.jacfwd)):
            compiled = jax.jit(transform(value, argnums=tuple(wrt)), static_argnums=static)
            try:
                jax.block_until_ready(compiled(*arguments))
            except ValueError:
                if mode == "forward":
                    raise
                continue
            return mode, functools.partial(compiled, *arguments)
        raise AssertionError("unreachable")

    def host_work(self, call: functools.partial[Any]) -> str | None:
        jitted: Any = call.func
        traced = jitted.trace(*call.args)
        callbacks = {name for name in _primitives(traced.jaxpr.jaxpr) if "callback" in name}
        if not callbacks:
            return None
        return f"the compiled program calls Python on the host ({', '.join(sorted(callbacks))})"

    def runtime(self) -> dict[str, Any]:
        import jax

        return {"x64": bool(jax.config.jax_enable_x64), "device": self._device.device_kind}

    def compilations(self) -> int:
        return sum(function._cache_size() for function in self._functions)

    def device_peak_bytes(self) -> int | None:
        stats = self._device.memory_stats() if self._device.platform != "cpu" else None
        return stats and stats.get("peak_bytes_in_use")


class _Spans:
    """Adds up spans of time that are told at their end, each instant once.

    Tracing a function traces those that it calls: the spans of these come first, and lie within
    the span of the caller.
    """

    def __init__(self) -> None:
        self._spans: list[tuple[float, float]] = []

    def add(self, end_s: float, duration_s: float) -> None:
        start_s = end_s - duration_s
        while self._spans and self._spans[-1][0] >= start_s:
            self._spans.pop()
        self._spans.append((start_s, end_s))

    @property
    def seconds(self) -> float:
        return sum(end_s - start_s for start_s, end_s in self._spans)


def _primitives(jaxpr: Any) -> Iterator[str]:
    """Yield the name of every operation of a program, those of loops and branches included."""
    for equation in jaxpr.eqns:
        yield str(equation.primitive)
        for value in equation.params.values():
            for part in value if isinstance(value, list | tuple) else [value]:
                inner = getattr(part, "jaxpr", part)
                if hasattr(inner, "eqns"):
                    yield from _primitives(inner)


def _cache(host: Host) -> Path:
    return host.cache_dir / "jax"


BACKEND = JaxBackend()
