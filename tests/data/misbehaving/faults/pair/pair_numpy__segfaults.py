"""Dies by a signal, as broken native code does."""

import os
import signal


def pair(x):
    """Die."""
    os.kill(os.getpid(), signal.SIGSEGV)
