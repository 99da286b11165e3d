"""Second moments d (m d)^T of centred component planes, a cache-sized chunk of frames at a time.

Copying into planes (3, atoms) first makes centring and scaling run over long contiguous rows;
the same in rows of three, one-shot or chunked, takes 1.3 to 2.4 times as long. Two preallocated
buffers of 0.4 MB, used again for every chunk; fresh ones cost page faults. O(frames atoms).
"""

from ..numpy_frames import inertia_from_second_moments, second_moments


def inertia_tensor(positions, masses):
    return inertia_from_second_moments(second_moments(positions, masses))
