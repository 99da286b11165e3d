"""Products d (m w)^T of centred component planes, cache-sized chunks; L is their skew part.

A (3, atoms) by (atoms, 3) product a frame runs in BLAS; ``np.cross`` takes 5 times as long and
temporaries as large as the trajectory. Planes make centring run over contiguous rows. Two
preallocated buffers of 0.4 MB. O(frames atoms).
"""

from ..numpy_frames import cross_sum


def angular_momentum(positions, velocities, masses):
    return cross_sum(positions, velocities, masses)
