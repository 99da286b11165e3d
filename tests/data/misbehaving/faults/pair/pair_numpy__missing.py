"""One output too few."""


def pair(x):
    """Return one output by name."""
    return {"plus": x + 1}
