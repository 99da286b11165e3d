"""One colour and one marker for each backend, the same in every plot and on the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bench_harness.model import Case
from bench_harness.report.table import table_order

# The hues of Okabe and Ito, which colour-blind readers tell apart, darkened for light paper and
# lightened for dark.
KNOWN = {
    "python": ("#8a6d2f", "#d9bd7b"),
    "numpy": ("#4b5563", "#cbd5e1"),
    "numba": ("#0072b2", "#5cb8f0"),
    "torch": ("#c2500a", "#ff9b5e"),
    "jax": ("#00855f", "#3ad6a6"),
    "cupynumeric": ("#8e44ad", "#cf9df0"),
}
OTHERS = (("#b0307a", "#f29ac8"), ("#6b7d00", "#c6d84a"), ("#a61e1e", "#ff8f8f"))
MARKERS = ("circle", "diamond", "square", "triangle-up", "x", "star")


@dataclass(frozen=True)
class Style:
    """How one label (``torch.compile``) is drawn: a hue for its backend, a marker for itself."""

    light: str
    dark: str
    marker: str
    number: int
    """Of the variant among those of its backend."""


def styles(cases: Iterable[Case]) -> dict[str, Style]:
    """Return the style of every label, in the order of tables."""
    first = {case.label: case for case in sorted(cases, key=table_order)}
    variants: dict[str, int] = {}
    others: dict[str, tuple[str, str]] = {}
    found = {}
    for label, case in first.items():
        number = variants[case.backend] = variants.get(case.backend, -1) + 1
        if case.backend in KNOWN:
            light, dark = KNOWN[case.backend]
        else:
            light, dark = others.setdefault(case.backend, OTHERS[len(others) % len(OTHERS)])
        found[label] = Style(light, dark, MARKERS[number % len(MARKERS)], number)
    return found
