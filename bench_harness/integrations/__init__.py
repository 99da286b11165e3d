"""Doors to other tools: file formats, pytest, asv, CI services.

Nothing here is imported unless it is asked for.
"""
