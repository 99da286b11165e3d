"""The equations as written down, in any kind of number: what all is checked against.

Newton's method on the residual, bands built row by row, elimination without any rearrangement.
With floats it is a slow solver; with mpmath's numbers it is the truth.
"""

from __future__ import annotations

from typing import Any


def solve(
    potential: list[Any],
    terminal: list[Any],
    initial: list[Any],
    dx: Any,
    dt: Any,
    levels: int,
    sigma: Any,
    c: Any,
    gamma: Any,
    theta: Any,
    tolerance: Any,
    max_iterations: int,
    newton_tolerance: Any,
    newton_iterations: int,
) -> tuple[list[list[Any]], list[list[Any]], int, list[tuple[Any, Any]], bool]:
    """Return u, m (levels + 1, nodes), iterations, changes, converged."""
    u, m = [terminal] * (levels + 1), [initial] * (levels + 1)
    iteration, changes, converged = 0, [], False
    while iteration < max_iterations and not converged:
        iteration += 1
        new_u, new_m = [terminal] * (levels + 1), [initial] * (levels + 1)
        for k in range(levels - 1, -1, -1):
            new_u[k] = value_step(
                new_u[k + 1], m[k + 1], potential, dx, dt, sigma, c, gamma,
                newton_tolerance, newton_iterations,
            )  # fmt: skip
        for k in range(levels):
            lower, diagonal, upper = bands(new_u[k], dx, sigma, c)
            # transposed: what is above the diagonal in one row is below it in the next
            below, above = [0, *upper[:-1]], [*lower[1:], 0]
            shifted = [d + 1 / dt for d in diagonal]
            new_m[k + 1] = eliminate(below, shifted, above, [x / dt for x in new_m[k]])
        u, error_u = damp(u, new_u, theta)
        m, error_m = damp(m, new_m, theta)
        changes.append((error_u, error_m))
        converged = bool(error_u < tolerance and error_m < tolerance)
    changes += [(0, 0)] * (max_iterations - iteration)
    return u, m, iteration, changes, converged


def value_step(later, density, potential, dx, dt, sigma, c, gamma, tolerance, most):
    """Return u[k] from u[k+1] and m[k+1] by Newton's method."""
    u = later
    for _ in range(most):
        rest = residual(u, later, density, potential, dx, dt, sigma, c, gamma)
        lower, diagonal, upper = bands(u, dx, sigma, c)
        step = eliminate(lower, [d + 1 / dt for d in diagonal], upper, [-r for r in rest])
        u = [a + b for a, b in zip(u, step, strict=True)]
        if max(map(abs, step)) <= tolerance * max(1, max(map(abs, u))):
            break
    return u


def slopes(u, dx):
    """Return the one-sided slopes n and q of the upwind Hamiltonian, and the Laplacian."""
    last = len(u) - 1
    right = [(u[i + 1] - u[i]) / dx if i < last else 0 for i in range(last + 1)]
    left = [(u[i] - u[i - 1]) / dx if i > 0 else 0 for i in range(last + 1)]
    laplacian = [(r - q) / dx for r, q in zip(right, left, strict=True)]
    return [max(-s, 0) for s in right], [max(s, 0) for s in left], laplacian


def residual(u, later, density, potential, dx, dt, sigma, c, gamma):
    """Return the residual of the Hamilton-Jacobi-Bellman equation at one level."""
    rows = zip(u, later, density, potential, *slopes(u, dx), strict=True)
    return [
        (a - b) / dt - sigma**2 / 2 * lap + c / 2 * (n**2 + q**2) - v - gamma * m**2
        for a, b, m, v, n, q, lap in rows
    ]


def bands(u, dx, sigma, c):
    """Return the three bands of A(u), the derivative of the residual but for 1/dt."""
    n, q, _ = slopes(u, dx)
    spread = sigma**2 / (2 * dx**2)
    lower = [0, *(-(spread + c * x / dx) for x in q[1:])]
    upper = [*(-(spread + c * x / dx) for x in n[:-1]), 0]
    return lower, [-(a + b) for a, b in zip(lower, upper, strict=True)], upper


def eliminate(lower, diagonal, upper, right):
    """Solve a tridiagonal system by Gaussian elimination."""
    d, x = list(diagonal), list(right)
    for i in range(1, len(x)):
        factor = lower[i] / d[i - 1]
        d[i] -= factor * upper[i - 1]
        x[i] -= factor * x[i - 1]
    x[-1] /= d[-1]
    for i in range(len(x) - 2, -1, -1):
        x[i] = (x[i] - upper[i] * x[i + 1]) / d[i]
    return x


def damp(old, new, theta):
    """Return the damped iterate and its relative change in the Frobenius norm."""
    damped = [
        [theta * a + (1 - theta) * b for a, b in zip(after, before, strict=True)]
        for before, after in zip(old, new, strict=True)
    ]
    change = sum(
        (a - b) ** 2
        for row, before in zip(damped, old, strict=True)
        for a, b in zip(row, before, strict=True)
    )
    size = sum(a**2 for row in damped for a in row)
    return damped, (change / size) ** 0.5
