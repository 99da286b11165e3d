"""Returns before the work is done: no synchronisation."""

import threading
import time

import numpy as np


def smooth(x, weight):
    """Return arrays that another thread fills in a moment."""
    y, total = np.zeros_like(x), np.zeros(())

    def work():
        time.sleep(0.02)
        y[:] = x
        y[1:-1] = weight * (x[:-2] + x[2:])
        total[...] = np.sum(y)

    threading.Thread(target=work).start()
    return y, total
