"""Fused sums for centres and H, Jacobi eigenvectors of all frames at once, fused deviations.

Three compiled programs and one sweep called a few times; nothing the size of the trajectory is
kept between them. Temporaries of (15, frames). O(frames atoms).
"""

import torch

from ..eigen3_arrays import identity_like
from ..superpose3_arrays import gram, rotations
from ..torch_eigen3 import eigen3, stacked
from ..torch_frames import components, fused_center


def kabsch_rmsd(positions, masses):
    center = _center(positions, masses)
    h = _covariance(positions, masses, center)
    _, columns = eigen3(_start(h))
    return _deviation(positions, masses, center, _rotations(h, columns))


@torch.compile(dynamic=False)
def _center(positions, masses):
    return fused_center(positions, masses)


@torch.compile(dynamic=False)
def _covariance(positions, masses, center):
    d = components(positions, center)
    target = components(positions[:1], center[:1])
    weighted = [masses * b for b in target]
    return torch.stack([(a * b).sum(1) for a in d for b in weighted])


@torch.compile(dynamic=False)
def _start(h):
    matrix = gram(h.unbind())
    return stacked(matrix, *identity_like(matrix[0]))


@torch.compile(dynamic=False)
def _rotations(h, columns):
    _, p, q = (column.unbind() for column in columns.unbind())
    return torch.stack(rotations(torch, h.unbind(), p, q, 10 * torch.finfo(h.dtype).eps))


@torch.compile(dynamic=False)
def _deviation(positions, masses, center, rotation):
    d = components(positions, center)
    target = components(positions[:1], center[:1])
    r = [row[:, None] for row in rotation.unbind()]
    square = 0.0
    for i, b in enumerate(target):
        e = r[3 * i] * d[0] + r[3 * i + 1] * d[1] + r[3 * i + 2] * d[2] - b
        square = square + e * e
    return torch.sqrt((masses * square).sum(1) / masses.sum())
