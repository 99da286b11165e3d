"""One backward and one forward sweep in compiled loops, in the units of `problem`.

Each system is eliminated from both ends at once ("twisted"), and its pivots come from a recurrence
without divisions: together twice as fast as the textbook elimination, a chain of dependent
divisions. No pivoting: the matrices dominate by 1, by rows (backward) or columns (forward).
"""

from __future__ import annotations

import numpy as np
from numba import njit

options = {"error_model": "numpy", "fastmath": {"contract", "nsz"}}
# What compiled code alone calls: without an entry from Python it takes a fifth less to compile.
internal = njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **options)

BLOCK = 16
"""Rows between two normalisations: a row multiplies by its pivot, at most about 1e5 here."""


@internal
def backward_sweep(values, sources, spread, tolerance, most, unit):
    """Fill `values` (levels + 1, nodes) from its last row back."""
    levels, nodes = sources.shape
    given, new, weights = np.empty(nodes), np.empty(nodes), np.empty(nodes)
    left, right = np.zeros(nodes), np.zeros(nodes)
    for level in range(levels - 1, -1, -1):
        w = values[level]
        for i in range(nodes):
            w[i] = values[level + 1, i]
            given[i] = sources[level, i] + w[i]
        for _ in range(most):
            linearise(w, given, spread, left, right, new)
            invert_pivots(left, right, weights)
            solve_rows(left, right, weights, new)
            change = size = 0.0
            for i in range(nodes):
                change = max(change, abs(new[i] - w[i]))
                size = max(size, abs(new[i]))
                w[i] = new[i]
            if change <= tolerance * max(unit, size):
                break


@internal
def forward_sweep(density, values, spread):
    """Fill `density` (levels + 1, nodes) from its first row on."""
    levels, nodes = len(values) - 1, values.shape[1]
    left, right, weights = np.zeros(nodes), np.zeros(nodes), np.empty(nodes)
    for level in range(levels):
        x = density[level + 1]
        linearise(values[level], density[level], spread, left, right, x)
        for i in range(nodes):
            x[i] = density[level, i]
        invert_pivots(left, right, weights)
        solve_columns(left, right, weights, x)


@internal
def linearise(w, given, spread, left, right, x):
    """Set the weights of the neighbours and the right-hand side of the equations at `w`.

    Row i is (1 + left + right) new[i] - left new[i-1] - right new[i+1] = x[i]. The ends have one
    neighbour: left[0] and right[-1] stay as they are, 0.
    """
    last = len(w) - 1
    fall = max(w[0] - w[1], 0.0)
    right[0] = spread + fall
    x[0] = given[0] + 0.5 * fall * fall
    for i in range(1, last):
        rise = max(w[i] - w[i - 1], 0.0)
        fall = max(w[i] - w[i + 1], 0.0)
        left[i] = spread + rise
        right[i] = spread + fall
        x[i] = given[i] + 0.5 * (rise * rise + fall * fall)
    rise = max(w[last] - w[last - 1], 0.0)
    left[last] = spread + rise
    x[last] = given[last] + 0.5 * rise * rise


@internal
def invert_pivots(left, right, weights):
    """Set the inverse pivots of the elimination from both ends to the middle.

    A pivot is d[i] = 1 + right[i] + left[i] (1 - right[i-1] / d[i-1]). With d[i] = q[i+1] / q[i],
    q[i+1] = p[i] + right[i] q[i] and p[i] = q[i] + left[i] p[i-1]: no division waits for another
    and nothing cancels; p and q grow and are normalised every `BLOCK` rows.
    """
    n = len(weights)
    middle = n // 2
    p = r = 0.0
    q = s = 1.0
    for start in range(0, middle, BLOCK):
        for i in range(start, min(start + BLOCK, middle)):
            j = n - 1 - i
            p = q + left[i] * p
            grown = p + right[i] * q
            weights[i] = q / grown
            q = grown
            if j > middle:
                r = s + right[j] * r
                grown = r + left[j] * s
                weights[j] = s / grown
                s = grown
        p, q = p / q, 1.0
        r, s = r / s, 1.0
    weights[middle] = 1.0 / (1.0 + left[middle] * p / q + right[middle] * r / s)


@internal
def solve_rows(left, right, weights, x):
    """Solve (1 + left + right) x[i] - left x[i-1] - right x[i+1] = x[i], in place."""
    n = len(x)
    middle = n // 2
    low = high = 0.0
    for i in range(middle):
        j = n - 1 - i
        low = x[i] * weights[i] + (left[i] * weights[i]) * low
        x[i] = low
        if j > middle:
            high = x[j] * weights[j] + (right[j] * weights[j]) * high
            x[j] = high
    low = high = (x[middle] + left[middle] * low + right[middle] * high) * weights[middle]
    x[middle] = low
    for step in range(1, middle + 1):
        i, j = middle - step, middle + step
        low = x[i] + right[i] * weights[i] * low
        x[i] = low
        if j < n:
            high = x[j] + left[j] * weights[j] * high
            x[j] = high


@internal
def solve_columns(left, right, weights, x):
    """Solve (1 + left + right) x[i] - right[i-1] x[i-1] - left[i+1] x[i+1] = x[i], in place."""
    n = len(x)
    middle = n // 2
    low = high = from_left = from_right = 0.0
    for i in range(middle):
        j = n - 1 - i
        low = x[i] * weights[i] + (from_left * weights[i]) * low
        from_left = right[i]
        x[i] = low
        if j > middle:
            high = x[j] * weights[j] + (from_right * weights[j]) * high
            from_right = left[j]
            x[j] = high
    low = high = (x[middle] + from_left * low + from_right * high) * weights[middle]
    x[middle] = low
    for step in range(1, middle + 1):
        i, j = middle - step, middle + step
        low = x[i] + left[i + 1] * weights[i] * low
        x[i] = low
        if j < n:
            high = x[j] + right[j - 1] * weights[j] * high
            x[j] = high


@internal
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
