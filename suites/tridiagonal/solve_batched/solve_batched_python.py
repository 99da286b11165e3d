"""Batched tridiagonal systems in pure Python: Thomas' elimination, one system after another.

The carried row lives in local names, and the way back is one comprehension; dividing twice takes as
long as multiplying twice by an inverse, which is one operation more. Time O(batch n); allocates
three lists of n per system.
"""


def solve_batched(lower, diag, upper, rhs):
    return [_solve(*system) for system in zip(lower, diag, upper, rhs, strict=True)]


def _solve(lower, diag, upper, rhs):
    rows = zip(lower, diag, upper, rhs, strict=True)
    _, pivot, c, b = next(rows)
    ratio, value = c / pivot, b / pivot
    ratios, values = [ratio], [value]
    keep_ratio, keep_value = ratios.append, values.append
    for a, d, c, b in rows:
        pivot = d - a * ratio
        ratio = c / pivot
        value = (b - a * value) / pivot
        keep_ratio(ratio)
        keep_value(value)
    ratios[-1] = x = 0.0  # upper ends outside the matrix
    solution = [x := v - r * x for r, v in zip(reversed(ratios), reversed(values), strict=True)]
    solution.reverse()
    return solution
