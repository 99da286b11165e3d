"""r - R and v - V, and one contraction of m d w^T over atoms, whose skew part is L.

Few large tasks: the runtime takes hundreds of microseconds for each. Three temporaries as large
as the trajectory. O(frames atoms).
"""

from ..cupynumeric_frames import axial, centered, products


def angular_momentum(positions, velocities, masses):
    w = centered(velocities, masses) * masses[:, None]
    return axial(products(centered(positions, masses), w))
