"""The reference."""


def shift(x):
    """Add one to `x` in place; return a copy and its sum."""
    x += 1
    return x.copy(), x.sum()
