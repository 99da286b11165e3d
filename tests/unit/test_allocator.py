"""What is freed stays with the process: what that does to a real one, and who may say no."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench_harness import allocator

HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")
needs_glibc = pytest.mark.skipif(
    allocator.describe() is None, reason="the C library is not glibc, and has no such settings"
)
needs_small_pages = pytest.mark.skipif(
    HUGE_PAGES.exists() and "[always]" in HUGE_PAGES.read_text(),
    reason="pages of 2 MiB always: too few are taken anew to count them",
)

FAULTS = """
import resource
from bench_harness import allocator

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def call():
    blocks = [b"x" * (3 << 20) for _ in range(4)]

def calls():
    for _ in range(3):
        call()
    before = faults()
    for _ in range(10):
        call()
    return faults() - before

usual = calls()
allocator.keep_freed()
print(usual, calls())
"""

RESIDENT = """
from bench_harness import allocator
from bench_harness.measure import proc

allocator.keep_freed()
empty = proc.resident_bytes()
blocks = [b"x" * (3 << 20) for _ in range(10)]
last = b"x" * (3 << 20)
del blocks
kept = proc.resident_bytes()
allocator.trim()
print(kept - empty, proc.resident_bytes() - empty)
"""


def printed(program: str, **variables: str) -> list[int]:
    """Return the numbers that a process with these variables prints."""
    environ = {name: text for name, text in os.environ.items() if name not in allocator.VARIABLES}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, env={**environ, **variables})
    assert done.returncode == 0, done.stderr
    return [int(word) for word in done.stdout.split()]


@needs_glibc
@needs_small_pages
def test_memory_that_is_freed_costs_no_page_a_second_time() -> None:
    usual, kept = printed(FAULTS)
    assert usual > 10_000
    assert kept < 100


@needs_glibc
def test_what_is_kept_does_not_count_as_memory_in_use() -> None:
    kept, trimmed = printed(RESIDENT)
    assert kept > 30 << 20
    assert trimmed < 10 << 20


@needs_glibc
@needs_small_pages
@pytest.mark.parametrize("name", allocator.VARIABLES)
def test_a_choice_of_the_users_is_left_alone(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for other in allocator.VARIABLES:
        monkeypatch.delenv(other, raising=False)
    assert str(allocator.describe()).endswith("keeps what is freed")
    monkeypatch.setenv(name, "")
    assert str(allocator.describe()).endswith("as the user set it")
    _, left_alone = printed(FAULTS, **{name: ""})
    assert left_alone > 10_000


def test_another_c_library_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "confstr", lambda name: None)
    assert allocator.describe() is None
    allocator.keep_freed()
    allocator.trim()
