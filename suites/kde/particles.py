"""Inputs and checks that the kernels of this suite share; NumPy only."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench_harness import ConfigurationError

REACH = 9.0
"""Bandwidths beyond which a Gaussian is below 1e-17 of its peak."""


def check_sizes(n: int, m: int, h: float) -> None:
    """Refuse an empty sample, a grid of one point and a bandwidth that is not positive.

    Raises
    ------
    ConfigurationError
        With the parameter, its value and what is accepted.
    """
    if n < 1:
        raise ConfigurationError(f"n={n}: a density estimate needs at least one particle.")
    if m < 2:
        raise ConfigurationError(f"m={m}: the grid needs at least two points.")
    if not (h > 0 and np.isfinite(h)):
        raise ConfigurationError(f"h={h}: the bandwidth is a length; it must be positive.")


def mass_defect(
    grid: np.ndarray, density: np.ndarray, bandwidth: float, terms: int, eps: float
) -> float:
    """Return how far the trapezoidal mass of a density is from 1, in units of what is allowed.

    The trapezoidal rule integrates a Gaussian on an even grid of spacing dx with the relative
    error 2 exp(-2 (pi h / dx)^2), its aliasing: nothing for dx <= h/2. A grid rounded to the
    dtype is uneven in its last places, which is allowed for; what is left is rounding.

    Parameters
    ----------
    grid, density : ndarray
        The grid must hold all the mass, or mirror it at its ends.
    bandwidth : float
    terms : int
        Number of Gaussians summed.
    eps : float
        Unit round-off spacing of the dtype.
    """
    x, f = grid.astype(np.float64), density.astype(np.float64)
    steps = np.diff(x)
    step = steps.mean()
    mass = float(((f[1:] + f[:-1]) * steps).sum() / 2)
    aliasing = 4 * np.exp(-2 * (np.pi * bandwidth / step) ** 2)
    uneven = float(np.abs(steps - step).max() / step)
    rounding = 64 * eps * np.sqrt(terms)
    return abs(mass - 1) / (aliasing + uneven + rounding)


def exact_density(particles: Any, grid: Any, bandwidth: float) -> np.ndarray:
    """Return the estimate at 50 digits, rounded once to float64."""
    from mpmath import mp, mpf

    with mp.workdps(50):
        h = mpf(float(bandwidth))
        points = [mpf(float(p)) for p in particles]
        norm = 1 / (len(points) * h * mp.sqrt(2 * mp.pi))
        return np.array(
            [
                float(norm * mp.fsum(mp.exp(-(((mpf(float(x)) - p) / h) ** 2) / 2) for p in points))
                for x in grid
            ]
        )
