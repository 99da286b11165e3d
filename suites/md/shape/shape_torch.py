"""Second moments of centred component planes in cache-sized chunks, then ``eigvalsh``.

See ``inertia_tensor`` for the sums; LAPACK takes one call a frame for the eigenvalues. A buffer
of 1.5 MB a thread (256 MB on CUDA). O(frames atoms).
"""

import torch

from ..torch_frames import second_moments


def shape(positions, masses):
    gyration = second_moments(positions, masses) / masses.sum()
    a, b, c = torch.linalg.eigvalsh(gyration).unbind(1)
    square = a + b + c
    return torch.sqrt(square), (c - (a + b) / 2) / square, (b - a) / square
