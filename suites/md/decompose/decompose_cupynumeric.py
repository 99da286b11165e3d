"""Two dot products a frame, one division, one scaled copy of the reference.

0/0 gives the documented NaN. Temporaries of (frames, 3). O(frames).
"""


def decompose(vector, reference):
    along = (vector * reference).sum(axis=1) / (reference * reference).sum(axis=1)
    parallel = along[:, None] * reference
    return parallel, vector - parallel
