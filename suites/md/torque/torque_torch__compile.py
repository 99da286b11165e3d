"""All sums in one pass, about a point inside each frame; then moved to the centre of mass.

The compiler fuses everything into one loop over memory without temporaries. O(frames atoms).
"""

import torch

from ..torch_frames import among, centered_cross_sum, components


@torch.compile(dynamic=False)
def torque(positions, forces, masses):
    return centered_cross_sum(components(positions, among(positions)), forces.unbind(2), masses)
