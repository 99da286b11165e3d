"""The records that travel as JSON: what was asked, on what machine, and what came out.

Raw samples are the truth; every statistic can be derived from them again. All records are
frozen. `docs/result-format.md` describes them for readers of the files.
"""

from __future__ import annotations

import fnmatch
import math
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FLOAT64_ROUNDING = 2.0**-53

SEGMENTS = 6
"""Parts of a case id."""

SCHEMA_VERSION: Literal[1] = 1

Status = Literal[
    "ok",
    "wrong",
    "unchecked",
    "failed",
    "timeout",
    "crashed",
    "out_of_memory",
    "skipped",
    "unsupported",
    "unavailable",
]
"""How a case ended; `docs/result-format.md` defines each."""

BROKEN: frozenset[str] = frozenset(
    {"wrong", "unchecked", "failed", "timeout", "crashed", "out_of_memory"}
)
"""Statuses of cases that ran and gave nothing to trust: a run with one exits with 1."""

NOT_RUN: frozenset[str] = frozenset({"skipped", "unsupported", "unavailable"})
"""Statuses of cases of which nothing was run."""

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Tolerance = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]


class Record(BaseModel):
    """Base of all records: frozen, strict about names, types and non-finite numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


Identifier = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$")]
Segment = Annotated[str, Field(pattern=r"^[^./\s\x00-\x1f\x7f-\x9f][^/\s\x00-\x1f\x7f-\x9f]*$")]
"""One part of a case id: no separator, space or control character, so that an id has six parts
and is one line; and no dot in front, so that it is no path that climbs."""


class Case(Record):
    """Kernel x preset x backend[.variant] x device x dtype."""

    suite: Identifier
    kernel: Identifier
    preset: Segment
    params: dict[str, Any]
    backend: Identifier
    variant: Annotated[str, Field(pattern=r"^\w*$")] = ""
    device: Segment = "cpu"
    dtype: Identifier = "float64"

    @property
    def kernel_id(self) -> str:
        """``"suite/kernel"``."""
        return f"{self.suite}/{self.kernel}"

    @property
    def label(self) -> str:
        """``"torch.compile"``."""
        return f"{self.backend}.{self.variant}" if self.variant else self.backend

    @property
    def id(self) -> str:
        """``suite/kernel/preset/backend[.variant]/device/dtype``, what selectors match."""
        return "/".join((self.group_id, self.label, self.device, self.dtype))

    @property
    def group_id(self) -> str:
        """``suite/kernel/preset``: the cases that compute the same thing."""
        return f"{self.suite}/{self.kernel}/{self.preset}"


def matches(case_id: str, selector: str) -> bool:
    """Tell whether a selector's glob matches a case id, segment by segment.

    A selector with fewer than six segments matches whatever follows; a preset matches its
    variations too (``spa`` matches ``spa:mu=1.5``).
    """
    globs = selector.split("/")
    if len(globs) > SEGMENTS:
        return False
    segments = case_id.split("/")
    globs += ["*"] * (SEGMENTS - len(globs))
    return all(
        fnmatch.fnmatchcase(segment, glob)
        or (position == 2 and fnmatch.fnmatchcase(segment.partition(":")[0], glob))
        for position, (segment, glob) in enumerate(zip(segments, globs, strict=True))
    )


def preset_label(preset: str, changed: dict[str, Any]) -> str:
    """Return a preset's name in case ids: ``default``, or ``default:n=10`` where changed.

    A path keeps its last part only and other characters that separate or match are replaced,
    so that an id is one line of six segments.
    """
    if not changed:
        return preset
    parts = (f"{name}={str(value).split('/')[-1]}" for name, value in changed.items())
    return re.sub(r"[^\w.=:,+-]", "_", f"{preset}:{','.join(parts)}")


class RunConfig(Record):
    """How every case of a run is measured."""

    warmup_runs: Count = 5
    timed_runs: Annotated[int, Field(ge=1)] = 20
    exact_runs: bool = True
    """False if the numbers of runs may be cut to fit `time_budget_s`."""
    time_budget_s: Seconds = 10.0
    """What the warm-up and timed runs of one case may take together."""
    adaptive: bool = False
    """Runs go on until the median is known to `target`, or the time budget is spent."""
    target: Annotated[float, Field(gt=0)] = 0.01
    """Half the width of the median's interval within a process, over the median."""
    processes: Annotated[int, Field(ge=1)] = 1
    retry_noisy: Count = 0
    """How often a process that others disturbed or slowed is measured again."""
    one_thread: bool = False
    """Every case is measured on one thread as well."""
    memory_limit_bytes: Annotated[int, Field(ge=1)] | None = None
    """A process that has more resident is killed, with what it started."""
    min_sample_time_s: Seconds = 1e-3
    """A run repeats the call until it lasts this long, so that the clock does not matter."""
    threads: Annotated[int, Field(ge=1)] = 1
    jobs: Annotated[int, Field(ge=1)] = 1
    """Cases measured at a time, each on cores of its own: for checking rather than for timing."""
    timeout_s: Annotated[float, Field(gt=0)] = 600.0
    seed: Count = 0
    jit_cache: Literal["cold", "warm"] = "cold"
    check_determinism: bool = False
    gradients: bool = False
    rtol: Tolerance | None = None
    """Given by the user: replaces the relative part of every kernel's budget."""
    atol: Tolerance | None = None


class SteadyState(Record):
    """Whether a series of timed runs has settled, and how; see `stats.steady`."""

    kind: Literal["flat", "warm-up", "drift", "cyclic", "multimodal", "quantised", "none"]
    steady_from: Count = 0
    """First run of the level that a warm-up settles to."""
    detail: str = ""
    settled: bool
    """True if one number describes the series."""


class Timer(Record):
    """The clock and the timed loop of one worker, as measured there."""

    loop_s: Seconds
    """Per call, already taken off the times: a turn of the loop around an empty call."""
    read_s: Seconds
    """Per run, already taken off: reading the clock twice."""
    resolution_s: Seconds
    """Smallest step of the clock that was seen."""


class Conditions(Record):
    """What the machine was doing when the timed runs ended, as far as it tells."""

    load_average: Number | None = None
    """Over the last minute, of all cores."""
    frequency_mhz: Number | None = None
    """Mean over the case's cores."""
    temperature_c: Number | None = None
    """Of the hottest sensor of the processor."""
    throttle_events: Count | None = None
    """Times the processor was slowed down for heat during the timed runs."""
    gpu_clock_mhz: Number | None = None
    gpu_temperature_c: Number | None = None
    gpu_throttle_reasons: list[str] = []


class Measurement(Record):
    """What one worker process measured of one case.

    A worker fills in all fields but the last optional ones; None elsewhere means unknown, as in
    records that were imported from another tool.
    """

    interpreter_s: Seconds | None = None
    """From the parent's request to the first line of the worker."""
    import_s: Seconds | None = None
    init_s: Seconds | None = None
    setup_s: Seconds | None = None
    """Inputs made from the seed and moved to the device."""
    first_call_s: Seconds | None = None
    """Load of the implementation and first call, compilation included, synchronised."""
    warmup_times_s: list[Seconds]
    times_s: Annotated[list[Seconds], Field(min_length=1)]
    """Seconds per call, one entry for each timed run, in order, without what `timer` says the
    loop itself takes."""
    device_times_s: list[Seconds] = []
    """The same by the device's own clock (CUDA events), calls queued without waiting between."""
    timer: Timer | None = None
    steady_state: SteadyState | None = None
    """None for too few runs to tell."""
    calls_per_run: Annotated[int, Field(ge=1)]
    first_call_stages_s: dict[str, Seconds] = {}
    """Of the first call, where the framework tells: ``trace``, ``lower``, ``compile``."""
    compile_cache_hits: Count | None = None
    """Programs of the first call that came from a compile cache; None where it is untold."""
    teardown_s: Seconds | None = None
    """Outputs moved back to the host and written."""
    cpu_time_s: Seconds | None = None
    """CPU seconds of the process over the timed runs."""
    wall_time_s: Seconds | None = None
    involuntary_switches: Count | None = None
    """Times the kernel took the processor away during the timed runs."""
    waiting_s: Seconds | None = None
    """Time for which this process's threads were ready to run, summed, and had no core."""
    foreign_cpu_s: Seconds | None = None
    """CPU seconds that others took on this case's cores during the timed runs."""
    probe_s: Seconds | None = None
    """Fastest pass of a fixed loop between the timed runs: the pace of the core at the time."""
    probe_median_s: Seconds | None = None
    """Median pass of that loop."""
    probe_rested_s: Seconds | None = None
    """Fastest pass before and after the timed runs, at rest: the clock is not lowered by the case's
    own instructions, and its other threads are asleep."""
    peak_rss_bytes: Count | None = None
    """Peak resident memory from the first call on, above what was resident before it."""
    baseline_rss_bytes: Count | None = None
    """Resident before the first call: interpreter, framework, inputs."""
    import_rss_bytes: Count | None = None
    """Resident memory that importing and starting the framework added."""
    device_peak_bytes: Count | None = None
    compilations_in_steady_state: Count | None = None
    inputs_digest: str | None = None
    sequence: Count | None = None
    """Place of this process among all that were measured in the run."""
    noisy_attempts: Count = 0
    """Processes of this case thrown away, since others disturbed them more."""
    conditions: Conditions | None = None
    phases_s: dict[str, Seconds] = {}
    """The worker's whole life by part, in the order in which the parts began; they sum to
    `worker_wall_s`. `docs/measurement.md` names them."""
    worker_wall_s: Seconds | None = None
    """From the parent's request to the worker's end, by the parent's clock."""


class OutputCheck(Record):
    """One output against the reference (or the truth); see `verify.compare.OutputReport`."""

    name: str
    passed: bool
    problem: str | None = None
    compared: bool = True
    max_abs_err: Number | None = None
    max_rel_err: Number | None = None
    max_ulp: Number | None = None
    budget_used: Number | None = None
    worst_index: list[int] | None = None
    worst_value: str | None = None
    worst_reference: str | None = None
    budget_reason: str = ""


class InvariantCheck(Record):
    """One invariant as measured."""

    name: str
    passed: bool
    value: Number | None = None
    limit: Number
    reason: str = ""
    problem: str | None = None


class Verification(Record):
    """The verdict on the outputs of the last timed run, and of a random earlier one."""

    reference: str
    passed: bool
    failures: list[str] = []
    outputs: list[OutputCheck] = []
    checks: list[InvariantCheck] = []
    truth: list[OutputCheck] = []

    @property
    def max_rel_err(self) -> float | None:
        """The largest relative error of the outputs that are compared entry by entry."""
        errors = [o.max_rel_err for o in self.outputs if o.max_rel_err is not None]
        return max(errors, default=None)

    @property
    def correct_digits(self) -> float | None:
        """Decimal digits of the worst output that agree with the truth; None without one.

        Relative to what the output's budget is relative to, and at most the digits that the
        output's own rounding leaves.
        """
        errors = [o.max_rel_err for o in self.truth if o.max_rel_err is not None]
        return -math.log10(max(*errors, FLOAT64_ROUNDING)) if errors else None

    @property
    def budget_used(self) -> float | None:
        """The largest share of a budget or limit that any output or check uses."""
        used = [o.budget_used for o in self.outputs if o.budget_used is not None]
        used += [c.value / c.limit for c in self.checks if c.value is not None and c.limit > 0]
        return max(used, default=None)


class Derivative(Record):
    """The derivative along one input, by autodiff and by differences of the reference."""

    name: str
    value: Number
    difference: Number
    step: Number
    uncertainty: Number
    rel_err: Number
    passed: bool
    method: Literal["central differences", "complex step"] = "central differences"
    """How `difference` was computed."""
    problem: str | None = None


class GradientResult(Record):
    """What a backend's autodiff gave for a kernel's `gradient_of`."""

    mode: Literal["reverse", "forward"] | None = None
    gradient_s: Seconds | None = None
    """Seconds for one gradient, the forward computation included."""
    problem: str | None = None
    """Why there is none, or how it differs from another backend's."""
    unsupported: str | None = None
    """Why this form has no derivative, as the kernel says; not a failure."""
    passed: bool = False
    derivatives: list[Derivative] = []
    max_difference_between_backends: Number | None = None
    """Largest relative difference from the first backend of the run that gave one."""


class Agreement(Record):
    """How closely two runs of one case agree."""

    bitwise: bool
    max_ulp: Number | None = None
    """Units in the last place; None where the two differ in more than rounding."""


class Determinism(Record):
    """Whether a result depends on the call, the process or the number of threads."""

    repeats: Agreement | None = None
    """Two timed runs of one process."""
    processes: Agreement | None = None
    """Two processes."""
    threads: Agreement | None = None
    """One thread and all threads."""


class FigureValue(Record):
    """A number of the domain, as a column of the table."""

    label: str
    value: Number | int | str
    decimals: Count = 6


class Summary(Record):
    """Derived numbers for people with ``jq``; ignored on load."""

    first_call_ms: Number | None
    steady_mean_ms: Number
    steady_median_ms: Number
    steady_ci95_ms: tuple[Number, Number]
    jit_ms: Number | None
    steady_mad_ms: Number | None = None
    steady_quantiles_ms: dict[str, Number] = {}
    outliers: Count | None = None
    settled: bool = True
    speedup_vs_reference: Number | None = None
    break_even_calls: int | None = None
    gradient_over_forward: Number | None = None


class CaseResult(Record):
    """One case and everything that came of it."""

    case: Case
    status: Status
    reason: str | None = None
    measurements: list[Measurement] = []
    """One for each process."""
    one_thread: list[Measurement] = []
    """The same on one thread, where that was asked for."""
    verification: Verification | None = None
    determinism: Determinism | None = None
    gradient: GradientResult | None = None
    figures: list[FigureValue] = []
    warnings: list[str] = []
    """Doubts about the numbers, each with its remedy."""
    notes: list[str] = []
    """What a reader must know of the implementation, as its file says."""
    flops: Number | None = None
    nbytes: Number | None = None
    details: str | None = None
    """Traceback, or the last lines the worker wrote to stderr."""


class Cpu(Record):
    """The processor as the operating system describes it."""

    model: str
    physical_cores: Count | None = None
    logical_cores: Count | None = None
    usable_cores: Count | None = None
    """Cores this process may run on."""
    caches: dict[str, str] = {}
    frequency_mhz: Number | None = None
    frequency_policy: str | None = None


class Gpu(Record):
    """One accelerator."""

    name: str
    memory_bytes: Count
    driver: str


class BackendInfo(Record):
    """One backend on this machine, as seen from a worker."""

    version: str | None = None
    usable: bool
    reason: str | None = None
    devices: list[str] = []
    features: list[str] = []
    thread_pools: list[dict[str, Any]] = []
    """As threadpoolctl reports them: library, version, number of threads."""
    runtime: dict[str, Any] = {}


class Source(Record):
    """The commit that the suites were at."""

    commit: str
    dirty: bool
    branch: str | None = None


class Bandwidth(Record):
    """The fastest memory traffic over one size of working set, of all cores together."""

    working_set_bytes: Count
    bytes_per_s: Number


class Calibration(Record):
    """What a machine can do at most, as ``bench-harness calibrate`` measured it."""

    measured_at: str
    machine: str
    """As `environment.machine_key` names it."""
    threads: Count
    flops_per_s: dict[str, Number]
    """Of a matrix product, by dtype."""
    bandwidth: list[Bandwidth]
    """In order of the working set."""
    latency_s: dict[str, Number]
    """Of an operation that needs the result of the one before, by operation, float64."""
    call_s: dict[str, Number]
    """Of the smallest call, by backend."""


class Environment(Record):
    """Where a run happened."""

    host: str
    os: str
    python: str
    python_implementation: str
    cpu: Cpu
    memory_bytes: Count | None = None
    gpus: list[Gpu] = []
    packages: dict[str, str] = {}
    variables: dict[str, str] = {}
    backends: dict[str, BackendInfo] = {}
    compiler: str | None = None
    allocator: str | None = None
    """The C library of the processes that measure, and what it does with freed memory; None also
    in records from before it was told anything."""
    clock: dict[str, Any] = {}
    ceilings: dict[str, Number] = {}
    """Peak rates measured before the run, at its number of threads: ``flops_per_s`` of a float64
    matrix product, ``bytes_per_s`` read from cache."""
    calibration: Calibration | None = None
    """The machine's calibration at the run's number of threads, if there is one."""
    source: Source | None = None


class RunRecord(Record):
    """One run: the result file."""

    schema_version: Literal[1] = SCHEMA_VERSION
    run_id: str
    started_at: str
    finished_at: str | None = None
    harness_version: str
    imported_from: str | None = None
    """The tool that measured, where a record was imported: `config` then says nothing that the
    tool's file did not say, but for `processes` and `timed_runs`."""
    argv: list[str]
    resumed_with: list[list[str]] = []
    """The commands that went on with the run, in order; they may have asked for other cases."""
    config: RunConfig
    environment: Environment
    results: list[CaseResult]

    def result(self, case_id: str) -> CaseResult | None:
        """Return the result of one case, or None."""
        return next((r for r in self.results if r.case.id == case_id), None)
