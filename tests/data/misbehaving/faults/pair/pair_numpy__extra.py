"""One output too many."""


def pair(x):
    """Return three outputs."""
    return x + 1, x - 1, x
