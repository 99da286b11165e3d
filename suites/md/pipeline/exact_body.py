"""The pipeline at 50 digits: sums and quotients in fractions, axes and lengths by mpmath."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .. import exact


def solve(inputs):
    """Return every output that has one answer, by name."""
    from mpmath import mp

    masses = exact.rational(inputs["masses"])
    names = ("positions", "velocities", "forces")
    arrays = {name: exact.rational(inputs[name]) for name in names}
    places, speeds = (list(exact.centered(inputs[name], masses)) for name in names[:2])
    tensors = [_inertia(masses, d) for d in places]
    momenta = [
        _cross_sum([[m * x for x in row] for m, row in zip(masses, d, strict=True)], w)
        for d, w in zip(places, speeds, strict=True)
    ]
    vectors = {
        "angular_momentum": momenta,
        "torque": [_cross_sum(*frame) for frame in zip(places, arrays["forces"], strict=True)],
        "angular_velocity": [exact.solve(*frame) for frame in zip(tensors, momenta, strict=True)],
        "angular_momentum_rate": _rate(momenta, exact.rational(inputs["times"])),
    }
    found = {
        "center": [exact.center(rows, masses) for rows in arrays["positions"]],
        "inertia": tensors,
    }
    with mp.workdps(50):
        solved = [mp.eigsy(_wide(mp, tensor)) for tensor in tensors]
        found["moments"] = [sorted(values) for values, _ in solved]
        axes = [_column(columns, _smallest(values)) for values, columns in solved]
        for name, rows in vectors.items():
            parts = [_parts(mp, *frame) for frame in zip(rows, axes, strict=True)]
            suffixes = ("", "_parallel", "_perpendicular", "_z", "_magnitudes")
            columns = zip(*parts, strict=True)
            found |= {name + s: list(c) for s, c in zip(suffixes, columns, strict=True)}
        return {name: np.array(value, dtype=object).astype(float) for name, value in found.items()}


def _inertia(masses, d):
    """Return sum m (|d|^2 1 - d d^T)."""
    total = sum(masses)
    second = exact.moments(masses, d, d)
    trace = sum(second[i][i] for i in range(3))
    return [[total * ((i == j) * trace - second[i][j]) for j in range(3)] for i in range(3)]


def _cross_sum(one, other):
    products = [exact.cross(a, b) for a, b in zip(one, other, strict=True)]
    return [sum(column) for column in zip(*products, strict=True)]


def _rate(rows, times):
    """Return the slope of the parabola through a frame and its neighbours, ends included."""
    triples = [(i - 1, i, i + 1) for i in range(1, len(rows) - 1)]
    triples = [triples[0], *triples, triples[-1]]
    return [
        [_slope([rows[k][x] for k in three], [times[k] for k in three], at) for x in range(3)]
        for three, at in zip(triples, times, strict=True)
    ]


def _slope(values, times, at):
    """Return the derivative at a time, by Newton's divided differences."""
    first, second = ((q - p) / (t - s) for (p, q), (s, t) in zip(pairwise(values), pairwise(times)))
    curvature = (second - first) / (times[2] - times[0])
    return first + curvature * (2 * at - times[0] - times[1])


def _wide(mp, tensor):
    return mp.matrix([[mp.mpf(x.numerator) / x.denominator for x in row] for row in tensor])


def _smallest(values):
    return min(range(3), key=lambda i: values[i])


def _column(columns, i):
    return [columns[row, i] for row in range(3)]


def _parts(mp, vector, axis):
    """Return v, its parts along and across the axis, its z component, the four magnitudes."""
    v = [mp.mpf(x.numerator) / x.denominator for x in vector]
    along = sum(a * e for a, e in zip(v, axis, strict=True))
    parallel = [along * e for e in axis]
    across = [a - b for a, b in zip(v, parallel, strict=True)]
    size, rest = (mp.sqrt(sum(x * x for x in part)) for part in (v, across))
    return v, parallel, across, v[2], [size, abs(along), rest, abs(v[2])]
