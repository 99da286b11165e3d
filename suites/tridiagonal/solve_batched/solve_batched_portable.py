"""Batched tridiagonal systems against the array protocol: parallel cyclic reduction.

Each step eliminates the unknowns at distance s on both sides of every row at once and doubles s,
so that log2(n) steps leave a diagonal. No pivoting, which dominance makes safe; 12 n log2(n)
operations a system rather than Thomas' 8 n. Nothing is written in place. Memory about 20 batch n.
"""


def solve_batched(B, lower, diag, upper, rhs):
    batch, n = diag.shape
    dtype = diag.dtype

    def before(x, s, outside):
        return B.concatenate([outside((batch, s), dtype), x[:, : n - s]], axis=1)

    def after(x, s, outside):
        return B.concatenate([x[:, s:], outside((batch, s), dtype)], axis=1)

    # What lies outside of the matrix holds any number: it is replaced by zeros.
    lower = B.concatenate([B.zeros((batch, 1), dtype), lower[:, 1:]], axis=1)
    upper = B.concatenate([upper[:, : n - 1], B.zeros((batch, 1), dtype)], axis=1)
    s = 1
    while s < n:
        down = lower / before(diag, s, B.ones)
        up = upper / after(diag, s, B.ones)
        diag = diag - down * before(upper, s, B.zeros) - up * after(lower, s, B.zeros)
        rhs = rhs - down * before(rhs, s, B.zeros) - up * after(rhs, s, B.zeros)
        lower = -down * before(lower, s, B.zeros)
        upper = -up * after(upper, s, B.zeros)
        s *= 2
    return rhs / diag
