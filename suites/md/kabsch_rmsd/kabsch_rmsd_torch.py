"""Centred component planes in cache-sized chunks: H by ``bmm``, batched SVD, explicit RMSD.

LAPACK takes one call a frame for the SVD (a batched solver on CUDA); the rest runs over long
contiguous rows while the chunk is in cache. A few chunks of 0.8 MB. O(frames atoms).
"""

import torch

from ..torch_frames import centered_planes, chunks

VARIANTS = ("eager",)


def kabsch_rmsd(positions, masses):
    weights = masses / masses.sum()
    target = centered_planes(positions[:1], weights)[0]
    weighted = (target * masses).T
    squares = []
    for rows in chunks(positions):
        d = centered_planes(positions[rows], weights)
        deviation = torch.matmul(_rotations(torch.matmul(d, weighted)), d) - target
        squares.append(torch.matmul(deviation * deviation, weights).sum(1))
    return torch.sqrt(torch.cat(squares))


def _rotations(covariance):
    """Return the rotations R that maximise tr(R H) for H (frames, 3, 3)."""
    u, _, vt = torch.linalg.svd(covariance)
    mirror = torch.sign(torch.linalg.det(u) * torch.linalg.det(vt))
    last = u[:, :, 2] * mirror[:, None]
    u = torch.stack((u[:, :, 0], u[:, :, 1], last), 2)
    return torch.matmul(u, vt).transpose(1, 2)
