"""Lists where arrays are expected."""


def pair(x):
    """Return both outputs as lists."""
    return (x + 1).tolist(), (x - 1).tolist()
