"""Time against size as a plot draws it: the lines of one kernel, and where they cross."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench_harness import units
from bench_harness.backends import REFERENCE
from bench_harness.model import Case
from bench_harness.report.points import Point
from bench_harness.report.table import table_order


def series_of(case: Case) -> str:
    """Return what a line or a colour stands for: the label, with a device that is no CPU."""
    return case.label if case.device == "cpu" else f"{case.label} ({case.device})"


@dataclass(frozen=True)
class Line:
    """One backend of a kernel: its points by increasing size."""

    label: str
    sizes: Sequence[float]
    points: Sequence[Point]


@dataclass(frozen=True)
class Crossing:
    """Where a backend overtakes the reference, or is overtaken, as the size grows.

    `size` and `seconds` are interpolated between the sizes `below` and `above`, along straight
    lines in the logarithms: the times at those two are measured, what lies between is not.
    """

    label: str
    overtakes: bool
    below: float
    above: float
    size: float
    seconds: float


@dataclass(frozen=True)
class SizeLines:
    """The lines of one kernel and dtype, over one parameter or a product of several."""

    record: int
    kernel_id: str
    dtype: str
    fixed: str
    """Parameters that tell apart what is not a matter of size, such as ``kind=dominant``."""
    axis: str
    lines: Sequence[Line]
    crossings: Sequence[Crossing]


def crossing_text(shown: SizeLines, crossing: Crossing) -> str:
    """Return a crossing in words: ``numba overtakes numpy between n = 10 and 100, near 37``."""
    verb = "overtakes" if crossing.overtakes else "falls behind"
    return (
        f"{crossing.label} {verb} {REFERENCE} between {shown.axis} = {crossing.below:g} and "
        f"{crossing.above:g}, near {units.significant(crossing.size, 2)}"
    )


def size_lines(found: Iterable[Point]) -> list[SizeLines]:
    """Return the lines of every kernel that was measured at two sizes or more."""
    groups: dict[tuple[int, str, str, str], list[Point]] = {}
    for point in found:
        case = point.result.case
        if point.result.status == "ok" and point.steady_s is not None and point.steady_s.low > 0:
            key = (point.record, case.kernel_id, case.dtype, _fixed(case.params))
            groups.setdefault(key, []).append(point)
    drawn = [_size_lines(*key, points) for key, points in groups.items()]
    return [lines for lines in drawn if lines is not None]


def _is_size(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _fixed(params: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in params.items() if not _is_size(value))


def _size_lines(
    record: int, kernel_id: str, dtype: str, fixed: str, points: Sequence[Point]
) -> SizeLines | None:
    names = dict.fromkeys(name for point in points for name in point.result.case.params)
    varying = [
        name
        for name in names
        if len({repr(point.result.case.params.get(name)) for point in points}) > 1
        and all(_is_size(point.result.case.params.get(name)) for point in points)
    ]
    if not varying:
        return None

    def size(case: Case) -> float:
        return float(math.prod(case.params[name] for name in varying))

    by_label: dict[str, dict[float, Point]] = {}
    for point in sorted(points, key=lambda point: table_order(point.result.case)):
        case = point.result.case
        sizes = by_label.setdefault(series_of(case), {})
        if sizes.setdefault(size(case), point).result.case.params != case.params:
            return None  # other shapes of the same size: no line goes through them
    lines = [Line(label, sorted(at), [at[x] for x in sorted(at)]) for label, at in by_label.items()]
    lines = [line for line in lines if len(line.sizes) > 1]
    if not lines:
        return None
    crossings = [crossing for line in lines for crossing in _crossings(line, lines)]
    return SizeLines(record, kernel_id, dtype, fixed, " × ".join(varying), lines, crossings)


def _crossings(line: Line, lines: Sequence[Line]) -> list[Crossing]:
    """Return where a line crosses that of the reference."""
    reference = next((other for other in lines if other.label == REFERENCE), None)
    if reference is None or line is reference:
        return []
    mine, theirs = _times(line), _times(reference)
    shared = [size for size in line.sizes if size in theirs]
    found = []
    for below, above in itertools.pairwise(shared):
        gain, later = (math.log(theirs[x] / mine[x]) for x in (below, above))
        if gain * later < 0:
            share = gain / (gain - later)
            at, seconds = (
                math.exp((1 - share) * math.log(low) + share * math.log(high))
                for low, high in ((below, above), (mine[below], mine[above]))
            )
            found.append(Crossing(line.label, later > 0, below, above, at, seconds))
    return found


def _times(line: Line) -> dict[float, float]:
    return {
        size: point.steady_s.point
        for size, point in zip(line.sizes, line.points, strict=True)
        if point.steady_s is not None
    }
