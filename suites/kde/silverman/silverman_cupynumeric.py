"""Bandwidth rules with cuPyNumeric: the mean, the differences, and the sum of their squares.

Its sums run in sequence, which in float32 loses the mean of 100,000 particles: both are
accumulated in float64. Two passes because the raw moments cancel. Time O(n); allocates two
temporaries of n.
"""

import cupynumeric as cn


def silverman(particles):
    n, dtype = len(particles), particles.dtype
    mean = particles.mean(dtype=cn.float64)
    centred = particles - mean.astype(dtype)
    std = cn.sqrt(cn.sum(centred * centred, dtype=cn.float64) / (n - 1))
    return (std * n**-0.2).astype(dtype), (std * (0.75 * n) ** -0.2).astype(dtype)
