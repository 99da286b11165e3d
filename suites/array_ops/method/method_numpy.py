"""What NumPy says, written without the protocol."""

from ..methods import BY_NAME


def method(x, y, method):
    entry = BY_NAME[method]
    return entry.expected(x, y) if entry.arity == 2 else entry.expected(x)
