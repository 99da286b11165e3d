"""Kernels are described without running a line of their code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench_harness.cli import main
from bench_harness.discovery import discover, load_kernel
from bench_harness.errors import SuiteError
from bench_harness.outline import outline

SHOWN = ("title", "presets", "headline", "dtypes", "outputs", "unsupported")
BOMB = 'raise SystemExit("this suite was run")\n'


def read(folder: Path, text: str, **siblings: str) -> dict[str, Any]:
    """Return the outline of a kernel.py with this text, with modules beside its folder."""
    kernel = folder / "suites/own/rms"
    kernel.mkdir(parents=True)
    (kernel / "kernel.py").write_text(text)
    (kernel / "rms_numpy.py").write_text(BOMB)
    for name, content in siblings.items():
        (kernel.parent / f"{name}.py").write_text(content)
    return outline(discover([folder / "suites"])["own/rms"])


def test_the_bundled_kernels_read_as_they_run() -> None:
    differ = []
    for folder in discover().values():
        read_only, run = outline(folder), vars(load_kernel(folder))
        for name in SHOWN:
            shown = read_only[name]
            if shown is None:
                differ.append(f"{folder.id} {name}")
            elif isinstance(shown, dict):
                assert shown == dict(run[name])
            elif not isinstance(shown, str):
                assert tuple(shown) == tuple(run[name])
    assert differ == ["md/pipeline outputs"]  # whose names are composed


def test_names_are_followed_within_the_suite(tmp_path: Path) -> None:
    text = BOMB + (
        "from .. import shapes\nfrom ..sizes import SIZES as ALL, BASE\n"
        "TITLE: str = 'A' 'B'\nMORE = ['y']\n"
        "KERNEL = Kernel(title=TITLE, outputs=('x', *MORE), dtypes=shapes.DTYPES,\n"
        "    presets={'smoke': {**BASE['small'], 'n': ALL}, 'default': {'n': -1}})\n"
    )
    found = read(
        tmp_path,
        text,
        sizes="SIZES = [1, 2]\nBASE = {'small': {'m': 3}}\n" + BOMB,
        shapes="DTYPES = ('float32',)\n" + BOMB,
    )
    assert found["title"] == "AB"
    assert found["outputs"] == ("x", "y")
    assert found["dtypes"] == ("float32",)
    assert found["presets"] == {"smoke": {"m": 3, "n": [1, 2]}, "default": {"n": -1}}
    assert found["headline"] == ()


@pytest.mark.parametrize(
    "value",
    [
        "make()",
        "{n: {} for n in 'ab'}",
        "UNKNOWN",
        "LOOP",
        "ELSEWHERE",
        "OUTSIDE",
        "3",
        "{'a': 3}",
        "{1: {}}",
        "{'a': {}}[0]",
        "{[]: {}}",
        "(" * 90 + ")" * 90,
        "__import__('os').system('false')",
    ],
)
def test_what_is_computed_or_no_preset_is_left_open(tmp_path: Path, value: str) -> None:
    text = "LOOP = LOOP\nfrom ..missing import ELSEWHERE\nfrom ....outside import OUTSIDE\n"
    (tmp_path / "outside.py").write_text("OUTSIDE = {'smoke': {}}\n")
    found = read(tmp_path, f"{text}KERNEL = Kernel(title='A', presets={value})\n")
    assert found["presets"] is None
    assert found["title"] == "A"


@pytest.mark.parametrize(
    "text", ["", "KERNEL = 3", "KERNEL = other()", "def", "\x00", "(" * 10**4, "\ufffe", "if 1:"]
)
def test_a_file_that_defines_no_kernel_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(SuiteError, match=r"kernel\.py"):
        read(tmp_path, text)


def test_a_suite_that_must_not_be_run_is_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    read(tmp_path, f"{BOMB}KERNEL = Kernel(title='A<b>', presets=make(), outputs=('x',))\n")
    words = ["list", "--suites", str(tmp_path / "suites")]
    assert main(words) == 0
    table = capsys.readouterr().out
    assert "| `own/rms` | A&lt;b>" in table
    assert "--load runs" in table
    assert main([*words, "--json"]) == 0
    (kernel,) = json.loads(capsys.readouterr().out)
    assert kernel["presets"] is None
    assert kernel["implementations"] == ["numpy"]
    with pytest.raises(SuiteError, match="SystemExit: this suite was run"):
        load_kernel(discover([tmp_path / "suites"])["own/rms"])
