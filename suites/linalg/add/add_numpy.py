"""One ufunc, vectorised in NumPy's C; runs on one thread.

Allocates the result, whose page faults are a large part of the time. O(n^2).
"""


def add(a, b):
    return a + b
