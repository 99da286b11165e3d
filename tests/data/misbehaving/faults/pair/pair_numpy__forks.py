"""Correct, and forks twenty processes that stay."""

import os
import time

for _ in range(20):
    if os.fork() == 0:
        time.sleep(3600)
        os._exit(0)


def pair(x):
    """Return both outputs."""
    return x + 1, x - 1
