"""Wheel loads along a lap, from a kernel's outputs (NumPy only).

The same for every backend, and so no part of the timed kernels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .car import EPS, G, front_downforce, front_roll


def axle_loads(
    values: Mapping[str, Any], speed: np.ndarray, ax: np.ndarray | float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return the vertical loads of the front and the rear axle, N, each shape (n,).

    Parameters
    ----------
    values : mapping
        Parameters of a car, as `car.settle` returns them, with those of its axles.
    speed : ndarray, shape (n,)
        m/s.
    ax : ndarray or float
        Longitudinal acceleration, m/s^2; zero for the point mass, which has no wheelbase.
    """
    weight = values["mass"] * G
    down = values["air_density"] * values["lift_coefficient"] * values["frontal_area"] / 2
    down = down * np.maximum(speed, 0.0) ** 2
    moved = values["mass"] * ax * values["cg_height"] / max(values["wheelbase"], EPS)
    front = weight * values["front_weight"] + down * front_downforce(values) - moved
    front = np.clip(front, 2 * EPS, weight + down - 2 * EPS)
    return front, weight + down - front


def wheel_loads(
    values: Mapping[str, Any], speed: np.ndarray, ax: np.ndarray, ay: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the vertical load of each wheel, N, each shape (n,).

    Keys ``front_inner``, ``front_outer``, ``rear_inner``, ``rear_outer``; inner and outer as in a
    bend that `ay`, m/s^2, is positive for.
    """
    front, rear = axle_loads(values, speed, ax)
    roll = front_roll(values)
    moment = values["mass"] * ay * values["cg_height"]
    loads = {}
    for name, load, share in (("front", front, roll), ("rear", rear, 1 - roll)):
        moved = share * moment / values[f"{name}_track_width"]
        most = np.maximum(load - 2 * EPS, 0.0)
        inner = (np.maximum(load, 2 * EPS) - np.clip(moved, -most, most)) / 2
        loads[f"{name}_inner"], loads[f"{name}_outer"] = inner, load - inner
    return loads
