"""What is freed stays with the process: the variables, and what they do to a real one."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bench_harness import allocator

needs_glibc = pytest.mark.skipif(
    allocator.describe({}) is None, reason="the C library is not glibc, and has no such settings"
)

FAULTS = """
import resource
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(3):
    blocks = [b"x" * (3 << 20) for _ in range(4)]
    del blocks
before = faults()
for _ in range(10):
    blocks = [b"x" * (3 << 20) for _ in range(4)]
    del blocks
print(faults() - before)
"""

RESIDENT = """
from bench_harness import allocator
from bench_harness.measure import proc
empty = proc.resident_bytes()
blocks = [b"x" * (3 << 20) for _ in range(10)]
last = b"x" * (3 << 20)
del blocks
kept = proc.resident_bytes()
allocator.trim()
print(kept - empty, proc.resident_bytes() - empty)
"""


def printed(program: str, variables: dict[str, str]) -> list[int]:
    """Return the numbers that a process with these variables prints."""
    environ = {name: text for name, text in os.environ.items() if name not in allocator.VARIABLES}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, env={**environ, **variables})
    assert done.returncode == 0, done.stderr
    return [int(word) for word in done.stdout.split()]


@needs_glibc
def test_memory_that_is_freed_costs_no_page_a_second_time() -> None:
    (usual,) = printed(FAULTS, {})
    (kept,) = printed(FAULTS, allocator.variables({}))
    assert usual > 10 * 1000
    assert kept < 100


@needs_glibc
def test_what_is_kept_does_not_count_as_memory_in_use() -> None:
    kept, trimmed = printed(RESIDENT, allocator.variables({}))
    assert kept > 30 << 20
    assert trimmed < 10 << 20


@needs_glibc
def test_a_choice_of_the_users_is_left_alone() -> None:
    assert set(allocator.variables({})) == set(allocator.KEEPING)
    assert str(allocator.describe({})).endswith("keeps what is freed")
    for name in allocator.VARIABLES:
        assert allocator.variables({name: "65536"}) == {}
        assert str(allocator.describe({name: "65536"})).endswith("as the user set it")


def test_another_c_library_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "confstr", lambda name: None)
    assert allocator.variables({}) == {}
    assert allocator.describe({}) is None
    allocator.trim()
