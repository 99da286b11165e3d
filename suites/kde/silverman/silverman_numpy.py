"""Bandwidth rules with NumPy: the mean, the differences, and their dot product with BLAS.

Beats np.std(ddof=1) by a pass (it squares into a second temporary). Two passes because the
raw moments cancel. Time O(n); allocates one temporary of n.
"""

import numpy as np


def silverman(particles):
    n = len(particles)
    centred = particles - particles.mean()
    std = np.sqrt(np.dot(centred, centred) / (n - 1))
    return std * n**-0.2, std * (0.75 * n) ** -0.2
