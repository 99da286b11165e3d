"""r - R, and one contraction of d F^T over atoms, whose skew part is the torque.

Few large tasks: the runtime takes hundreds of microseconds for each. Two temporaries as large as
the trajectory. O(frames atoms).
"""

from ..cupynumeric_frames import axial, centered, products


def torque(positions, forces, masses):
    return axial(products(centered(positions, masses), forces))
