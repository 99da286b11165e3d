"""Mirrored Gaussian KDE with cuPyNumeric: the tiled estimate over particles and images.

Time O(n m); allocates the 3 n particles and images besides the tiles of `gaussian_kde`.
"""

import cupynumeric as cn

from ..gaussian_kde.gaussian_kde_cupynumeric import gaussian_kde


def gaussian_kde_reflected(particles, grid, bandwidth, lower, upper):
    images = cn.concatenate([particles, 2 * lower - particles, 2 * upper - particles])
    return 3 * gaussian_kde(images, grid, bandwidth)
