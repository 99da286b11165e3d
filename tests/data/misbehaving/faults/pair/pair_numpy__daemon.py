"""Correct, and leaves a daemon behind that is in no group of ours."""

import os
import sys

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        program = "import time; time.sleep(3600)  # left-behind"
        os.execv(sys.executable, [sys.executable, "-c", program])
    os._exit(0)


def pair(x):
    """Return both outputs."""
    return x + 1, x - 1
