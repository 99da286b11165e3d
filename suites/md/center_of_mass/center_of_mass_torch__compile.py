"""A sum for each component, which the compiler fuses into one loop over the trajectory.

``einsum`` takes 1.2 to 1.5 times as long: it loops over frames and components. A product with
``matmul`` would only be handed back to the library. Allocates the result only. O(frames atoms).
"""

from ..torch_frames import compiled, fused_center


@compiled
def center_of_mass(positions, masses):
    return fused_center(positions, masses)
