"""One ufunc, vectorised in NumPy's C; runs on one thread.

What is expected at the edges is not worth a warning. Allocates the result, whose page faults
are a large part of the time. O(n^2).
"""

import numpy as np


@np.errstate(over="ignore", invalid="ignore", under="ignore")
def add(a, b):
    return a + b
