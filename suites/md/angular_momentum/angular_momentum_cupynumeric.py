"""r - R and v - V, and one contraction of m d w^T over atoms, whose skew part is L.

Few large tasks: the runtime takes hundreds of microseconds for each. Three temporaries as large
as the trajectory. O(frames atoms).
"""

from ..cupynumeric_frames import axial, centered, products, weighted


def angular_momentum(positions, velocities, masses):
    w = weighted(centered(velocities, masses), masses)
    return axial(products(centered(positions, masses), w))
