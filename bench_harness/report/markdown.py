"""GitHub-flavoured Markdown: one table, or the report of a whole record."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from tabulate import tabulate

from bench_harness import units
from bench_harness.model import Cpu, Environment, RunRecord
from bench_harness.report import checks, times
from bench_harness.report.findings import findings
from bench_harness.report.table import Table, by_group, by_suite


def render_table(table: Table, heading: str = "###") -> str:
    """Return a table with its heading and notes."""
    parts = [f"{heading} {escape(table.title)}"]
    if table.rows:
        parts.append(
            tabulate(
                [[escape(cell) for cell in row] for row in table.rows],
                headers=[escape(name) for name, _ in table.columns],
                tablefmt="pipe",
                colalign=[align for _, align in table.columns],
                disable_numparse=True,
            )
        )
    if table.notes:
        parts.append("\n".join(f"* {escape(note)}" for note in table.notes))
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """Return text that cannot leave its cell, nor become HTML.

    Records may come from anywhere: a bar would start a column, a ``<`` a tag, a newline a row.
    """
    text = re.sub(r"\s+", " ", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")


def render_report(record: RunRecord, verification: bool = True) -> str:
    """Return the report of a record: findings, environment, tables suite by suite, details."""
    parts = [
        f"# Benchmark report: {escape(record.environment.host)}, {escape(record.started_at)}\n",
        _bullets(findings(record)),
        "## Environment\n",
        _bullets(environment_lines(record.environment) + config_lines(record)),
    ]
    for suite, results in by_suite(record.results):
        parts.append(f"## Suite `{escape(suite)}`\n")
        groups = by_group(results)
        if len(groups) > 1:
            parts.append(render_table(times.suite_table(suite, results, record)))
        parts += [render_table(times.group_table(group, record)) for group in groups]
    for detail in (
        checks.frontier_table(record.results),
        checks.determinism_table(record.results),
        checks.gradient_table(record.results),
    ):
        if detail.rows:
            parts.append(render_table(detail, "##"))
    if verification:
        parts.append(render_table(checks.verification_table(record.results), "##"))
    parts += ["## How to reproduce\n", _fenced(shlex.join(record.argv))]
    return "\n".join(parts)


def _fenced(text: str) -> str:
    """Return text as a code block, in a fence longer than any that the text holds."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}\n{text}\n{fence}\n"


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"* {escape(line)}" for line in lines) + "\n"


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
    if environment.ceilings:
        peaks = environment.ceilings
        lines.append(
            f"Measured peaks: {units.rate(peaks['flops_per_s'], 'FLOP/s')} in a float64 matrix "
            f"product, {units.rate(peaks['bytes_per_s'], 'B/s')} read from cache"
        )
    if environment.source is not None:
        state = "with uncommitted changes" if environment.source.dirty else "clean"
        lines.append(f"Commit {environment.source.commit[:12]} ({state})")
    return lines


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
