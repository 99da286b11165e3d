"""Real gate runs: a repository of its own, revisions with a planted slow-down, one gate after
the other. Each run leaves its comparison; a second call goes on where the first ended."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np

from bench_harness.functions import definition, parameters, suite_function
from bench_harness.measure.pace import probe_s
from bench_harness.stats.pace import MAX_SLOWER
from tests.gate_study.cases import EFFECTS, GATED, NATIVE, SUITES

ROOT = Path(__file__).resolve().parents[2]
EQUAL, PLANTED = 40, 8
"""Runs on equal revisions, and on slowed ones."""
PASSES, PASS_S, TURN_S = 6, 1.0, 2e-4
ROUND_S = 5.5e-9
"""About what a round of the planted loop takes; what it takes is measured."""
IN_WORKER = 1.15
"""So much longer a round takes in the gate's workers: pilot runs with loops as calibrated were
slowed by 10.9 and 11.6 % for 10, and by 5.8 and 6.0 % for 5."""

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


def call_of(selector: str) -> Callable[[], Any]:
    """Return the call of a case, as the gate's workers make it."""
    suite, name, preset, backend = selector.split("/")
    kernel_id = f"{suite}/{name}"
    kernel, _ = definition(kernel_id)
    inputs = kernel.make(0, "float64", kernel.presets[preset])
    implementation = suite_function(kernel_id, backend, "", "cpu")
    args = []
    for parameter in parameters(kernel_id):
        value = inputs[parameter]
        is_array = isinstance(value, np.ndarray)
        args.append(implementation.backend.from_numpy(value) if is_array else value)
    return functools.partial(implementation.function, *args)


class Calibration:
    """How many rounds slow a case down by each of the planted effects.

    Measured with the kernel itself, since beside its work a round takes another time than alone:
    plain and slowed by about the effects, in short turns, one after the other, each set with the
    pace of the core at its time.
    """

    def __init__(self, selector: str) -> None:
        plain = call_of(selector)
        call_s = min(_turn_s(plain, 1) for _ in range(100))
        self.calls = max(1, round(TURN_S / call_s))
        self.guesses = [round(effect / 100 * call_s / ROUND_S) for effect in EFFECTS]
        self.calls_of = [plain, *(_slowed(plain, rounds) for rounds in self.guesses)]
        self.turns: list[list[float]] = []

    def measure(self, seconds: float) -> None:
        """Take turns for so long."""
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            before = probe_s()
            turns = [_turn_s(call, self.calls) for call in self.calls_of]
            self.turns.append([max(before, probe_s()), *turns])

    def rounds(self) -> dict[int, int]:
        """Return the rounds, from the turns that were taken at the core's usual pace."""
        turns = np.array(self.turns)
        usual_s = np.quantile(turns[:, 0], 0.02)
        kept = turns[turns[:, 0] <= usual_s * (1 + MAX_SLOWER), 1:]
        plain_s, *slowed_s = np.quantile(kept, 0.05, axis=0)
        slope, start = np.polyfit(self.guesses, np.subtract(slowed_s, plain_s), 1)
        return {
            effect: round((effect / 100 * plain_s - start) / slope / IN_WORKER)
            for effect in EFFECTS
        }


def calibrate() -> dict[str, dict[int, int]]:
    """Return the rounds of every case; in passes, for neighbours come and go."""
    calibrations = {selector: Calibration(selector) for selector in GATED}
    for _ in range(PASSES):
        for calibration in calibrations.values():
            calibration.measure(PASS_S)
    return {selector: each.rounds() for selector, each in calibrations.items()}


def _slowed(function: Callable[[], Any], rounds: int) -> Callable[[], Any]:
    namespace: dict[str, Any] = {"kernel": function}
    exec(SLOWED.format(name="kernel", rounds=rounds), namespace)
    slower: Callable[[], Any] = namespace["kernel"]
    return slower


def _turn_s(call: Callable[[], Any], calls: int) -> float:
    start = time.perf_counter()
    for _ in repeat(None, calls):
        call()
    return (time.perf_counter() - start) / calls


@dataclass(frozen=True)
class Run:
    """A gate run: its name, head revision, and by how many percent which cases are slowed."""

    name: str
    head: str = "main"
    slowed: Mapping[str, int] = field(default_factory=dict)


def schedule(equal: int = EQUAL, planted: int = PLANTED) -> list[Run]:
    """Return all runs, the kinds mixed so that none has the night.

    A slowed head has five slow kernels: three by the larger effect, and two native ones by the
    smaller. Each is an effect to be found on its own, and harder to find than alone, since
    confirmations share the false alarms that are let pass.
    """
    large, small = max(EFFECTS), min(EFFECTS)
    slow: list[Run] = []
    for i in range(planted):
        slowed = {GATED[(3 * i + j) % len(GATED)]: large for j in range(3)}
        tried = Counter(case for run in slow for case in run.slowed if run.slowed[case] == small)
        free = sorted((case for case in NATIVE if case not in slowed), key=lambda c: tried[c])
        slowed |= dict.fromkeys(free[:2], small)
        slow.append(Run(f"slow-{i:03}", f"slow-{i:03}", slowed))
    runs = [Run(f"equal-{i:03}") for i in range(equal)]
    mixed = [run for pair in zip(slow, runs, strict=False) for run in pair]
    return mixed + slow[equal:] + runs[planted:]


def make_repository(repo: Path) -> None:
    """Make a repository of the suites, with a branch for every slowed head."""
    for suite in SUITES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "suites" / suite, repo / "suites" / suite, ignore=ignored)
    git(repo, "init", "-q", "-b", "main")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "Suites as they are")
    rounds = calibrate()
    for run in (run for run in schedule() if run.slowed):
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
