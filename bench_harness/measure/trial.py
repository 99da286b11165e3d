"""One case from its first import to its last output; runs in `bench_harness.measure.worker`."""

from __future__ import annotations

import functools
import math
import random
import textwrap
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench_harness.backends import Backend
from bench_harness.errors import BackendUnavailableError, SuiteError, UnsupportedOperationError
from bench_harness.measure import invoke, proc, timing
from bench_harness.measure.conditions import conditions, throttle_events
from bench_harness.measure.life import Life
from bench_harness.measure.pace import probe_s, rested_probe_s, wait_for_pace
from bench_harness.measure.subject import Subject, inputs_digest, prepare

MAX_RUNS = 5000
"""An adaptive series ends here at the latest."""


def answer(request: Mapping[str, Any], life: Life, resident_at_start: int | None) -> dict[str, Any]:
    """Return the reply to a request: what was measured, or how it failed."""
    try:
        return {"status": "ok", **measure(request, life, resident_at_start)}
    except UnsupportedOperationError as error:
        return {"status": "unsupported", "reason": str(error)}
    except BackendUnavailableError as error:
        return {"status": "unavailable", "reason": str(error)}
    except invoke.OutputError as error:
        return {"status": "wrong", "reason": str(error)}
    except MemoryError as error:
        return {"status": "out_of_memory", "reason": f"MemoryError: {error}"}
    except Exception as error:
        status = "out_of_memory" if _is_memory_error(error) else "failed"
        reason = str(error) if isinstance(error, SuiteError) else _one_line(error)
        return {"status": status, "reason": reason, "details": traceback.format_exc()}


def measure(
    request: Mapping[str, Any], life: Life, resident_at_start: int | None = None
) -> dict[str, Any]:
    """Take one case through its whole life; see ``docs/architecture.md``.

    Parameters
    ----------
    request : mapping
        As `bench_harness.measure.runner` writes it. With ``outputs_only``, the outputs of the
        first call are all that is wanted.
    life : Life
        Receives the parts that `docs/measurement.md` names.
    resident_at_start : int, optional
        Resident bytes before anything was imported.
    """
    config = request["config"]
    subject = prepare(request, life, config["seed"])
    before, hits = subject.backend.compile_stages_s(), subject.backend.compile_cache_hits()
    with life.part("first_call"):
        output = subject.first_call()
    stages = _gain(before, subject.backend.compile_stages_s())
    found = subject.backend.compile_cache_hits() or 0
    measurement: dict[str, Any] = {}
    cut = None
    if not request["outputs_only"]:
        del output  # two outputs at once would double the peak
        measurement, cut, output = steady_state(subject, request, life)
        measurement |= _memory(subject, resident_at_start)
    gradient = None
    wanted = subject.kernel.gradient_of if config["gradients"] else None
    if wanted is not None and not request["outputs_only"] and request["case"]["dtype"] == "float64":
        from bench_harness.measure.gradient import differentiate

        with life.part("gradient"):
            gradient = differentiate(subject, wanted, Path(request["gradient_path"]))
    with life.part("checks"):
        subject.check_inputs_unchanged()
        subject.check_compiled(cold=config["jit_cache"] == "cold")
        digest = inputs_digest(subject.inputs)
    with life.part("to_host"):
        weak = subject.save(output, Path(request["outputs_path"]))
    measurement |= {
        "interpreter_s": life.sum("interpreter"),
        "import_s": life.sum("import"),
        "init_s": life.sum("init"),
        "setup_s": life.sum("inputs", "to_device", "prepare"),
        "first_call_s": life.sum("load", "first_call"),
        "first_call_stages_s": stages,
        "compile_cache_hits": None if hits is None else found - hits,
        "teardown_s": life.sum("to_host"),
        "inputs_digest": digest,
    }
    return {
        "measurement": measurement,
        "cut": cut,
        "weak": weak,
        "gradient": gradient,
        "backend": describe(subject.backend),
    }


def _gain(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Return what was added to each stage, without those to which nothing was."""
    gains = {stage: seconds - before.get(stage, 0.0) for stage, seconds in after.items()}
    return {stage: seconds for stage, seconds in gains.items() if seconds > 0}


def steady_state(
    subject: Subject, request: Mapping[str, Any], life: Life
) -> tuple[dict[str, Any], str | None, Any]:
    """Take the warm-up and timed runs.

    Returns
    -------
    measured : dict
        Fields of `model.Measurement`.
    cut : str or None
        A note if there were fewer runs than configured.
    output : object
        What the last timed call returned. The outputs of a random earlier timed run are written
        to `earlier_path`: on disk rather than in memory, so that the peak is the kernel's own.
    """
    config, cpus, device = request["config"], request["cpus"], request["case"]["device"]
    earlier_path = Path(request["earlier_path"])
    call, wait, restore = subject.call, subject.wait, subject.restorer()
    overhead = timing.measure_overhead()
    take = functools.partial(timing.take_samples, call, wait, restore=restore, overhead=overhead)
    warmup_runs, timed_runs, cut = config["warmup_runs"], config["timed_runs"], None
    rested_s = rested_probe_s()  # not after the warm-up, which wakes the threads
    warmup: list[float] = []
    estimate = life.sum("first_call")
    if warmup_runs:
        with life.part("warmup"):
            warmup = take(1, 1).times_s
        estimate = warmup[0]
        warmup_runs -= 1
    if not config["exact_runs"] and not config["adaptive"]:
        warmup_runs, timed_runs, cut = fit_runs(
            warmup_runs, timed_runs, estimate, config["time_budget_s"]
        )

    def calls_for(seconds: float) -> int:
        if restore is not None:  # inputs are restored before a run, so a run is one call
            return 1
        return timing.calls_per_run(seconds, config["min_sample_time_s"])

    with life.part("warmup"):
        warmup += take(warmup_runs, calls_for(estimate)).times_s
    # The first calls are slower than the rest: only now is the length of a call known.
    calls = calls_for(min(warmup, default=estimate))
    if request["quiet_pace_s"] is not None:
        with life.part("warmup"):
            wait_for_pace(request["quiet_pace_s"])
            take(1, calls)  # after the wait: caches are cold, and threads asleep
    chosen = random.randrange(timed_runs - 1) if timed_runs > 1 else None
    probes: list[float] = []

    def observe(run: int, output: Any) -> None:
        probes.append(probe_s())
        if run == chosen:
            with life.part("to_host"):
                subject.save(output, earlier_path)

    compiled, throttled = subject.backend.compilations(), throttle_events(cpus)
    with life.part("steady"):
        enough = _enough(config) if config["adaptive"] else None
        samples = take(timed_runs, calls, observe=observe, enough=enough)
    rested_s = min(rested_s, rested_probe_s())
    if enough is not None:
        cut = _shortfall(samples.times_s, config)
    measured = {
        "warmup_times_s": warmup,
        "times_s": samples.times_s,
        "calls_per_run": calls,
        "timer": asdict(overhead),
        "cpu_time_s": samples.cpu_time_s,
        "wall_time_s": samples.wall_time_s,
        "involuntary_switches": samples.involuntary_switches,
        "foreign_cpu_s": samples.foreign_cpu_s,
        "waiting_s": samples.waiting_s,
        "conditions": conditions(device, cpus, throttled),
        "probe_s": min(probes),
        "probe_median_s": sorted(probes)[len(probes) // 2],
        "probe_rested_s": rested_s,
        "compilations_in_steady_state": (
            None if compiled is None else (subject.backend.compilations() or 0) - compiled
        ),
    }
    if timer := subject.backend.device_timer():
        with life.part("device_clock"):
            measured["device_times_s"] = timing.device_samples(
                call, timer, timed_runs, calls, restore
            )
    return measured, cut, samples.last_output


def _enough(config: Mapping[str, Any]) -> Callable[[list[float]], bool]:
    """Return what ends an adaptive series: the median is known well enough, or time is up."""
    from bench_harness.stats.estimates import median_margin  # few workers need it

    deadline = time.monotonic() + config["time_budget_s"]

    def enough(times_s: list[float]) -> bool:
        if time.monotonic() >= deadline or len(times_s) >= MAX_RUNS:
            return True
        return not len(times_s) % 10 and median_margin(times_s) <= config["target"]

    return enough


def _shortfall(times_s: list[float], config: Mapping[str, Any]) -> str | None:
    from bench_harness.stats.estimates import median_margin

    margin = median_margin(times_s)
    if margin <= config["target"]:
        return None
    known = "not known" if math.isinf(margin) else f"known to {margin:.1%}"
    return (
        f"the median is {known} after {len(times_s)} runs, not to {config['target']:.1%} "
        "(--adaptive); a longer --time-budget or a quieter machine"
    )


def fit_runs(
    warmup_runs: int, timed_runs: int, seconds_per_run: float, budget_s: float
) -> tuple[int, int, str | None]:
    """Cut the numbers of runs so that they fit a time budget, and say so.

    Three timed runs are kept at least, since fewer say nothing of their spread; the warm-up is cut
    in the same proportion.
    """
    total = (warmup_runs + timed_runs) * seconds_per_run
    if total <= budget_s:
        return warmup_runs, timed_runs, None
    share = budget_s / total
    kept_warmup, kept = int(warmup_runs * share), max(min(3, timed_runs), int(timed_runs * share))
    if kept < timed_runs:
        cut, effect = f"{kept} of {timed_runs} timed runs", "; intervals are wider"
    elif kept_warmup < warmup_runs:
        cut, effect = f"{kept_warmup} of {warmup_runs} warm-up runs", ""
    else:
        return warmup_runs, timed_runs, None
    note = f"cut to {cut} to fit the time budget of {budget_s:g} s (--time-budget){effect}"
    return kept_warmup, kept, note


def _memory(subject: Subject, at_start: int | None) -> dict[str, Any]:
    peak, baseline, started = proc.peak_rss(), subject.baseline_rss, subject.started_rss
    return {
        "import_rss_bytes": (
            None if started is None or at_start is None else max(0, started - at_start)
        ),
        "baseline_rss_bytes": baseline,
        "peak_rss_bytes": None if peak is None or baseline is None else max(0, peak - baseline),
        "device_peak_bytes": subject.backend.device_peak_bytes(),
    }


def describe(backend: Backend) -> dict[str, Any]:
    """Return what only the running backend knows of itself, as `model.BackendInfo`.

    Its version is what the parent knows too: asking takes a worker 20 ms.
    """
    from threadpoolctl import threadpool_info

    keys = ("user_api", "internal_api", "version", "num_threads", "threading_layer")
    pools = [{key: pool[key] for key in keys if key in pool} for pool in threadpool_info()]
    return {
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
    """Return type and message on one line; notes and long excerpts are in the details."""
    return textwrap.shorten(traceback.format_exception_only(error)[0], 300, placeholder=" ...")
