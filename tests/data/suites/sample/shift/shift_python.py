"""Lists."""


def shift(x):
    """Add one to `x` in place; return a copy and its sum."""
    for i in range(len(x)):
        x[i] += 1
    return list(x), sum(x)
