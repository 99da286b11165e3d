"""Batched tridiagonal systems in pure Python: Thomas' elimination, one system after another.

The carried row lives in local names. Time O(batch n); allocates two lists of n per system.
"""


def solve_batched(lower, diag, upper, rhs):
    return [_solve(*system) for system in zip(lower, diag, upper, rhs, strict=True)]


def _solve(lower, diag, upper, rhs):
    ratio, value = 0.0, 0.0
    ratios, values = [], []
    keep_ratio, keep_value = ratios.append, values.append
    first = True
    for a, d, c, b in zip(lower, diag, upper, rhs, strict=True):
        if first:
            a, first = 0.0, False
        inverse = 1.0 / (d - a * ratio)
        value = (b - a * value) * inverse
        ratio = c * inverse
        keep_ratio(ratio)
        keep_value(value)
    x = values.pop()
    ratios.pop()
    solution = [x]
    keep = solution.append
    for ratio, value in zip(reversed(ratios), reversed(values), strict=True):
        x = value - ratio * x
        keep(x)
    solution.reverse()
    return solution
