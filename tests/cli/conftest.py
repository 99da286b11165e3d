"""Fixtures for tests of the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench_harness.cli import USAGE_ERROR, main

Refused = Callable[..., str]


@pytest.fixture
def refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Refused:
    """Return ``refused(*words)``: exit code 2, one paragraph, no traceback, nothing on stdout.

    In this process and in the test's own folder, since nothing may have started by then.
    """
    monkeypatch.chdir(tmp_path)

    def check(*words: object) -> str:
        code = main([str(word) for word in words])
        out, error = capsys.readouterr()
        assert code == USAGE_ERROR, error
        assert out == ""
        assert "Traceback" not in error
        paragraphs = error.strip().split("\n\n")
        if error.startswith("Usage:"):  # click shows how the command is called first
            del paragraphs[0]
        assert len(paragraphs) == 1
        assert paragraphs[0].startswith("Error: ")
        return " ".join(error.split())

    return check
