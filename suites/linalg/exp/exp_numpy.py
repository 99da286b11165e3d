"""One ufunc, vectorised in NumPy's C; runs on one thread.

What is expected at the edges is not worth a warning. Allocates the result. O(n^2).
"""

import numpy as np


@np.errstate(over="ignore", under="ignore")
def exp(x):
    return np.exp(x)
