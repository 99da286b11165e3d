"""The plots of a record as PNG and SVG files."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from bench_harness.backends import REFERENCE
from bench_harness.model import RunRecord
from bench_harness.report.optional import optional
from bench_harness.report.palette import styles
from bench_harness.report.points import Point, points
from bench_harness.report.size_lines import SizeLines, crossing_text, series_of, size_lines
from bench_harness.report.table import table_order, title_of
from bench_harness.stats.estimates import Estimate

MARKERS = {
    "circle": "o",
    "diamond": "D",
    "square": "s",
    "triangle-up": "^",
    "x": "X",
    "star": "*",
}
FORMATS = ("png", "svg")
MAX_ROWS = 60
"""Kernels and sizes in one plot; a record with more gets a plot for each suite."""
MAX_STRIPS = 200
FLOOR = 1e-17
"""Where exact agreement is drawn on a logarithmic axis."""
SETTINGS = {
    "text.parse_math": False,  # a name with dollar signs is a name
    "svg.hashsalt": "bench-harness",  # the same record gives the same file
    "font.size": 9,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e3e6eb",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "legend.fontsize": 8,
}

Draw = Callable[[Any], None]
"""Draws into a matplotlib axes."""


def render_plots(record: RunRecord) -> Iterator[tuple[str, bytes]]:
    """Yield every plot of a record as file name and content, one at a time.

    Raises
    ------
    ConfigurationError
        If matplotlib is not installed; names the extra.
    """
    matplotlib = optional("matplotlib", "--plots")
    figure = optional("matplotlib.figure", "--plots")
    with matplotlib.rc_context(SETTINGS):
        for name, height, draw in _plots(record):
            shown = figure.Figure(figsize=(9, height), layout="constrained")
            draw(shown.add_subplot())
            for suffix in FORMATS:
                yield f"{name}.{suffix}", _saved(shown, suffix)


def _saved(figure: Any, suffix: str) -> bytes:
    file = io.BytesIO()
    metadata = {"Date": None} if suffix == "svg" else {"Software": None}
    figure.savefig(file, format=suffix, dpi=150, metadata=metadata)
    return file.getvalue()


def _plots(record: RunRecord) -> Iterator[tuple[str, float, Draw]]:
    """Yield the name, the height in inches and the drawing of every plot there is data for."""
    drawn = [point for point in points([record]) if point.result.status == "ok"]
    compared = [
        point
        for point in drawn
        if point.speedup is not None and point.result.case.label != REFERENCE
    ]
    suites = {suite: _of_suite(drawn, suite) for suite in _suites(drawn)}
    groups = _groups(compared)
    if 0 < len(groups) <= MAX_ROWS:
        yield "speedup", 1.6 + 0.2 * len(groups), partial(_speedup, drawn=compared)
    elif groups:
        for suite in _suites(compared):
            of_suite = _of_suite(compared, suite)
            rows = min(MAX_ROWS, len(_groups(of_suite)))
            yield f"speedup-{suite}", 1.6 + 0.2 * rows, partial(_speedup, drawn=of_suite)
    called = [point for point in drawn if point.first_call_s]
    if called:
        yield "first-call", 5.5, partial(_first_call, drawn=called)
    counted = [point for point in drawn if _on_roofline(point)]
    if counted:
        ceilings = record.environment.ceilings
        yield "roofline", 5.5, partial(_roofline, drawn=counted, ceilings=ceilings)
    judged = [point for point in drawn if _error(point) is not None]
    if judged:
        yield "time-versus-error", 5.5, partial(_time_versus_error, drawn=judged)
    for number, lines in enumerate(size_lines(drawn), 1):
        name = f"scaling-{number}-{lines.kernel_id.replace('/', '-')}"
        yield name, 5.0, partial(_scaling, shown=lines)
    for suite, of_suite in suites.items():
        rows = min(MAX_STRIPS, len(of_suite))
        yield f"samples-{suite}", 1.2 + 0.16 * rows, partial(_samples, drawn=of_suite)


def _of_suite(drawn: Iterable[Point], suite: str) -> list[Point]:
    return [point for point in drawn if point.result.case.suite == suite]


def _suites(drawn: Iterable[Point]) -> list[str]:
    return list(dict.fromkeys(point.result.case.suite for point in drawn))


def _groups(drawn: Iterable[Point]) -> list[str]:
    return list(dict.fromkeys(title_of(point.result.case) for point in drawn))


def _by_series(drawn: Iterable[Point]) -> dict[str, list[Point]]:
    """Return points by what has a colour of its own, in the order of tables."""
    found: dict[str, list[Point]] = {}
    for point in sorted(drawn, key=lambda point: table_order(point.result.case)):
        found.setdefault(series_of(point.result.case), []).append(point)
    return found


def _looks(drawn: Iterable[Point]) -> dict[str, dict[str, str]]:
    """Return the colour and marker of every label."""
    return {
        label: {"color": style.light, "marker": MARKERS[style.marker]}
        for label, style in styles(point.result.case for point in drawn).items()
    }


def _steady(point: Point) -> Estimate:
    assert point.steady_s is not None  # only measured cases are ok
    return point.steady_s


def _bars(found: Sequence[Estimate]) -> list[list[float]]:
    """Return intervals as matplotlib takes them: the parts below and above the points."""
    below = [max(0.0, e.point - e.low) for e in found]  # rounding may put low above the point
    return [below, [max(0.0, e.high - e.point) for e in found]]


def _speedup(axes: Any, drawn: Sequence[Point]) -> None:
    groups = _groups(drawn)[:MAX_ROWS]
    place = {group: row for row, group in enumerate(groups)}
    shown = [point for point in drawn if title_of(point.result.case) in place]
    looks = _looks(drawn)
    for name, of in _by_series(shown).items():
        gains = [point.speedup for point in of if point.speedup is not None]
        axes.errorbar(
            [gain.point for gain in gains],
            [place[title_of(point.result.case)] for point in of],
            xerr=_bars(gains),
            label=name,
            linestyle="none",
            markersize=5,
            elinewidth=0.8,
            capsize=1.5,
            **looks[of[0].result.case.label],
        )
    axes.axvline(1, color="#4b5563", linewidth=1)
    axes.set(xscale="log", xlabel=f"times as fast as {REFERENCE}", ylim=(len(groups) - 0.4, -0.6))
    names = _short_names(shown)
    axes.set_yticks(range(len(groups)), [names[group] for group in groups])
    _plain(axes.xaxis, lambda value: f"{value:g}x")
    axes.set_title(f"Steady state over {REFERENCE}, with 95 % intervals", loc="left")
    _legend(axes)


def _first_call(axes: Any, drawn: Sequence[Point]) -> None:
    looks = _looks(drawn)
    for name, of in _by_series(drawn).items():
        look = looks[of[0].result.case.label]
        firsts = [point.first_call_s for point in of]
        axes.scatter([_steady(point).point for point in of], firsts, s=18, label=name, **look)
    axes.axline((1e-3, 1e-3), (1, 1), color="#4b5563", linewidth=0.8, linestyle=":")
    axes.set(xscale="log", yscale="log", xlabel="steady median", ylabel="first call")
    _units(axes.xaxis, "s")
    _units(axes.yaxis, "s")
    axes.set_title("First call against steady state", loc="left")
    _legend(axes)


def _on_roofline(point: Point) -> bool:
    result = point.result
    on_host = result.case.device == "cpu" and result.case.dtype == "float64"
    return bool(on_host and result.flops and result.nbytes and _steady(point).point > 0)


def _roofline(axes: Any, drawn: Sequence[Point], ceilings: dict[str, float]) -> None:
    looks = _looks(drawn)
    intensities = [(p.result.flops or 0) / (p.result.nbytes or 1) for p in drawn]
    flops, moved = ceilings.get("flops_per_s"), ceilings.get("bytes_per_s")
    if flops and moved:
        ridge = flops / moved
        at = [min(*intensities, ridge) / 2, ridge, max(*intensities, ridge) * 2]
        axes.plot(at, [min(flops, x * moved) for x in at], color="#111827", label="measured peaks")
    for name, of in _by_series(drawn).items():
        axes.scatter(
            [(p.result.flops or 0) / (p.result.nbytes or 1) for p in of],
            [(p.result.flops or 0) / _steady(p).point for p in of],
            s=18,
            label=name,
            **looks[of[0].result.case.label],
        )
    axes.set(xscale="log", yscale="log", xlabel="operations per byte", ylabel="rate")
    _plain(axes.xaxis, lambda value: f"{value:g}")
    _units(axes.yaxis, "FLOP/s")
    axes.set_title("Roofline, float64 on the CPU", loc="left")
    _legend(axes)


def _error(point: Point) -> float | None:
    """Return the error against the truth where there is one, else against the reference."""
    verification = point.result.verification
    if verification is None:
        return None
    if verification.correct_digits is not None:
        return float(10.0**-verification.correct_digits)
    return None if point.result.case.label == REFERENCE else verification.max_rel_err


def _time_versus_error(axes: Any, drawn: Sequence[Point]) -> None:
    looks = _looks(drawn)
    for name, of in _by_series(drawn).items():
        axes.scatter(
            [_steady(point).point for point in of],
            [max(FLOOR, _error(point) or 0.0) for point in of],
            s=18,
            label=name,
            **looks[of[0].result.case.label],
        )
    axes.set(xscale="log", yscale="log", xlabel="steady median", ylabel="relative error")
    _units(axes.xaxis, "s")
    _plain(axes.yaxis, lambda value: f"{value:.0e}")
    axes.set_title("Time against error (exact agreement at 1e-17)", loc="left")
    _legend(axes)


def _scaling(axes: Any, shown: SizeLines) -> None:
    looks = _looks(point for line in shown.lines for point in line.points)
    for line in shown.lines:
        times = [_steady(point) for point in line.points]
        look = looks[line.points[0].result.case.label]
        middle = [time.point for time in times]
        axes.errorbar(line.sizes, middle, yerr=_bars(times), label=line.label, markersize=5, **look)
    for crossing in shown.crossings:
        axes.plot(crossing.size, crossing.seconds, "o", mfc="none", mec="#111827", markersize=11)
    axes.set(xscale="log", yscale="log", xlabel=shown.axis, ylabel="steady median")
    _plain(axes.xaxis, lambda value: f"{value:g}")
    _units(axes.yaxis, "s")
    fixed = f", {shown.fixed}" if shown.fixed else ""
    lines = [f"{shown.kernel_id} ({shown.dtype}{fixed})"]
    lines += [crossing_text(shown, crossing) for crossing in shown.crossings]
    axes.set_title("\n".join(lines), loc="left", fontsize=9)
    _legend(axes)


def _samples(axes: Any, drawn: Sequence[Point]) -> None:
    """Draw every run as a dot, in order from bottom to top within the row of its case."""
    shown = drawn[:MAX_STRIPS]
    looks = _looks(shown)
    for filled in (False, True):
        dots = [
            (time, row + 0.35 - 0.7 * run / max(1, len(times) - 1), looks[point.result.case.label])
            for row, point in enumerate(shown)
            for measured in point.result.measurements
            for times in (measured.times_s if filled else measured.warmup_times_s,)
            for run, time in enumerate(times)
        ]
        if dots:
            times, rows, chosen = zip(*dots, strict=True)
            colors = [look["color"] for look in chosen]
            faces = colors if filled else "none"
            axes.scatter(times, rows, s=5, linewidths=0.5, facecolors=faces, edgecolors=colors)
    names = _short_names(shown)
    labels = [f"{names[title_of(p.result.case)]}  {series_of(p.result.case)}" for p in shown]
    axes.set(xscale="log", xlabel="time of a call", ylim=(len(shown) - 0.4, -0.6))
    axes.set_yticks(range(len(shown)), labels, fontsize=7)
    axes.set_title("Every timed run; warm-up runs are open", loc="left")
    _units(axes.xaxis, "s")


def _short_names(drawn: Sequence[Point]) -> dict[str, str]:
    """Return each group's name without the preset and the dtype that all of them share."""
    cases = [point.result.case for point in drawn]
    presets, dtypes = {case.preset for case in cases}, {case.dtype for case in cases}
    return {
        title_of(case): case.kernel_id
        + (f"/{case.preset}" if len(presets) > 1 else "")
        + (f" {case.dtype}" if len(dtypes) > 1 else "")
        for case in cases
    }


def _units(axis: Any, unit: str) -> None:
    """Label an axis in engineering units; matplotlib's own labels are TeX, which is off."""
    ticker = optional("matplotlib.ticker", "--plots")
    axis.set_major_formatter(ticker.EngFormatter(unit))
    axis.set_minor_formatter(ticker.NullFormatter())


def _plain(axis: Any, text: Callable[[float], str]) -> None:
    ticker = optional("matplotlib.ticker", "--plots")
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: text(value)))
    axis.set_minor_formatter(ticker.NullFormatter())


def _legend(axes: Any) -> None:
    axes.figure.legend(loc="outside lower center", ncols=6)
