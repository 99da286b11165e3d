"""Batched ``eigh``, then L along the axes over the moments, zero moments left out.

One path for every molecule: ten tasks, where the entry-by-entry elimination of the other backends
is fifty, and ``solve`` would fail on a rod. Temporaries of (frames, 3, 3). O(frames).
"""

import cupynumeric as cn

from ..cupynumeric_frames import angular_velocity as along_axes


def angular_velocity(inertia, angular_momentum):
    moments, axes = cn.linalg.eigh(inertia)
    return along_axes(moments, axes, angular_momentum)
