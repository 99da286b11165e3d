"""Centre of mass, r - R, and one contraction of m d d^T over atoms, on the whole trajectory.

Few large tasks: the runtime takes hundreds of microseconds for each. Three temporaries as large as
the trajectory. O(frames atoms).
"""

from ..cupynumeric_frames import centered, inertia_from_second_moments, products, weighted


def inertia_tensor(positions, masses):
    d = centered(positions, masses)
    return inertia_from_second_moments(products(weighted(d, masses), d))
