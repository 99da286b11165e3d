"""Raises."""


def pair(x):
    """Fail as an iteration does."""
    raise ArithmeticError("no convergence after 7 steps")
