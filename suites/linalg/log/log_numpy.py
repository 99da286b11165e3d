"""One ufunc, vectorised in NumPy's C; runs on one thread.

What is expected at the edges is not worth a warning. Allocates the result. O(n^2).
"""

import numpy as np


@np.errstate(divide="ignore", invalid="ignore")
def log(x):
    return np.log(x)
