"""Fused sums for centres and H, batched SVD, fused deviations; components sliced from the rows.

Two compiled programs about one LAPACK call a frame; nothing the size of the trajectory is kept
between them. Temporaries of (frames, 3, 3). O(frames atoms).
"""

import torch

from ..torch_frames import compiled, components, fused_center, rotations


def kabsch_rmsd(positions, masses):
    center, covariance = _sums(positions, masses)
    return _deviation(positions, masses, center, rotations(covariance))


@compiled
def _sums(positions, masses):
    center = fused_center(positions, masses)
    d = components(positions, center)
    weighted = [masses * b for b in components(positions[:1], center[:1])]
    sums = [(a * b).sum(1) for a in d for b in weighted]
    return center, torch.stack(sums, 1).view(-1, 3, 3)


@compiled
def _deviation(positions, masses, center, rotation):
    d = components(positions, center)
    square = 0.0
    for i, b in enumerate(components(positions[:1], center[:1])):
        x, y, z = (rotation[:, i, j, None] * d[j] for j in range(3))
        square = square + (x + y + z - b) ** 2
    return torch.sqrt((masses * square).sum(1) / masses.sum())
