"""Never returns."""

import time


def pair(x):
    """Sleep for ever."""
    while True:
        time.sleep(1)
