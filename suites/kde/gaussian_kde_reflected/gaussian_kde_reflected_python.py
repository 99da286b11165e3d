"""Mirrored Gaussian KDE in pure Python: the estimate over particles and images together.

Time O(n m); allocates the 3 n particles and images, and a list of 3 n floats at a time.
"""

from ..gaussian_kde.gaussian_kde_python import gaussian_kde


def gaussian_kde_reflected(particles, grid, bandwidth, lower, upper):
    below = [2 * lower - p for p in particles]
    above = [2 * upper - p for p in particles]
    return [3 * f for f in gaussian_kde(particles + below + above, grid, bandwidth)]
