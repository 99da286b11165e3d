"""Tracks: built-in ones, files, and the geometry the kernels are given (NumPy only).

A track is a polyline of points with an elevation and a banking angle. Lengths in metres, angles in
radians. Nothing is smoothed, resampled or wrapped around: "closed" only means that the first point
is repeated at the end.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench_harness import ConfigurationError

DATA = Path(__file__).parent / "data"
MIN_POINTS = 4
_EPS = 1e-9

COLUMNS = ("x", "y", "elevation", "banking")
TUMFTM_COLUMNS = ("x_m", "y_m")
_FORMS = (
    f"a header line with the columns {','.join(COLUMNS)} (by name, in any order), or the TUMFTM "
    "form '# x_m,y_m,w_tr_right_m,w_tr_left_m'"
)


@dataclass(frozen=True)
class Track:
    """Points of a racing line.

    Parameters
    ----------
    x, y, elevation : ndarray of float64, shape (n,)
        Metres.
    banking : ndarray of float64, shape (n,)
        Radians; positive adds lateral grip, whichever way the bend goes.
    """

    x: np.ndarray
    y: np.ndarray
    elevation: np.ndarray
    banking: np.ndarray


@dataclass(frozen=True)
class Geometry:
    """What a kernel needs to know of a track with n points.

    Parameters
    ----------
    ds : ndarray of float64, shape (n - 1,)
        Horizontal distance from each point to the next, m.
    curvature : ndarray of float64, shape (n,)
        Signed, 1/m; positive in a left-hand bend.
    grade : ndarray of float64, shape (n,)
        Derivative of the elevation along the track.
    banking : ndarray of float64, shape (n,)
        Radians.
    """

    ds: np.ndarray
    curvature: np.ndarray
    grade: np.ndarray
    banking: np.ndarray


def load(name: str) -> Track:
    """Return a built-in track by its name, or read a file.

    Raises
    ------
    ConfigurationError
        If `name` is neither, or the file is no track.
    """
    if not isinstance(name, str):
        raise ConfigurationError(f"track is {name!r}; accepted: {_accepted()}.")
    if name in BUILT_IN:
        return _built_in(name)
    if Path(name).is_file() or "/" in name or name.lower().endswith(".csv"):
        return read(Path(name))
    raise ConfigurationError(f"Track {name!r} is unknown; accepted: {_accepted()}.")


def geometry(track: Track) -> Geometry:
    """Return step lengths, curvature, grade and banking.

    Derivatives are second-order differences on the non-uniform grid of arc lengths, one-sided at
    the ends (`numpy.gradient`); the second derivative is the first taken twice.

    Raises
    ------
    ConfigurationError
        If there are fewer than 4 points, or two consecutive ones coincide.
    """
    s = arc_length(track)
    d1 = functools.partial(np.gradient, edge_order=1)
    dx, dy = d1(track.x, s), d1(track.y, s)
    ddx, ddy = d1(dx, s), d1(dy, s)
    curvature = (dx * ddy - dy * ddx) / np.maximum((dx * dx + dy * dy) ** 1.5, _EPS)
    return Geometry(np.diff(s), curvature, d1(track.elevation, s), track.banking.copy())


def arc_length(track: Track) -> np.ndarray:
    """Return the horizontal distance travelled at each point, from 0; shape (n,), m."""
    s = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(track.x), np.diff(track.y)))))
    if len(s) < MIN_POINTS:
        raise ConfigurationError(f"A track needs at least {MIN_POINTS} points; this has {len(s)}.")
    if not np.isfinite(s).all():
        raise ConfigurationError("The length of the track is not finite.")
    if not (np.diff(s) > 0).all():
        i = int(np.argmin(np.diff(s) > 0))
        raise ConfigurationError(f"Points {i} and {i + 1} of the track (from 0) coincide.")
    return s


# -- files -----------------------------------------------------------------------------------


def read(path: Path) -> Track:
    """Read a track file: ``x,y,elevation,banking`` by name, or the TUMFTM form (an open ring).

    Raises
    ------
    ConfigurationError
        For a missing file, no header, a missing column, too few rows, a value that is no finite
        number, or repeated points; names the file and the line.
    """
    lines = _lines(path)
    header = [name.strip() for name in lines[0].lstrip("#").split(",")] if lines else []
    if not any(name in header for name in COLUMNS + TUMFTM_COLUMNS):
        raise ConfigurationError(f"Track file {path} has no header; expected {_FORMS}.")
    is_tumftm = set(TUMFTM_COLUMNS) <= set(header) and not set(COLUMNS) <= set(header)
    wanted = TUMFTM_COLUMNS if is_tumftm else COLUMNS
    if missing := [name for name in wanted if name not in header]:
        raise ConfigurationError(
            f"Track file {path} lacks the column {', '.join(map(repr, missing))}; it has "
            f"{','.join(header)}, expected {_FORMS}."
        )
    table = _table(path, lines, [header.index(name) for name in wanted])
    if len(table) < MIN_POINTS:
        raise ConfigurationError(
            f"Track file {path} has {len(table)} rows; a track needs at least {MIN_POINTS}."
        )
    if is_tumftm:
        table = _close(np.column_stack((table, np.zeros((len(table), 2)))))
    track = Track(*np.ascontiguousarray(table.T))
    try:
        arc_length(track)
    except ConfigurationError as error:
        raise ConfigurationError(f"Track file {path}: {error}") from error
    return track


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise ConfigurationError(
            f"There is no track file {path}; accepted: {_accepted()}."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"Track file {path} cannot be read: {error}") from error


def _table(path: Path, lines: Sequence[str], columns: Sequence[int]) -> np.ndarray:
    """Return the wanted columns of the rows below the header, shape (rows, columns)."""
    rows = []
    for number, row in enumerate(csv.reader(lines[1:]), start=2):
        if not row or row[0].lstrip().startswith("#"):
            continue
        try:
            values = [float(row[column]) for column in columns]
        except (ValueError, IndexError) as error:
            raise ConfigurationError(f"Track file {path}, line {number}: {error}.") from error
        if not np.isfinite(values).all():
            raise ConfigurationError(
                f"Track file {path}, line {number}: {','.join(row)!r} has a value that is not "
                "finite."
            )
        rows.append(values)
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(columns))


def _close(table: np.ndarray) -> np.ndarray:
    """Return the rows with the first repeated at the end, unless it is there already."""
    closed = np.array_equal(table[0, :2], table[-1, :2])
    return table if closed else np.concatenate((table, table[:1]))


# -- built-in tracks -------------------------------------------------------------------------


def _ring(x: np.ndarray, y: np.ndarray, elevation: np.ndarray, banking: np.ndarray) -> Track:
    """Return a closed track; the last point, equal to the first but for rounding, is made so."""
    table = np.column_stack((x, y, elevation, banking))
    table[-1] = table[0]
    return Track(*np.ascontiguousarray(table.T))


def circle(radius: float = 50.0, points: int = 721) -> Track:
    """Return one turn of a circle: the speed settles where grip and drag balance."""
    t = np.linspace(0.0, 2 * np.pi, points)
    return _ring(radius * np.cos(t), radius * np.sin(t), 0 * t, 0 * t)


def eight(size: float = 80.0, points: int = 1201) -> Track:
    """Return a figure of eight: the curvature changes sign and vanishes at the crossing."""
    t = np.linspace(0.0, 2 * np.pi, points)
    return _ring(size * np.sin(t), size / 2 * np.sin(2 * t), 0 * t, 0 * t)


def straight(length: float = 1000.0, points: int = 501) -> Track:
    """Return a straight: no curvature at all."""
    x = np.linspace(0.0, length, points)
    return Track(x, 0 * x, 0 * x, 0 * x)


def hilly(points: int = 901) -> Track:
    """Return a three-lobed ring with hills, and bends banked both ways."""
    t = np.linspace(0.0, 2 * np.pi, points)
    r = 117.0 * (1 + 0.23 * np.cos(3 * t + 0.4))
    elevation = 11.3 * np.sin(2 * t + 0.7) + 1.9 * np.cos(5 * t)
    return _ring(r * np.cos(t), r * np.sin(t), elevation, 0.13 * np.sin(3 * t + 1.1) + 0.03)


def oval(points: int = 97) -> Track:
    """Return a short, bumpy, banked oval, small enough for a smoke test."""
    t = np.linspace(0.0, 2 * np.pi, points)
    elevation = 1.7 * np.sin(2 * t + 0.3)
    return _ring(131.0 * np.cos(t), 37.0 * np.sin(t), elevation, 0.11 * np.cos(t) ** 2 - 0.02)


def spa(step: float = 5.0) -> Track:
    """Return the flat Spa-Francorchamps lap, integrated from 66 stretches of curvature.

    The curvature is constant along a stretch and ramps linearly into the next. Since the stretches
    do not quite close, their lengths and curvatures change by as little as possible (least squares
    of the relative change of length and of the change of heading, rad) so that they do.
    Coordinates are rounded to a micrometre: the same bits on every machine.
    """
    table = _table(
        DATA / "spa_segments.csv",
        (DATA / "spa_segments.csv").read_text(encoding="utf-8").splitlines()[2:],
        (0, 1),
    )
    lengths, curvatures = _closed_stretches(table[:, 0], table[:, 1])
    points = round(float(lengths.sum()) / step) + 2
    x, y = np.round(_integrate(lengths, curvatures, points)[:2], 6)
    return _ring(x, y, 0 * x, 0 * x)


_RAMP = 10.0  # longest transition between two stretches, m
_FINE = 4  # integration steps for each sampled one


def _integrate(
    lengths: np.ndarray, curvatures: np.ndarray, points: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return x, y at `points` equally spaced places, and the total change of heading.

    The heading is integrated exactly (the curvature is piecewise linear), the position by
    Simpson's rule.
    """
    ends = np.cumsum(lengths)
    half = np.minimum(_RAMP, np.minimum(lengths[:-1], lengths[1:])) / 2
    knots = np.concatenate(
        ([0.0], np.column_stack((ends[:-1] - half, ends[:-1] + half)).ravel(), ends[-1:])
    )
    values = np.repeat(curvatures, 2)
    turned = np.concatenate(([0.0], np.cumsum(np.diff(knots) * (values[:-1] + values[1:]) / 2)))
    s = np.linspace(0.0, ends[-1], 2 * _FINE * (points - 1) + 1)
    at = np.clip(np.searchsorted(knots, s, side="right") - 1, 0, len(knots) - 2)
    into = s - knots[at]
    width = np.maximum(np.diff(knots)[at], np.finfo(float).tiny)
    slope = np.diff(values)[at] / width
    heading = turned[at] + into * (values[at] + slope * into / 2)
    position = []
    for f in (np.cos(heading), np.sin(heading)):
        steps = (f[:-2:2] + 4 * f[1:-1:2] + f[2::2]) * (s[2] / 6)
        position.append(np.concatenate(([0.0], np.cumsum(steps)))[::_FINE])
    return position[0], position[1], float(turned[-1])


def _closed_stretches(lengths: np.ndarray, curvatures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the stretches, changed as little as possible, so that the ring closes."""
    count = len(lengths)

    def changed(change: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        new_lengths = lengths * (1 + change[:count])
        return new_lengths, curvatures + change[count:] / lengths

    def gap(change: np.ndarray) -> np.ndarray:
        x, y, turned = _integrate(*changed(change), points=1401)
        return np.array([x[-1] / 100, y[-1] / 100, turned + 2 * np.pi])

    h, start = 1e-6, gap(np.zeros(2 * count))
    jacobian = np.array([(gap(h * e) - start) / h for e in np.eye(2 * count)]).T
    change = np.zeros(2 * count)
    for _ in range(6):  # chord steps of least norm; each gains three digits
        change = change - jacobian.T @ np.linalg.solve(jacobian @ jacobian.T, gap(change))
    return changed(change)


BUILT_IN: dict[str, Callable[[], Track]] = {
    "spa": spa,
    "circle": circle,
    "eight": eight,
    "straight": straight,
    "hilly": hilly,
    "oval": oval,
}


@functools.cache
def _built_in(name: str) -> Track:
    return BUILT_IN[name]()


def _accepted() -> str:
    return f"a built-in track ({', '.join(BUILT_IN)}) or the path of a CSV file with {_FORMS}"
