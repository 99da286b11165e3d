"""Real gate runs: a repository of its own, revisions with a planted slow-down, one gate after
the other. Each run leaves its comparison; a second call goes on where the first ended."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from itertools import repeat
from pathlib import Path

from tests.gate_study.cases import EFFECTS, GATED, SUITES

ROOT = Path(__file__).resolve().parents[2]
EQUAL, PLANTED = 40, 12
"""Runs on equal revisions, and on each of the planted effects."""

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


def round_s() -> float:
    """Return the seconds that one round of the planted loop takes, undisturbed."""
    best = float("inf")
    for _ in range(300):
        start = time.perf_counter()
        for _ in repeat(None, 20_000):
            pass
        best = min(best, (time.perf_counter() - start) / 20_000)
    return best


def branch(selector: str, effect: int) -> str:
    """Return the branch on which a case is slowed by so many percent."""
    return f"slow-{effect}-{selector.replace('/', '-')}"


def make_repository(repo: Path, seconds: dict[str, float]) -> None:
    """Make a repository of the suites, with a branch for every slowed case.

    Parameters
    ----------
    repo : Path
    seconds : dict of str to float
        What a call of each case takes.
    """
    for suite in SUITES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "suites" / suite, repo / "suites" / suite, ignore=ignored)
    git(repo, "init", "-q", "-b", "main")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "Suites as they are")
    one_round = round_s()
    for selector, call_s in seconds.items():
        suite, kernel, _, backend = selector.split("/")
        file = repo / "suites" / suite / kernel / f"{kernel}_{backend}.py"
        for effect in EFFECTS:
            git(repo, "checkout", "-q", "-b", branch(selector, effect), "main")
            rounds = round(effect / 100 * call_s / one_round)
            with file.open("a") as text:
                text.write(SLOWED.format(name=kernel, rounds=rounds))
            git(repo, "commit", "-q", "-a", "-m", f"{selector}: {effect} % slower, {rounds} rounds")
    git(repo, "checkout", "-q", "main")


def schedule(equal: int, planted: int) -> list[tuple[str, str]]:
    """Return name and head revision of every run, the kinds mixed so that none has the night."""
    runs = [(f"equal-{i:03}", "main") for i in range(equal)]
    for i in range(planted):
        selector = GATED[i % len(GATED)]
        for effect in EFFECTS:
            head = branch(selector, effect)
            place = (2 * i + EFFECTS.index(effect)) * (equal + 1) // max(1, planted * 2) * 2
            runs.insert(min(place, len(runs)), (f"{head}-{i:03}", head))
    return runs


def run_all(folder: Path, equal: int, planted: int, limit_s: float, only: str = "") -> None:
    """Run what is still missing of the schedule, for so many seconds at most.

    With `only`, the beginning of a name, another call may run the rest at the same time.
    """
    started = time.monotonic()
    for name, head in schedule(equal, planted):
        output = folder / "runs" / name
        if (output / "comparison.json").exists() or not name.startswith(only):
            continue
        if time.monotonic() - started > limit_s:
            return
        shutil.rmtree(output, ignore_errors=True)
        command = [sys.executable, "-m", "bench_harness", "gate", "--base", "main", "--head", head]
        command += [*GATED, "--output", str(output), "--quiet"]
        env = {**os.environ, "PYTHONPATH": os.environ.get("PYTHONPATH", str(ROOT))}
        done = subprocess.run(
            command, cwd=folder / "repo", env=env, capture_output=True, text=True, check=False
        )
        if output.is_dir():
            (output / "exit.json").write_text(json.dumps({"head": head, "code": done.returncode}))
        print(name, done.returncode, done.stderr[-300:] if done.returncode not in (0, 3) else "")
