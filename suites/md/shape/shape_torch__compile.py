"""Six fused sums (see ``inertia_tensor``), then ``eigvalsh``, and fused formulas from its result.

The eigenvalues are one LAPACK call a frame, which the compiler only calls. Temporaries of
(frames, 3, 3). O(frames atoms).
"""

import torch

from ..torch_frames import compiled, fused_second_moments, symmetric


@compiled
def shape(positions, masses):
    gyration = symmetric(*fused_second_moments(positions, masses)) / masses.sum()
    a, b, c = torch.linalg.eigvalsh(gyration).unbind(1)
    square = a + b + c
    return torch.sqrt(square), (c - (a + b) / 2) / square, (b - a) / square
