"""Contractions over whole trajectories, batched ``eigh``, then everything by frame.

Few large tasks: the runtime takes hundreds of microseconds for each. Four temporaries as large
as the trajectory. O(frames atoms).
"""

import cupynumeric as cn

from ..cupynumeric_frames import (
    angular_velocity,
    axial,
    center,
    centered,
    displaced,
    inertia_from_second_moments,
    products,
    weighted,
)
from ..rigid import parts, rate


def pipeline(positions, velocities, forces, masses, times):
    middle = center(positions, masses)
    d = displaced(positions, middle)
    md = weighted(d, masses)
    inertia = inertia_from_second_moments(products(md, d))
    momentum = axial(products(md, centered(velocities, masses)))
    torque = axial(products(d, forces))
    moments, axes = cn.linalg.eigh(inertia)
    omega = angular_velocity(moments, axes, momentum)
    vectors = (momentum, torque, omega, rate(cn, momentum, times))
    axis = axes[:, :, 0]
    return middle, inertia, moments, *(x for v in vectors for x in parts(cn, v, axis))
