"""Writes an answer that is JSON, and no measurement."""

import os
import sys
from pathlib import Path


def pair(x):
    """Answer for the worker, with numbers that cannot be."""
    (Path(sys.argv[1]) / "reply.json").write_text('{"status": "ok", "measurement": {}}')
    os._exit(0)
