"""Fused sums for centres and H, batched SVD, fused deviations; components sliced from the rows.

Two compiled programs about one LAPACK call a frame; nothing the size of the trajectory is kept
between them. Temporaries of (frames, 3, 3). O(frames atoms).
"""

import torch

from ..torch_frames import among, compiled, components, fused_center, rotations


def kabsch_rmsd(positions, masses):
    target, center, covariance = _sums(positions, masses)
    return _deviation(positions, masses, target, center, rotations(covariance))


@compiled
def _sums(positions, masses):
    first, point = positions[:1], among(positions)
    target = torch.cat(components(first, fused_center(first, masses)))
    d = components(positions, point)
    center = point + torch.stack([(masses * part).sum(1) for part in d], 1) / masses.sum()
    # About any point: the target's own sum m b, which the centre would be multiplied by, is zero.
    sums = [(a * (masses * b)).sum(1) for a in d for b in target]
    return target, center, torch.stack(sums, 1).view(-1, 3, 3)


@compiled
def _deviation(positions, masses, target, center, rotation):
    d = components(positions, center)
    square = 0.0
    for i, b in enumerate(target):
        x, y, z = (rotation[:, i, j, None] * d[j] for j in range(3))
        square = square + (x + y + z - b) ** 2
    return torch.sqrt((masses * square).sum(1) / masses.sum())
