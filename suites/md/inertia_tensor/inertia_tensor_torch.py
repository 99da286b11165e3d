"""Second moments e e^T, e = sqrt(m) d, of centred component planes, a chunk of frames at a time.

Turning rows into planes (3, atoms) while they are centred makes all else run over contiguous rows;
one-shot the temporaries are as large as the trajectory. A buffer of 1.5 MB a thread (256 MB on
CUDA), used again for every chunk. O(frames atoms).
"""

from ..torch_frames import inertia_from_second_moments, second_moments


def inertia_tensor(positions, masses):
    return inertia_from_second_moments(second_moments(positions, masses))
