"""Gaussian KDE against the array protocol: broadcast over tiles of grid points x particles.

What one writes without a library in mind: a tuned file clamps exponents, works in place or loops
by point. A tile is 64 MB in float64, so that a case is one tile or a few. Time O(n m), memory
O(m) and a few tiles.
"""

import math

TILE = 1 << 23


def gaussian_kde(B, particles, grid, bandwidth):
    n, m = particles.shape[0], grid.shape[0]
    norm = 1 / (n * bandwidth * math.sqrt(2 * math.pi))
    rows = max(1, TILE // n)
    parts = []
    for top in range(0, m, rows):
        z = (grid[top : min(top + rows, m), None] - particles[None, :]) / bandwidth
        parts.append(B.sum(B.exp(B.square(z) * -0.5), axis=1))
    return B.concatenate(parts) * norm
