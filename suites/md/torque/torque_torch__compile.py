"""Three sums over components sliced from the rows, the centre subtracted inline.

The compiler fuses each pass over a frame into one loop without temporaries. O(frames atoms).
"""

import torch

from ..torch_frames import components, fused_center, fused_cross_sum


@torch.compile(dynamic=False)
def torque(positions, forces, masses):
    d = components(positions, fused_center(positions, masses))
    return fused_cross_sum(d, tuple(forces[:, :, axis] for axis in range(3)))
