"""Centred component planes in cache-sized chunks: H by ``bmm``, batched SVD, explicit RMSD.

LAPACK takes one call a frame for the SVD (a batched solver on CUDA); the rest runs over long
contiguous rows while the chunk is in cache. A few chunks of 1.5 MB a thread (256 MB on CUDA).
O(frames atoms).
"""

import torch

from ..torch_frames import buffer, center, centered_planes, chunks, rotations


def kabsch_rmsd(positions, masses):
    middle = center(positions, masses)
    planes = buffer(positions)
    target = centered_planes(positions[:1], middle[:1], planes)[0].clone()
    weighted = (target * masses).T
    squares = positions.new_empty(len(positions))
    for rows in chunks(positions):
        d = centered_planes(positions[rows], middle[rows], planes)
        deviation = torch.matmul(rotations(torch.matmul(d, weighted)), d) - target
        squares[rows] = torch.matmul(deviation * deviation, masses).sum(1)
    return torch.sqrt(squares / masses.sum())
