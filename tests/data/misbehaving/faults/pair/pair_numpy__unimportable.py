"""Needs a library that is not there."""

import a_library_that_does_not_exist  # noqa: F401


def pair(x):
    """Never called."""
