"""One Python loop over frames with unpacked components.

Division by zero raises in Python: a reference of length zero gives NaN explicitly. Allocates the
results only. O(frames).
"""

from math import nan


def decompose(vector, reference):
    parallel, perpendicular = [], []
    for (u, v, w), (x, y, z) in zip(vector, reference, strict=True):
        square = x * x + y * y + z * z
        along = (u * x + v * y + w * z) / square if square else nan
        x, y, z = along * x, along * y, along * z
        parallel.append([x, y, z])
        perpendicular.append([u - x, v - y, w - z])
    return parallel, perpendicular
