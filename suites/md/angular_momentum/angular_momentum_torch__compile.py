"""All sums in one pass, about a point inside each frame; then moved to the centre of mass.

The compiler fuses everything into one loop over memory without temporaries; ``cross`` and
``unbind`` forms keep copies of the trajectory. O(frames atoms).
"""

from ..torch_frames import among, centered_cross_sum, compiled, components


@compiled
def angular_momentum(positions, velocities, masses):
    d = components(positions, among(positions))
    w = components(velocities, among(velocities))
    return centered_cross_sum(d, tuple(masses * part for part in w), masses)
