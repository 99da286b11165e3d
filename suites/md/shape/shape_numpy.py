"""Second moments of centred component planes in cache-sized chunks, then ``eigvalsh``.

See ``inertia_tensor`` for the sums; LAPACK takes one call a frame for the eigenvalues. Two
preallocated buffers of 0.4 MB. O(frames atoms).
"""

import numpy as np

from ..numpy_frames import second_moments


def shape(positions, masses):
    gyration = second_moments(positions, masses) / masses.sum()
    a, b, c = np.linalg.eigvalsh(gyration).T
    square = np.trace(gyration, axis1=1, axis2=2)
    return np.sqrt(square), (c - (a + b) / 2) / square, (b - a) / square
