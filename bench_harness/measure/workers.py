"""How the parent calls its processes: with what request, environment, cores and time limit."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from bench_harness.backends import Backend, Host, get_adapter
from bench_harness.environment import usable_cpus
from bench_harness.model import RunConfig
from bench_harness.plan import PlannedCase
from bench_harness.preloaded import FIRST
from bench_harness.process import Launcher, Outcome

CEILINGS = "bench_harness.measure.ceilings"
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


def cores(threads: int, slot: int = 0, usable: Sequence[int] | None = None) -> list[int]:
    """Return the cores of a process: the last ones, since the first serve the interrupts.

    Parameters
    ----------
    threads : int
    slot : int
        0 for the last cores, 1 for those before them, and so on.
    usable : sequence of int, optional
        The cores to choose from, instead of those that this process may use now.
    """
    cpus = list(usable or usable_cpus())[::-1]
    return sorted(cpus[slot * threads : (slot + 1) * threads]) or sorted(cpus)


@dataclass
class Workers:
    """Calls processes for the cases of one run.

    Parameters
    ----------
    config : RunConfig
    launcher : Launcher
    python : str
        The interpreter of workers and judges.
    variables : mapping of str to str
        Variables that they are started with, on top of this process's own.
    cache : Path, optional
        Where compiled code is kept, instead of ``--jit-cache``'s own places.
    """

    config: RunConfig
    launcher: Launcher = field(default_factory=Launcher)
    python: str = sys.executable
    variables: Mapping[str, str] = field(default_factory=dict)
    cache: Path | None = None
    usable: Sequence[int] = field(default_factory=usable_cpus)
    """Cores as they were in the beginning: a worker can change its parent's affinity."""

    def call(
        self,
        module: str,
        planned: PlannedCase,
        extra: Mapping[str, Any],
        *,
        threads: int | None = None,
        seed: int | None = None,
        slot: int = 0,
    ) -> Outcome:
        """Run `module` in the backend's own environment, pinned to its cores.

        Parameters
        ----------
        module : str
            What to run.
        planned : PlannedCase
            The case it is about.
        extra : mapping
            What the request says beyond case, settings and paths.
        threads, seed : int, optional
            Other than the run's.
        slot : int
            Which share of the cores to use, where several cases run at a time.
        """
        assert planned.implementation is not None
        config, case = self.config, planned.case
        if seed is not None:
            config = config.model_copy(update={"seed": seed})
        threads = threads or config.threads
        with tempfile.TemporaryDirectory(prefix="cache-") as empty:
            warm = config.jit_cache == "warm"
            kept = self.cache or Path(platformdirs.user_cache_dir("bench-harness")) / "jit"
            cache = kept if warm else empty
            adapter = get_adapter(case.backend)
            suites = planned.folder.path.parent.parent if warm else None
            env = _variables(adapter, Host(case.device, threads, Path(cache), suites))
            framework = adapter.imported_first or adapter.module
            request = {
                "imported_first": framework,
                "variables": env,
                "case": case.model_dump(mode="json"),
                "config": config.model_dump(mode="json"),
                "kernel_path": str(planned.folder.path),
                "implementation_path": str(planned.implementation.path),
                "cache_dir": str(cache),
                "cpus": cores(threads, slot, self.usable),
                "threads": threads,
                **extra,
            }
            # Side by side times are rough anyway, and to import the framework takes longer than
            # most cases. What it is forked from serves cases with any cache.
            forked = config.jobs > 1 and adapter.can_fork and case.device == "cpu"
            if forked:
                nowhere = Host(case.device, threads, Path(os.devnull))
                env = {**_variables(adapter, nowhere), FIRST: framework}
            return self._start(module, request, env, config.timeout_s, preloaded=forked)

    def ceilings(self) -> dict[str, float]:
        """Return the peak rates of this machine at the run's threads; empty if that fails."""
        threads = self.config.threads
        env = dict.fromkeys(THREAD_VARIABLES, str(threads))
        request = {"cpus": cores(threads, 0, self.usable)}
        outcome = self.launcher.call(CEILINGS, request, env=env, timeout_s=self.config.timeout_s)
        return outcome.reply or {}

    def judge(self, module: str, request: Mapping[str, Any]) -> Outcome:
        """Run `module` on one thread: its pools would still spin when the next case starts."""
        env = dict.fromkeys(THREAD_VARIABLES, "1")
        return self._start(module, request, env, self.config.timeout_s, preloaded=True)

    def _start(
        self,
        module: str,
        request: Mapping[str, Any],
        env: Mapping[str, str],
        timeout_s: float,
        preloaded: bool = False,
    ) -> Outcome:
        return self.launcher.call(
            module,
            request,
            env={**self.variables, **env},
            timeout_s=timeout_s,
            python=self.python,
            preloaded=preloaded,
        )


def _variables(adapter: Backend, host: Host) -> dict[str, str]:
    return {**dict.fromkeys(THREAD_VARIABLES, str(host.threads)), **adapter.worker_env(host)}
