"""Correct, and leaves a process behind."""

import subprocess
import sys

subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)  # left-behind"])


def pair(x):
    """Return both outputs."""
    return x + 1, x - 1
