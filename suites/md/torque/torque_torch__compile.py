"""All sums in one pass, about a point inside each frame; then moved to the centre of mass.

The compiler fuses everything into one loop over memory without temporaries. O(frames atoms).
"""

from ..torch_frames import among, centered_cross_sum, compiled, components


@compiled
def torque(positions, forces, masses):
    return centered_cross_sum(components(positions, among(positions)), forces.unbind(2), masses)
