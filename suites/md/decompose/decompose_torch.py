"""Two dot products a frame, one division, one scaled copy of the reference.

Compiled, all of it is one loop over frames. 0/0 gives the documented NaN. Temporaries of
(frames, 3) when eager. O(frames).
"""


def decompose(vector, reference):
    along = (vector * reference).sum(1) / (reference * reference).sum(1)
    parallel = along[:, None] * reference
    return parallel, vector - parallel
