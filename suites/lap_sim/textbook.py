"""The specification's text, speed by speed, in any precision: what all is checked against.

With float64 it is a slow solver; with extended precision it is the truth.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .car import EPS, EPS_TIME, G, tyre_force


def wide(inputs: Any) -> dict[str, Any]:
    """Return inputs in extended precision; counts stay as they are."""
    return {
        name: value if isinstance(value, int) else np.asarray(value, np.longdouble)[()]
        for name, value in inputs.items()
    }


def outputs(i: Any, limit: Any) -> dict[str, Any]:
    """Return all that is computed of a lap, by name; `limit` as in `lap`."""
    v, lap_time, count = lap(i, limit)
    ax = np.diff(v**2) / (2 * i["ds"])
    mean = (v[:-1] + v[1:]) / 2
    power = np.maximum((i["mass"] * ax + i["drag"] * v[:-1] ** 2) * v[:-1], 0)
    return {
        "speed": v,
        "ax": np.append(ax, ax[-1]),
        "ay": v**2 * i["curvature"],
        "lap_time": lap_time,
        "energy": np.sum(power * i["ds"] / np.maximum(mean, EPS_TIME)),
        "envelope_iterations": count,
    }


def lap(i: Any, limit: Any) -> tuple[np.ndarray, Any, int]:
    """Return speeds, lap time and iterations; `limit` gives (t, A) at a speed and a banking."""
    ds, m, high = i["ds"], i["mass"], i["max_speed"]
    k, grade, bank = i["curvature"], i["grade"], i["banking"]
    lat, count = envelope(i, limit)

    def parts(v: Any, j: int) -> tuple[Any, Any, Any, Any]:
        t, grip = limit(v, bank[j])
        u = min(abs(v * v * k[j]) / max(grip, EPS), 1)
        return t, np.sqrt(min(max(1 - u * u, 0), 1)), i["drag"] * v * v / m, G * grade[j]

    v = np.empty_like(lat)
    v[0] = min(lat[0], i["initial_speed"], high)
    for j, step in enumerate(ds):
        t, c, drag, climb = parts(v[j], j)
        acc = min(t, i["a_drive"]) * c - drag - climb
        reach = np.sqrt(max(v[j] ** 2 + 2 * acc * step, i["min_speed"] ** 2))
        v[j + 1] = min(lat[j + 1], reach, high)
    w = v.copy()
    for j in range(len(ds) - 1, -1, -1):
        t, c, drag, climb = parts(w[j + 1], j + 1)
        dec = max(min(t, i["a_brake"]) * c + drag + climb, 0)
        reach = np.sqrt(max(w[j + 1] ** 2 + 2 * dec * ds[j], i["min_speed"] ** 2))
        w[j] = min(v[j], reach, lat[j], high)
    return w, np.sum(ds / np.maximum((w[:-1] + w[1:]) / 2, EPS)), count


def envelope(i: Any, limit: Any) -> tuple[np.ndarray, int]:
    """Return the lateral-limit speeds and the number of fixed-point iterations."""
    k = np.abs(i["curvature"])
    low, high = i["min_speed"], i["max_speed"]
    lat, count = np.full_like(k, high), 0
    while count < i["envelope_iterations"]:
        grip = np.array([max(limit(v, b)[1], 0) for v, b in zip(lat, i["banking"], strict=True)])
        new = np.where(k <= EPS, high, np.minimum(np.sqrt(grip / np.maximum(k, EPS)), high))
        new = np.clip(new, low, high)
        change, lat, count = np.abs(new - lat).max(), new, count + 1
        if change <= i["envelope_tolerance"]:
            break
    return lat, count


def point_mass_limit(i: Any) -> Any:
    """Return the limit of a point mass."""

    def limit(v: Any, bank: Any) -> tuple[Any, Any]:
        t = i["mu"] * max(G + i["lift"] * max(v, 0) ** 2 / i["mass"], EPS)
        return t, max(t + G * np.sin(bank), EPS)

    return limit


def single_track_limit(i: Any) -> Any:
    """Return the limit of a single-track car, tyre by tyre."""
    m = i["mass"]

    def axle(load: Any, a: Any, name: str) -> Any:
        load = max(load, 2 * EPS)
        moved = min(i[f"{name}_transfer"] * a, max(load - 2 * EPS, 0))
        left = (load - moved) / 2
        tyre = (i[f"{name}_peak"], i[f"{name}_load"], i["load_sensitivity"], i["min_mu_scale"])
        return tyre_force(left, *tyre) + tyre_force(load - left, *tyre)

    def limit(v: Any, bank: Any) -> tuple[float, Any]:
        weight, down = m * G, i["lift"] * max(v, 0) ** 2
        total = weight + down
        front = weight * i["front_weight"] + down * i["front_downforce"]
        front = np.clip(front, 2 * EPS, total - 2 * EPS)
        a = i["min_lateral"]
        for _ in range(i["inner_iterations"]):
            force = axle(front, a, "front") + axle(total - front, a, "rear")
            old, a = a, max(i["min_lateral"], force / m + G * np.sin(bank))
            if abs(a - old) <= i["inner_tolerance"]:
                break
        return np.inf, a

    return limit
