"""Products d (m w)^T of centred component planes, a cache-sized chunk at a time; skew part.

A (3, atoms) by (atoms, 3) product a frame; ``torch.linalg.cross`` takes 3 times as long and
temporaries as large as the trajectory. Two buffers of 1.5 MB a thread (256 MB on CUDA), used
again for every chunk. O(frames atoms).
"""

import torch

from ..torch_frames import axial, buffer, center, centered_planes, chunks


def angular_momentum(positions, velocities, masses):
    middle, drift = center(positions, masses), center(velocities, masses)
    planes, others = buffer(positions), buffer(positions)
    products = positions.new_empty((len(positions), 3, 3))
    for rows in chunks(positions):
        d = centered_planes(positions[rows], middle[rows], planes)
        w = centered_planes(velocities[rows], drift[rows], others)
        w *= masses
        products[rows] = torch.bmm(d, w.transpose(1, 2))
    return axial(products)
