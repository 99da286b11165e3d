"""Mirrored Gaussian KDE with eager PyTorch: the tiled estimate over particles and images.

Time O(n m); allocates the 3 n particles and images besides the tiles of `gaussian_kde`.
"""

import torch

from ..gaussian_kde.gaussian_kde_torch import gaussian_kde

VARIANTS = ("eager",)


def gaussian_kde_reflected(particles, grid, bandwidth, lower, upper):
    images = torch.cat([particles, 2 * lower - particles, 2 * upper - particles])
    return 3 * gaussian_kde(images, grid, bandwidth)
