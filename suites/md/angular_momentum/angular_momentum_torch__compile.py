"""Three sums over components sliced from the rows, both centres subtracted inline.

The compiler fuses each pass over a frame into one loop without temporaries; ``cross`` and
``unbind`` forms keep copies of the trajectory. O(frames atoms).
"""

import torch

from ..torch_frames import components, fused_center, fused_cross_sum


@torch.compile(dynamic=False)
def angular_momentum(positions, velocities, masses):
    d = components(positions, fused_center(positions, masses))
    w = components(velocities, fused_center(velocities, masses))
    return fused_cross_sum(d, tuple(masses * part for part in w))
