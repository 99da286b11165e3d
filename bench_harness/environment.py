"""The machine, as far as it explains a number. Nothing here imports a framework."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import os
import platform
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import psutil

from bench_harness import allocator
from bench_harness.model import Cpu, Environment, Gpu, Source

PACKAGES = (
    "bench-harness",
    "numpy",
    "scipy",
    "numba",
    "llvmlite",
    "torch",
    "triton",
    "jax",
    "jaxlib",
    "nvidia-cupynumeric",
    "legate",
    "pydantic",
)
"""Distributions whose versions can move a number."""

VARIABLES = (
    "OMP_NUM_THREADS",
    "OMP_WAIT_POLICY",
    "OPENBLAS_NUM_THREADS",
    "OPENBLAS_CORETYPE",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "NUMBA_THREADING_LAYER",
    "XLA_FLAGS",
    "JAX_PLATFORMS",
    "LEGATE_CONFIG",
    "CUDA_VISIBLE_DEVICES",
    "MALLOC_ARENA_MAX",
    *allocator.VARIABLES,
)
"""The variables that are recorded; no other is, since others may hold secrets."""

CPU_FOLDER = Path("/sys/devices/system/cpu/cpu0")


def usable_cpus() -> list[int]:
    """Return the cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def collect(suites: Path | None = None) -> Environment:
    """Return what is known of this machine.

    Parameters
    ----------
    suites : Path, optional
        A folder whose git commit is recorded.
    """
    return Environment(
        host=platform.node() or "unknown",
        os=_os_name(),
        python=platform.python_version(),
        python_implementation=platform.python_implementation(),
        cpu=_cpu(),
        memory_bytes=psutil.virtual_memory().total,
        gpus=gpus(),
        packages=_packages(),
        variables={name: os.environ[name] for name in VARIABLES if name in os.environ},
        compiler=_compiler(),
        allocator=allocator.describe(),
        clock=_clock(),
        source=source(suites or Path.cwd()),
    )


def fingerprint(environment: Environment) -> dict[str, str]:
    """Return what makes a machine the same machine, by name, as text.

    Hardware only. Host names change with every runner of a CI service, clock frequencies with
    the weather, kernels and packages with every update: none of them is part of it.
    """
    cpu = environment.cpu
    memory = environment.memory_bytes
    return {
        "cpu": cpu.model,
        "cores": "unknown" if cpu.logical_cores is None else str(cpu.logical_cores),
        # What the firmware keeps for itself moves the last digits.
        "memory": "unknown" if memory is None else f"{memory / 2**30:.0f} GiB",
        "gpus": ", ".join(sorted(gpu.name for gpu in environment.gpus)) or "none",
    }


def machine_key(environment: Environment) -> str:
    """Return eight hexadecimal digits that are equal for equal fingerprints."""
    text = "\n".join(f"{name}={value}" for name, value in fingerprint(environment).items())
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _os_name() -> str:
    name = platform.platform()
    with contextlib.suppress(OSError):
        name = f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {name}"
    return name


def _packages() -> dict[str, str]:
    versions = {}
    for name in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    return versions


def _cpu() -> Cpu:
    frequency = None
    with contextlib.suppress(Exception):  # psutil raises what it likes on odd machines
        frequency = psutil.cpu_freq()
    return Cpu(
        model=_cpu_model(),
        physical_cores=psutil.cpu_count(logical=False),
        logical_cores=psutil.cpu_count() or 1,
        usable_cores=len(usable_cpus()),
        caches=_caches(),
        frequency_mhz=frequency.current if frequency else None,
        frequency_policy=_read(CPU_FOLDER / "cpufreq/scaling_governor"),
    )


def _cpu_model() -> str:
    with contextlib.suppress(OSError), open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    import cpuinfo  # takes a second, so only where the system file does not tell

    return str(cpuinfo.get_cpu_info().get("brand_raw", platform.processor()))


def _caches() -> dict[str, str]:
    caches = {}
    for folder in sorted(CPU_FOLDER.glob("cache/index*")):
        level, kind, size = (_read(folder / name) for name in ("level", "type", "size"))
        if level and size:
            caches[f"L{level}{'i' if kind == 'Instruction' else ''}"] = size
    return caches


def _read(path: Path) -> str | None:
    with contextlib.suppress(OSError):
        return path.read_text().strip()
    return None


def gpus() -> list[Gpu]:
    """Return the NVIDIA GPUs that the driver reports; an empty list where there is none."""
    try:
        import pynvml

        pynvml.nvmlInit()
    except Exception:  # not installed, or no driver
        return []
    try:
        driver = str(pynvml.nvmlSystemGetDriverVersion())
        handles = [
            pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())
        ]
        return [
            Gpu(
                name=str(pynvml.nvmlDeviceGetName(handle)),
                memory_bytes=pynvml.nvmlDeviceGetMemoryInfo(handle).total,
                driver=driver,
            )
            for handle in handles
        ]
    finally:
        pynvml.nvmlShutdown()


def gpu_present() -> bool:
    """Tell whether there is a GPU, also where nvidia-ml-py is not installed."""
    return bool(gpus()) or Path("/dev/nvidia0").exists()


def _compiler() -> str | None:
    for name in ("c++", "g++", "clang++"):
        if path := shutil.which(name):
            return _first_line([path, "--version"])
    return None


def _clock() -> dict[str, Any]:
    info = time.get_clock_info("perf_counter")
    source = _read(Path("/sys/devices/system/clocksource/clocksource0/current_clocksource"))
    ticks = sorted(_tick() for _ in range(100))
    return {
        "name": info.implementation,
        "resolution_s": info.resolution,
        "read_s": ticks[len(ticks) // 2],
        "source": source,
    }


def _tick() -> float:
    start = time.perf_counter()
    return time.perf_counter() - start


def source(folder: Path) -> Source | None:
    """Return the commit that a folder is at; None outside a repository."""
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return None
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return Source(
        commit=commit,
        dirty=bool(changes),
        branch=_git(folder, "rev-parse", "--abbrev-ref", "HEAD"),
    )


def _git(folder: Path, *words: str) -> str | None:
    return _first_line(["git", "-C", str(folder), *words])


def _first_line(command: list[str]) -> str | None:
    """Return the first line a command prints (it may be empty); None if it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.partition("\n")[0].strip() if done.returncode == 0 else None
