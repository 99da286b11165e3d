"""The reference."""


def smooth(x):
    """Return `x` after ten rounds."""
    for _ in range(10):
        x = 0.5 * x * (1 - x) + 0.25
    return x
