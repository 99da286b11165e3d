"""One entry is off in the tenth digit."""


def pair(x):
    """Return both outputs, nearly."""
    minus = x - 1
    minus[3] *= 1 + 1e-10
    return x + 1, minus
