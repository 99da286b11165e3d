"""Judging outputs: structure first, then values under a budget, then invariants and truth."""
