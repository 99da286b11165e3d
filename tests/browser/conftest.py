"""A headless Chromium, where the machine has one; nothing is installed for it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench_harness.model import RunRecord
from bench_harness.report.page import render_page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

Open = Callable[..., Any]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Start the browser; skip where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    pytest.importorskip("plotly", reason="plotly is not installed: the page needs it")
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is on the PATH")
    with api.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Return ``opened(*records, **options)``: a tab with their page, which must report no error.

    Its ``complaints`` are errors on the console, uncaught exceptions, dialogs, and requests that
    leave the file.
    """
    tabs = []

    def open_page(*records: RunRecord, **options: Any) -> Any:
        file = tmp_path / f"page{len(tabs)}.html"
        file.write_text(render_page(records), encoding="utf-8")
        tab = browser.new_page(**{"viewport": {"width": 1280, "height": 900}, **options})
        tab.complaints = []
        tab.on("console", lambda message: _note_error(tab, message))
        tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
        tab.on("dialog", lambda dialog: tab.complaints.append(dialog.message))
        tab.on("request", lambda request: _note_request(tab, request.url))
        tab.goto(file.as_uri())
        tabs.append(tab)
        return tab

    yield open_page
    for tab in tabs:
        tab.close()


def _note_error(tab: Any, message: Any) -> None:
    if message.type in ("error", "warning"):
        tab.complaints.append(message.text)


def _note_request(tab: Any, url: str) -> None:
    if not url.startswith(("file:", "blob:", "data:")):
        tab.complaints.append(url)
