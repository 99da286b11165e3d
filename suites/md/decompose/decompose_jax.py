"""Two dot products a frame, one division, one scaled copy of the reference, fused by XLA.

0/0 gives the documented NaN. Allocates the results only. O(frames).
"""


def decompose(vector, reference):
    along = (vector * reference).sum(1) / (reference * reference).sum(1)
    parallel = along[:, None] * reference
    return parallel, vector - parallel
