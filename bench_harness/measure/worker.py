"""The process in which one case is measured: ``python -m bench_harness.measure.worker``.

It imports the backend that the case asks for and nothing else that is heavy; its environment
was set by the runner before it started.
"""

import time

STARTED_S = time.monotonic()  # before anything else is imported

import hashlib  # noqa: E402
import os  # noqa: E402
import random  # noqa: E402
import traceback  # noqa: E402
from collections.abc import Callable, Mapping  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402

from bench_harness.backends import Backend, Host, get_adapter  # noqa: E402
from bench_harness.discovery import (  # noqa: E402
    Implementation,
    discover,
    load_implementation,
    load_kernel,
)
from bench_harness.errors import BackendUnavailableError, SuiteError  # noqa: E402
from bench_harness.kernel import Kernel  # noqa: E402
from bench_harness.measure import invoke, timing  # noqa: E402
from bench_harness.process import read_request, stopwatch, write_reply  # noqa: E402


def main() -> None:
    """Answer one request with a measurement, or with how it failed."""
    request, folder = read_request()
    timing.pin_to(request["cpus"])
    try:
        reply = {"status": "ok", **measure(request, folder)}
    except BackendUnavailableError as error:
        reply = {"status": "unavailable", "reason": str(error)}
    except invoke.OutputError as error:
        reply = {"status": "wrong", "reason": str(error)}
    except MemoryError as error:
        reply = {"status": "out_of_memory", "reason": f"MemoryError: {error}"}
    except Exception as error:
        status = "out_of_memory" if _is_memory_error(error) else "failed"
        reason = str(error) if isinstance(error, SuiteError) else _one_line(error)
        reply = {"status": status, "reason": reason, "details": traceback.format_exc()}
    write_reply(folder, reply)
    # Frameworks' exit handlers can hang or crash after all is done; the reply is written.
    os._exit(0)


def measure(request: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Measure one case through its whole life; see ``docs/architecture.md``.

    Parameters
    ----------
    request : mapping
        As `bench_harness.measure.runner` writes it.
    folder : Path
        This worker's private folder.
    """
    case, config = request["case"], request["config"]
    times: dict[str, float] = {}
    times["interpreter_s"] = max(0.0, STARTED_S - request["spawned_at_s"])
    backend = get_adapter(case["backend"])
    host = Host(case["device"], config["threads"], Path(request["cache_dir"]))
    with stopwatch(times, "import_s"):
        backend.load()
    with stopwatch(times, "init_s"):
        backend.start(host)

    kernel_folder = discover([Path(request["kernel_path"])])[f"{case['suite']}/{case['kernel']}"]
    with stopwatch(times, "setup_s"):
        kernel = load_kernel(kernel_folder)
        inputs = kernel.make(config["seed"], case["dtype"], case["params"])
        digest = inputs_digest(inputs)
        native = invoke.native_inputs(backend, inputs)
    baseline_rss = timing.reset_peak_rss()
    wait = backend.synchronizer()
    path = Path(request["implementation_path"])
    implementation = Implementation(kernel_folder.id, case["backend"], case["variant"], path)
    with stopwatch(times, "first_call_s"):
        loaded = load_implementation(implementation, inputs)
    if loaded.prepare is not None:
        with stopwatch(times, "setup_s"):
            native = dict(loaded.prepare(**native))
    with stopwatch(times, "first_call_s"):
        call = invoke.bind(backend, loaded, case["variant"], native)
        output = call()
        if wait is not None:
            wait(output)

    reply: dict[str, Any] = {}
    if not request["reference_only"]:
        del output  # two outputs at once would double the peak
        restore = _restorer(backend, kernel, inputs, native)
        keep = _keeper(backend, kernel, Path(request["earlier_path"]))
        steady, cut, output = _steady_state(
            backend, kernel, call, wait, restore, keep, config, times
        )
        peak = timing.peak_rss()
        known = baseline_rss is not None and peak is not None
        steady["baseline_rss_bytes"] = baseline_rss
        steady["peak_rss_bytes"] = peak - baseline_rss if known else None  # type: ignore[operator]
        steady["device_peak_bytes"] = backend.device_peak_bytes()
        reply = {"measurement": steady, "cut": cut}
    _check_inputs_unchanged(backend, kernel, inputs, native)
    _check_compiled(backend, case, path)
    with stopwatch(times, "teardown_s"):
        outputs, weak = invoke.collect(backend, output, kernel.outputs)
        np.savez(request["outputs_path"], allow_pickle=False, **outputs)
    if "measurement" in reply:
        reply["measurement"] |= {**times, "inputs_digest": digest}
    return {**reply, "weak": weak, "backend": describe(backend)}


def _steady_state(
    backend: Backend,
    kernel: Kernel,
    call: Callable[[], Any],
    wait: Callable[[Any], Any] | None,
    restore: Callable[[], None] | None,
    keep: Callable[[Any], None],
    config: Mapping[str, Any],
    times: Mapping[str, float],
) -> tuple[dict[str, Any], str | None, Any]:
    """Take warm-up and timed runs; return them, a note if they were cut, the last output."""
    warmup_runs, timed_runs, cut = config["warmup_runs"], config["timed_runs"], None
    warmup: list[float] = []
    estimate = times["first_call_s"]
    if warmup_runs:
        warmup = timing.take_samples(call, wait, 1, 1, restore=restore).times_s
        estimate = warmup[0]
        warmup_runs -= 1
    if not config["exact_runs"]:
        warmup_runs, timed_runs, cut = fit_runs(
            warmup_runs, timed_runs, estimate, config["time_budget_s"]
        )

    def calls_for(seconds: float) -> int:
        if kernel.mutates:  # inputs are restored before a run, so a run is one call
            return 1
        return timing.calls_per_run(seconds, config["min_sample_time_s"])

    samples = timing.take_samples(call, wait, warmup_runs, calls_for(estimate), restore=restore)
    warmup += samples.times_s
    # The first calls are slower than the rest: only now is the length of a call known.
    calls = calls_for(min(warmup, default=estimate))
    compiled = backend.compilations()
    chosen = random.randrange(timed_runs - 1) if timed_runs > 1 else None

    def observe(run: int, output: Any) -> None:
        if run == chosen:
            keep(output)

    samples = timing.take_samples(call, wait, timed_runs, calls, restore=restore, observe=observe)
    steady = {
        "warmup_times_s": warmup,
        "times_s": samples.times_s,
        "calls_per_run": calls,
        "cpu_time_s": samples.cpu_time_s,
        "wall_time_s": samples.wall_time_s,
        "involuntary_switches": samples.involuntary_switches,
        "foreign_cpu_s": samples.foreign_cpu_s,
        "compilations_in_steady_state": (
            None if compiled is None else (backend.compilations() or 0) - compiled
        ),
    }
    return steady, cut, samples.last_output


def _keeper(backend: Backend, kernel: Kernel, path: Path) -> Callable[[Any], None]:
    """Return what writes the outputs of an earlier timed run to disk, to be judged as well.

    On disk rather than in memory, so that the peak is the kernel's own.
    """

    def keep(output: Any) -> None:
        outputs, _ = invoke.collect(backend, output, kernel.outputs)
        np.savez(path, allow_pickle=False, **outputs)

    return keep


def fit_runs(
    warmup_runs: int, timed_runs: int, seconds_per_run: float, budget_s: float
) -> tuple[int, int, str | None]:
    """Cut the numbers of runs so that they fit a time budget, and say so.

    At least one timed run is kept; the warm-up is cut in the same proportion.
    """
    total = (warmup_runs + timed_runs) * seconds_per_run
    if total <= budget_s:
        return warmup_runs, timed_runs, None
    share = budget_s / total
    kept = max(1, int(timed_runs * share))
    note = (
        f"cut to {kept} of {timed_runs} timed runs to fit the time budget of {budget_s:g} s "
        "(--time-budget); intervals are wider"
    )
    return int(warmup_runs * share), kept, note


def _restorer(
    backend: Backend, kernel: Kernel, inputs: Mapping[str, Any], native: dict[str, Any]
) -> Callable[[], None] | None:
    """Return what puts the inputs that the kernel overwrites back in place."""
    if not kernel.mutates:
        return None

    def restore() -> None:
        for name in kernel.mutates:
            backend.overwrite(native[name], backend.from_numpy(inputs[name]))

    return restore


def _check_inputs_unchanged(
    backend: Backend, kernel: Kernel, inputs: Mapping[str, Any], native: Mapping[str, Any]
) -> None:
    """Refuse a case that overwrote an input: its later calls computed something else."""
    for name in set(inputs) & set(native) - set(kernel.mutates):
        value = inputs[name]
        if isinstance(value, np.ndarray) and not np.array_equal(
            value, backend.to_numpy(native[name]), equal_nan=value.dtype.kind in "fc"
        ):
            raise invoke.OutputError(
                f"input {name!r} was overwritten by the call; if that is meant, declare "
                f"mutates=({name!r},) in kernel.py"
            )


def _check_compiled(backend: Backend, case: Mapping[str, Any], path: Path) -> None:
    """Refuse a variant that claims to be compiled and is not."""
    if case["variant"] == "compile" and not backend.compilations():
        raise SuiteError(f"{path} runs as variant 'compile', and nothing in it was compiled.")


def inputs_digest(inputs: Mapping[str, Any]) -> str:
    """Return a digest of names, dtypes, shapes and bits, equal wherever inputs are equal."""
    digest = hashlib.sha256()
    for name in sorted(inputs):
        value = inputs[name]
        if isinstance(value, np.ndarray):
            digest.update(f"{name}:{value.dtype}:{value.shape}".encode())
            digest.update(np.ascontiguousarray(value).data)
        else:
            digest.update(f"{name}:{value!r}".encode())
    return digest.hexdigest()[:16]


def describe(backend: Backend) -> dict[str, Any]:
    """Return what only the running backend knows of itself, as `model.BackendInfo`."""
    from threadpoolctl import threadpool_info

    keys = ("user_api", "internal_api", "version", "num_threads", "threading_layer")
    pools = [{key: pool[key] for key in keys if key in pool} for pool in threadpool_info()]
    return {
        "version": backend.version(),
        "usable": True,
        "devices": backend.devices(),
        "features": list(backend.features),
        "thread_pools": pools,
        "runtime": backend.runtime(),
    }


def _is_memory_error(error: Exception) -> bool:
    """Tell whether a framework's own exception means that there was no memory left."""
    if type(error).__name__ == "OutOfMemoryError":
        return True
    signs = ("RESOURCE_EXHAUSTED", "can't allocate memory", "bad_alloc", "Out of memory")
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in signs)


def _one_line(error: BaseException) -> str:
    return traceback.format_exception_only(error)[-1].strip()


if __name__ == "__main__":
    main()
