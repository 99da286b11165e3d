"""Correct, and prints megabytes: full pipes must not stop it."""

import sys

print("x" * 3_000_000)
print("y" * 3_000_000, file=sys.stderr)


def pair(x):
    """Return both outputs."""
    return x + 1, x - 1
