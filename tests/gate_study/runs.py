"""Real gate runs: a repository of its own, revisions with a planted slow-down, one gate after
the other. Each run leaves its comparison; a second call goes on where the first ended."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np

from bench_harness.functions import definition, parameters, suite_function
from tests.gate_study.cases import EFFECTS, GATED, NATIVE, SUITES

ROOT = Path(__file__).resolve().parents[2]
EQUAL, PLANTED = 40, 24
"""Runs on equal revisions, and on slowed ones."""
CALIBRATION_S, TURN_S = 6.0, 2e-4
ROUND_S = 5.5e-9
"""About what a round of the planted loop takes; what it takes is measured."""

SLOWED = '''

def _slowed(function):
    """Plant a slow-down: a loop of a known length before every call."""
    import functools
    from itertools import repeat

    @functools.wraps(function)
    def slower(*args):
        for _ in repeat(None, {rounds}):
            pass
        return function(*args)

    return slower


{name} = _slowed({name})
'''


def git(repo: Path, *words: str) -> None:
    """Run git as nobody in particular."""
    who = ["-c", "user.name=study", "-c", "user.email=study@localhost"]
    subprocess.run(["git", "-C", str(repo), *who, *words], check=True, stdout=subprocess.DEVNULL)


def rounds_for(selector: str) -> dict[int, int]:
    """Return how many rounds slow a case down by each of the planted effects.

    Measured with the kernel itself, since beside its work a round takes another time than alone:
    plain and slowed by about the effects, in short turns, one after the other, for seconds, since
    a core can be slowed by its neighbours for as long.
    """
    suite, name, preset, backend = selector.split("/")
    kernel_id = f"{suite}/{name}"
    kernel, _ = definition(kernel_id)
    inputs = kernel.make(0, "float64", kernel.presets[preset])
    implementation = suite_function(kernel_id, backend, "", "cpu")
    plain, args = implementation.function, []
    for parameter in parameters(kernel_id):
        value = inputs[parameter]
        is_array = isinstance(value, np.ndarray)
        args.append(implementation.backend.from_numpy(value) if is_array else value)
    first = min(_turn_s(plain, args, 1) for _ in range(100))
    guesses = [round(effect / 100 * first / ROUND_S) for effect in EFFECTS]
    functions = (plain, *(_slowed(plain, rounds) for rounds in guesses))
    calls = max(1, round(TURN_S / first))
    turns: list[list[float]] = [[] for _ in functions]
    deadline = time.perf_counter() + CALIBRATION_S
    while time.perf_counter() < deadline:
        for function, times in zip(functions, turns, strict=True):
            times.append(_turn_s(function, args, calls))
    plain_s, *slowed_s = (float(np.quantile(times, 0.01)) for times in turns)
    added = np.subtract(slowed_s, plain_s)
    slope, start = np.polyfit(guesses, added, 1)
    return {effect: round((effect / 100 * plain_s - start) / slope) for effect in EFFECTS}


def _slowed(function: Callable[..., Any], rounds: int) -> Callable[..., Any]:
    namespace: dict[str, Any] = {"kernel": function}
    exec(SLOWED.format(name="kernel", rounds=rounds), namespace)
    slower: Callable[..., Any] = namespace["kernel"]
    return slower


def _turn_s(function: Callable[..., Any], args: Sequence[Any], calls: int) -> float:
    start = time.perf_counter()
    for _ in repeat(None, calls):
        function(*args)
    return (time.perf_counter() - start) / calls


@dataclass(frozen=True)
class Run:
    """A gate run: its name, head revision, and by how many percent which cases are slowed."""

    name: str
    head: str = "main"
    slowed: Mapping[str, int] = field(default_factory=dict)


def schedule(equal: int = EQUAL, planted: int = PLANTED) -> list[Run]:
    """Return all runs, the kinds mixed so that none has the night.

    A slowed head has two slow kernels, one by each effect, the smaller in a native one. Each is
    an effect to be found on its own, and harder to find than alone: confirmations share the
    false alarms that are let pass.
    """
    large, small = max(EFFECTS), min(EFFECTS)
    runs = []
    for i in range(max(equal, planted)):
        if i < planted:
            slowed = {GATED[i % len(GATED)]: large, NATIVE[(i + 1) % len(NATIVE)]: small}
            head = "slow-" + "-and-".join(f"{slowed[s]}-{s.replace('/', '-')}" for s in slowed)
            runs.append(Run(f"slow-{i:03}", head, slowed))
        # Half as many equal ones at a time: what is cut short still has some of each.
        runs += [Run(f"equal-{i // 2:03}")] if i < planted and i % 2 else []
    done = sum(run.head == "main" for run in runs)
    return runs + [Run(f"equal-{i:03}") for i in range(done, equal)]


def make_repository(repo: Path) -> None:
    """Make a repository of the suites, with a branch for every slowed head."""
    for suite in SUITES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "suites" / suite, repo / "suites" / suite, ignore=ignored)
    git(repo, "init", "-q", "-b", "main")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "Suites as they are")
    rounds = {selector: rounds_for(selector) for selector in GATED}
    for run in {run.head: run for run in schedule() if run.slowed}.values():
        git(repo, "checkout", "-q", "-b", run.head, "main")
        lines = []
        for selector, effect in run.slowed.items():
            suite, kernel, _, backend = selector.split("/")
            file = repo / "suites" / suite / kernel / f"{kernel}_{backend}.py"
            with file.open("a") as text:
                text.write(SLOWED.format(name=kernel, rounds=rounds[selector][effect]))
            lines.append(f"{selector}: {effect} % slower, {rounds[selector][effect]} rounds")
        git(repo, "commit", "-q", "-a", "-m", "; ".join(lines))
    git(repo, "checkout", "-q", "main")


def run_all(folder: Path, limit_s: float, only: str = "") -> None:
    """Run what is still missing of the schedule, for so many seconds at most.

    With `only`, the beginning of a name, another call may run the rest at the same time.
    """
    started = time.monotonic()
    for run in schedule():
        output = folder / "runs" / run.name
        if (output / "comparison.json").exists() or not run.name.startswith(only):
            continue
        if time.monotonic() - started > limit_s:
            return
        shutil.rmtree(output, ignore_errors=True)
        command = [sys.executable, "-m", "bench_harness", "gate", "--base", "main"]
        command += ["--head", run.head, *GATED, "--output", str(output), "--quiet"]
        env = {**os.environ, "PYTHONPATH": os.environ.get("PYTHONPATH", str(ROOT))}
        done = subprocess.run(
            command, cwd=folder / "repo", env=env, capture_output=True, text=True, check=False
        )
        if output.is_dir():
            ended = {"slowed": dict(run.slowed), "code": done.returncode}
            (output / "exit.json").write_text(json.dumps(ended))
        print(
            run.name,
            done.returncode,
            done.stderr[-300:] if done.returncode not in (0, 3) else "",
            flush=True,
        )
