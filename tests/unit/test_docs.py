"""The documentation is true: its links, its example suite, its list of options."""

from __future__ import annotations

import dataclasses
import doctest
import importlib
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from bench_harness import ErrorBudget, Figure, Gradient, Invariant, Kernel, store
from bench_harness.cli import COMMANDS, cli

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md")])
PUBLIC = (ErrorBudget, Figure, Gradient, Invariant, Kernel)

FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SUITE_FILE = re.compile(r"^```python\n# (\S+/\S+\.py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> list[str]:
    """Return the relative links of a page that lead nowhere."""
    broken = []
    for link in LINK.findall(FENCE.sub("", page.read_text())):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        known = target.exists() and (not anchor or anchor in anchors(target))
        if not known:
            broken.append(link)
    return broken


def missing_options(command: click.Command, text: str) -> list[str]:
    """Return the long options of a command that a text does not mention."""
    options = [param for param in command.params if isinstance(param, click.Option)]
    flags = [flag for option in options for flag in (*option.opts, *option.secondary_opts)]
    return [
        flag
        for flag in flags
        if flag.startswith("--") and not re.search(rf"(?<![\w-]){flag}(?![\w-])", text)
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_relative_links_resolve(page: Path) -> None:
    assert broken_links(page) == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Here\n[a](#here) [b](#there) [c](none.md) [d](https://example.org)\n")
    assert broken_links(page) == ["#there", "none.md"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented(name: str) -> None:
    page = (DOCS / "command-line.md").read_text()
    section = re.search(rf"^## {name}$(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert section, f"docs/command-line.md has no section '## {name}'"
    command = importlib.import_module(f"bench_harness.cli.{name}").command
    assert missing_options(command, section[1]) == []


def test_every_global_option_is_documented() -> None:
    assert missing_options(cli, (DOCS / "command-line.md").read_text()) == []


def test_missing_options_are_found() -> None:
    run = importlib.import_module("bench_harness.cli.run").command
    assert "--set" in missing_options(run, "--settings --seed")


def test_every_field_of_the_record_is_documented() -> None:
    words = set(re.findall(r"`(\w+)(?:\[\])?`", (DOCS / "result-format.md").read_text()))
    schema = store.json_schema()
    records = [schema, *schema["$defs"].values()]
    fields = {name for record in records for name in record["properties"]}
    assert fields - words == set()


def test_every_field_of_a_kernel_is_documented() -> None:
    words = set(re.findall(r"^\| .*?\|", (DOCS / "writing-a-suite.md").read_text(), re.MULTILINE))
    documented = set(re.findall(r"`(\w+)`", " ".join(words)))
    fields = {field.name for kind in PUBLIC for field in dataclasses.fields(kind)}
    assert fields - documented == set()


@pytest.fixture(scope="module")
def documented_suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the files that docs/writing-a-suite.md shows and return the folder of suites."""
    root = tmp_path_factory.mktemp("docs")
    for name, text in SUITE_FILE.findall((DOCS / "writing-a-suite.md").read_text()):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root / "mysuites"


@pytest.mark.slow
def test_documented_suite_keeps_the_contract(documented_suite: Path) -> None:
    pytest.importorskip("torch")
    command = [sys.executable, "-m", "bench_harness", "check", str(documented_suite)]
    command += ["--backends", "numpy,torch"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    verified = set(re.findall(r"^ok +stats/(\w+)/smoke/([\w.]+)/", done.stdout, re.MULTILINE))
    assert {("rms", "torch.compile"), ("moments", "torch"), ("center", "numpy")} <= verified


@pytest.mark.parametrize("page", ["backends.md", "selection.md"])
def test_examples_of_a_page_run(page: str) -> None:
    failed, tried = doctest.testfile(
        str(DOCS / page), module_relative=False, optionflags=doctest.ELLIPSIS
    )
    assert tried
    assert not failed


@pytest.mark.parametrize("module", ["arrays.mapping", "kernels", "selection"])
def test_examples_of_a_module_run(module: str) -> None:
    found = importlib.import_module(f"bench_harness.{module}")
    failed, tried = doctest.testmod(found, optionflags=doctest.ELLIPSIS)
    assert tried
    assert not failed
