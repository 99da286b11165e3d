"""Products d F of centred position planes with force rows, a cache-sized chunk; skew part.

A (3, atoms) by (atoms, 3) product a frame, which reads the forces where they lie;
``torch.linalg.cross`` takes 3 times as long and temporaries as large as the trajectory. A buffer
of 1.5 MB a thread (256 MB on CUDA), used again for every chunk. O(frames atoms).
"""

import torch

from ..torch_frames import axial, buffer, center, centered_planes, chunks


def torque(positions, forces, masses):
    middle = center(positions, masses)
    planes = buffer(positions)
    products = positions.new_empty((len(positions), 3, 3))
    for rows in chunks(positions):
        d = centered_planes(positions[rows], middle[rows], planes)
        products[rows] = torch.bmm(d, forces[rows])
    return axial(products)
