"""Two dot products a frame by ``vecdot``, one division, one scaled copy of the reference.

par = ((v . ref) / |ref|^2) ref needs neither the unit vector nor a square root. |ref| is squared,
so that references from 1e-150 to 1e150 are safe. A few temporaries of (frames,). O(frames).
"""

import numpy as np


def decompose(vector, reference):
    with np.errstate(invalid="ignore"):  # 0/0 is the documented NaN
        along = np.vecdot(vector, reference) / np.vecdot(reference, reference)
    parallel = along[:, None] * reference
    return parallel, vector - parallel
