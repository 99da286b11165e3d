"""Second moments d (m d)^T of centred component planes, a cache-sized chunk of frames at a time.

Copying into planes (3, atoms) first makes centring and scaling run over contiguous rows; one-shot
the temporaries are as large as the trajectory. A few chunks of 0.4 MB (256 MB on CUDA).
O(frames atoms).
"""

from ..torch_frames import inertia_from_second_moments, second_moments


def inertia_tensor(positions, masses):
    return inertia_from_second_moments(second_moments(positions, masses))
