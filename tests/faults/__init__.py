"""The fault catalogue: wrong results planted on purpose, and how many of them are caught.

``python -m tests.faults`` (``make faults``) plants them all and writes ``reports/faults.md``.
"""
