"""Calls sys.exit(0), which must not pass for success."""

import sys


def pair(x):
    """Leave politely."""
    sys.exit(0)
