"""Ends the process silently."""

import os


def pair(x):
    """Leave without a word."""
    os._exit(3)
