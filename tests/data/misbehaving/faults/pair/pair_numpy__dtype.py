"""Half the precision."""


def pair(x):
    """Return both outputs in single precision."""
    return (x + 1).astype("float32"), x - 1
