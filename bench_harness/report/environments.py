"""Where and how a record was measured: as lines, as commands, and as differences."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from bench_harness import units
from bench_harness.facts import facts
from bench_harness.model import Calibration, Cpu, Environment, RunRecord
from bench_harness.report.table import Align, Table


def environment_lines(environment: Environment) -> list[str]:
    """Return the machine in a few lines, as it stands above every table."""
    cpu = environment.cpu
    caches = ", ".join(f"{name} {size}" for name, size in cpu.caches.items())
    gpus = "; ".join(
        f"{gpu.name} ({units.size(gpu.memory_bytes)}, driver {gpu.driver})"
        for gpu in environment.gpus
    )
    packages = ", ".join(f"{name} {version}" for name, version in environment.packages.items())
    lines = [
        f"Host: {environment.host}, {environment.os}",
        f"CPU: {cpu.model}, {_cores(cpu)}"
        + (f", {caches}" if caches else "")
        + (f", governor {cpu.frequency_policy}" if cpu.frequency_policy else ""),
        f"Memory: {units.size(environment.memory_bytes)}",
        f"GPU: {gpus or 'none'}",
        *([f"Allocator: {environment.allocator}"] if environment.allocator else []),
        f"Python {environment.python} ({environment.python_implementation}); {packages}",
    ]
    for name, info in environment.backends.items():
        pools = ", ".join(
            f"{pool.get('internal_api')} {pool.get('version') or ''} with "
            f"{pool.get('num_threads')} threads".replace("  ", " ")
            for pool in info.thread_pools
        )
        if pools:
            lines.append(f"Thread pools of `{name}`: {pools}")
    peaks, found = environment.ceilings, environment.calibration
    if found is not None:
        lines.append(_calibration(found))
    elif "flops_per_s" in peaks and "bytes_per_s" in peaks:
        lines.append(
            f"Measured peaks: {units.rate(peaks['flops_per_s'], 'FLOP/s')} in a float64 matrix "
            f"product, {units.rate(peaks['bytes_per_s'], 'B/s')} read from cache"
        )
    if environment.source is not None:
        state = "with uncommitted changes" if environment.source.dirty else "clean"
        lines.append(f"Commit {environment.source.commit[:12]} ({state})")
    return lines


def _calibration(found: Calibration) -> str:
    rates = [
        f"{units.rate(rate, 'FLOP/s')} in {dtype}" for dtype, rate in found.flops_per_s.items()
    ]
    ends = found.bandwidth[:: max(1, len(found.bandwidth) - 1)]
    rates += [
        f"{units.rate(at.bytes_per_s, 'B/s')} over {units.size(at.working_set_bytes)}"
        for at in ends
    ]
    return f"Calibrated {found.measured_at[:10]} on {found.threads} threads: {', '.join(rates)}"


def _cores(cpu: Cpu) -> str:
    known = [str(count) for count in (cpu.usable_cores, cpu.logical_cores) if count is not None]
    return f"{' of '.join(known) or 'unknown number of'} cores"


def config_lines(record: RunRecord) -> list[str]:
    """Return how the cases were measured."""
    config = record.config
    if record.imported_from is not None:
        return [f"Measured by {record.imported_from}, imported by bench-harness: not verified"]
    beside = f", {config.jobs} cases at a time (so times are rough)" if config.jobs > 1 else ""
    return [
        f"{config.warmup_runs} warm-up and {config.timed_runs} timed runs, "
        f"{config.processes} process{'es' if config.processes > 1 else ''} per case, "
        f"{config.threads} thread{'s' if config.threads > 1 else ''}{beside}, "
        f"{config.jit_cache} JIT cache, seed {config.seed}; bench-harness {record.harness_version}"
    ]


def reproduction(record: RunRecord) -> str:
    """Return the shell commands that repeat a run: the commit, the versions, what was called."""
    environment = record.environment
    lines = [f"# Python {' '.join(environment.python.split())}"]
    if environment.source is not None:
        lines.append(f"git checkout {shlex.quote(environment.source.commit)}")
        if environment.source.dirty:
            lines.append("# and uncommitted changes, which no command brings back")
    versions = [
        shlex.quote(f"{name}=={version}")
        for name, version in environment.packages.items()
        if name != "bench-harness"
    ]
    if versions:
        lines.append(f"pip install {' '.join(versions)}")
    return "\n".join([*lines, *map(shlex.join, [record.argv, *record.resumed_with])])


def record_names(records: Sequence[RunRecord]) -> list[str]:
    """Return a name for each record: the host, with as much more as tells them apart."""
    for name in (
        lambda record: record.environment.host,
        lambda record: f"{record.environment.host}, {record.started_at[:10]}",
        lambda record: f"{record.environment.host}, {record.started_at}",
    ):
        names = [name(record) for record in records]
        if len(set(names)) == len(names):
            return names
    return [f"{name} ({number})" for number, name in enumerate(names, 1)]


def difference_table(records: Sequence[RunRecord]) -> Table:
    """Return the facts of environments and settings in which records differ."""
    found = [facts(record) for record in records]
    names = list(dict.fromkeys(name for facts in found for name in facts))
    rows = [
        [name, *(facts.get(name, units.MISSING) for facts in found)]
        for name in names
        if len({facts.get(name) for facts in found}) > 1
    ]
    columns: list[tuple[str, Align]] = [("Fact", "left")]
    columns += [(name, "left") for name in record_names(records)]
    note = f"{len(names) - len(rows)} further facts are the same in all."
    return Table("Differences between the environments", columns, rows, [note])
