"""Jacobi eigenproblems of all frames at once, the sweeps as one loop of the program."""

import jax.numpy as jnp
from jax import lax

from . import eigen3_arrays as arrays


def eigen3(matrix):
    """Diagonalise; see `eigen3_arrays.eigen3`. One sweep is traced, whatever their number."""

    def sweep(_, state):
        return arrays.sweep(jnp, *state)

    start = (tuple(matrix), *arrays.identity_like(matrix[0]))
    matrix, a, b, c = lax.fori_loop(0, arrays.SWEEPS, sweep, start)
    values, (_, b, c) = arrays.sort3(jnp, matrix[:3], (a, b, c))
    return values, (arrays.cross(b, c), b, c)


def eigenvalues3(matrix):
    """Return the eigenvalues only, ascending."""

    def sweep(_, state):
        return arrays.sweep(jnp, state, (), (), ())[0]

    matrix = lax.fori_loop(0, arrays.SWEEPS, sweep, tuple(matrix))
    return arrays.sort3(jnp, matrix[:3], ((), (), ()))[0]
