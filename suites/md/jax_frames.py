"""JAX building blocks: all sums over the atoms in one reduction.

XLA on the CPU gives each sum over a (frames, atoms, 3) array a pass of its own, and keeps
r - R as a temporary of the size of the trajectory. A variadic ``lax.reduce`` takes all sums in
one pass, with the components of r - R computed inside it, on all threads. The same for one frame
at a time in ``lax.map`` is one thread's work, and takes up to twice as long on two.
"""

import jax.numpy as jnp
from jax import lax


def center(positions, masses):
    """Return the centres (frames, 3), one product of (frames, 3 N) with (masses kron 1_3)."""
    frames, atoms, _ = positions.shape
    spread = jnp.kron(masses[:, None], jnp.eye(3, dtype=masses.dtype))
    return positions.reshape(frames, 3 * atoms) @ spread / masses.sum()


def sums(*terms):
    """Return the sums over the atoms of several (frames, atoms), taken in one pass."""
    zero = jnp.zeros((), terms[0].dtype)

    def add(left, right):
        return tuple(a + b for a, b in zip(left, right, strict=True))

    return lax.reduce(terms, (zero,) * len(terms), add, (1,))


def moment_terms(d, masses):
    """Return the terms of xx, yy, zz, xy, xz, yz of sum m d d^T, each (frames, atoms)."""
    x, y, z = d
    mx, my = masses * x, masses * y
    return mx * x, my * y, masses * z * z, mx * y, mx * z, my * z


def cross_terms(a, b):
    """Return the terms of sum a x b, each (frames, atoms)."""
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )


def components(rows, middle):
    """Return the three components (frames, atoms) of rows - middle."""
    return tuple(rows[:, :, axis] - middle[:, axis, None] for axis in range(3))


def second_moments(positions, masses):
    """Return xx, yy, zz, xy, xz, yz of sum m d d^T, each (frames,)."""
    d = components(positions, center(positions, masses))
    return sums(*moment_terms(d, masses))


def inertia_from_sums(xx, yy, zz, xy, xz, yz):
    """Return tr(S) 1 - S (frames, 3, 3) from the six sums of S."""
    rows = (yy + zz, -xy, -xz, -xy, xx + zz, -yz, -xz, -yz, xx + yy)
    return jnp.stack(rows, 1).reshape(-1, 3, 3)
