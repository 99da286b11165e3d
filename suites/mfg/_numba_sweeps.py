"""One backward and one forward sweep in compiled loops, in the units of `problem`.

Each system is eliminated from both ends at once ("twisted"): two chains of dependent divisions
run side by side, which halves the time of the textbook elimination. No pivots: the matrices are
diagonally dominant by 1, by rows (backward) or by columns (forward).
"""

from __future__ import annotations

import numpy as np
from numba import njit

jit = njit(cache=True, error_model="numpy", fastmath={"contract", "nsz"})


@jit
def backward_sweep(values, sources, spread, tolerance, most, unit):
    """Fill `values` (levels + 1, nodes) from its last row back."""
    levels, nodes = sources.shape
    given, new = np.empty(nodes), np.empty(nodes)
    left, right = np.zeros(nodes), np.zeros(nodes)
    for level in range(levels - 1, -1, -1):
        w = values[level]
        for i in range(nodes):
            w[i] = values[level + 1, i]
            given[i] = sources[level, i] + w[i]
        for _ in range(most):
            # Equations linearised at w; see newton_step in host_loop for their form.
            fall = max(w[0] - w[1], 0.0)
            right[0] = spread + fall
            new[0] = given[0] + 0.5 * fall * fall
            for i in range(1, nodes - 1):
                rise = max(w[i] - w[i - 1], 0.0)
                fall = max(w[i] - w[i + 1], 0.0)
                left[i] = spread + rise
                right[i] = spread + fall
                new[i] = given[i] + 0.5 * (rise * rise + fall * fall)
            rise = max(w[nodes - 1] - w[nodes - 2], 0.0)
            left[nodes - 1] = spread + rise
            new[nodes - 1] = given[nodes - 1] + 0.5 * rise * rise
            solve_rows(left, right, new)
            change = size = 0.0
            for i in range(nodes):
                change = max(change, abs(new[i] - w[i]))
                size = max(size, abs(new[i]))
                w[i] = new[i]
            if change <= tolerance * max(unit, size):
                break


@jit
def solve_rows(left, right, x):
    """Solve (1 + left + right) x[i] - left x[i-1] - right x[i+1] = x[i], in place.

    left[0] and right[-1] are 0. Destroys `left` and `right`, in which the shares of the
    neighbours take the place of their weights.
    """
    n = len(x)
    middle = n // 2
    share = part = other_share = other_part = 0.0
    for i in range(middle):
        weight = 1.0 / (1.0 + right[i] + left[i] * (1.0 - share))
        part = (x[i] + left[i] * part) * weight
        share = right[i] * weight
        right[i], x[i] = share, part
        j = n - 1 - i
        if j > middle:
            weight = 1.0 / (1.0 + left[j] + right[j] * (1.0 - other_share))
            other_part = (x[j] + right[j] * other_part) * weight
            other_share = left[j] * weight
            left[j], x[j] = other_share, other_part
    i = middle
    total = 1.0 + left[i] * (1.0 - share) + right[i] * (1.0 - other_share)
    x[i] = (x[i] + left[i] * part + right[i] * other_part) / total
    part = other_part = x[i]
    for step in range(1, middle + 1):
        i, j = middle - step, middle + step
        part = x[i] + right[i] * part
        x[i] = part
        if j < n:
            other_part = x[j] + left[j] * other_part
            x[j] = other_part


@jit
def forward_sweep(density, values, spread):
    """Fill `density` (levels + 1, nodes) from its first row on."""
    levels, nodes = len(values) - 1, values.shape[1]
    left, right = np.zeros(nodes), np.zeros(nodes)
    for level in range(levels):
        w, x = values[level], density[level + 1]
        # What node i gives to its left and to its right neighbour.
        for i in range(1, nodes):
            left[i] = spread + max(w[i] - w[i - 1], 0.0)
        for i in range(nodes - 1):
            right[i] = spread + max(w[i] - w[i + 1], 0.0)
        for i in range(nodes):
            x[i] = density[level, i]
        solve_columns(left, right, x)


@jit
def solve_columns(left, right, x):
    """Solve (1 + left + right) x[i] - right[i-1] x[i-1] - left[i+1] x[i+1] = x[i], in place.

    left[0] and right[-1] are 0. Destroys both but for these two.
    """
    n = len(x)
    middle = n // 2
    share = part = other_share = other_part = 0.0
    from_left = from_right = 0.0
    for i in range(middle):
        j = n - 1 - i
        weight = 1.0 / (1.0 + right[i] + left[i] - from_left * share)
        part = (x[i] + from_left * part) * weight
        share = left[i + 1] * weight
        from_left = right[i]
        right[i], x[i] = share, part
        if j > middle:
            weight = 1.0 / (1.0 + left[j] + right[j] - from_right * other_share)
            other_part = (x[j] + from_right * other_part) * weight
            other_share = right[j - 1] * weight
            from_right = left[j]
            left[j], x[j] = other_share, other_part
    i = middle
    total = 1.0 + left[i] + right[i] - from_left * share - from_right * other_share
    x[i] = (x[i] + from_left * part + from_right * other_part) / total
    part = other_part = x[i]
    for step in range(1, middle + 1):
        i, j = middle - step, middle + step
        part = x[i] + right[i] * part
        x[i] = part
        if j < n:
            other_part = x[j] + left[j] * other_part
            x[j] = other_part


@jit
def damp(old, new, theta):
    """Replace `old` by theta new + (1 - theta) old and return its relative change."""
    change = size = 0.0
    for i in range(old.shape[0]):
        for j in range(old.shape[1]):
            damped = theta * new[i, j] + (1.0 - theta) * old[i, j]
            change += (damped - old[i, j]) ** 2
            size += damped * damped
            old[i, j] = damped
    return np.sqrt(change / size)
