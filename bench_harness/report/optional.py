"""Packages that only some outputs need: imported when they do, or named with what installs them."""

from __future__ import annotations

import importlib
from typing import Any

from bench_harness.errors import ConfigurationError


def optional(name: str, purpose: str) -> Any:
    """Import a package of the ``report`` extra.

    Raises
    ------
    ConfigurationError
        If it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ConfigurationError(
            f"{purpose} needs {name.partition('.')[0]}, which cannot be imported here ({error}). "
            "Install it with: pip install 'bench-harness[report]'"
        ) from error
