"""Products d F of centred position planes with force rows, cache-sized chunks; skew part.

A (3, atoms) by (atoms, 3) product a frame runs in BLAS and reads the forces where they lie;
``np.cross`` takes 5 times as long and temporaries as large as the trajectory. One preallocated
buffer of 0.4 MB. O(frames atoms).
"""

import numpy as np

from ..numpy_frames import axial, buffer, centered_planes, chunks


def torque(positions, forces, masses):
    weights = masses / masses.sum()
    planes = buffer(positions)
    result = np.empty((len(positions), 3), positions.dtype)
    for rows in chunks(positions):
        d = centered_planes(positions[rows], weights, planes)
        axial(np.matmul(d, forces[rows]), result[rows])
    return result
