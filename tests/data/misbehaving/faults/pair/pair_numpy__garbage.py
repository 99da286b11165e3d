"""Writes nonsense where the answer belongs."""

import os
import sys
from pathlib import Path


def pair(x):
    """Answer for the worker, badly."""
    (Path(sys.argv[1]) / "reply.json").write_text('{"status": "ok", "measurement": [')
    os._exit(0)
