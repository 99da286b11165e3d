"""All twelve sums over the atoms in one reduction, then everything by frame.

Eigenvectors by Jacobi rotations of all frames at once; differences and parts fused by XLA.
Temporaries of (15, frames). O(frames atoms).
"""

import jax.numpy as jnp

from ..eigen3_arrays import components as entries
from ..jax_eigen3 import eigen3
from ..jax_frames import center, components, cross_terms, inertia_from_sums, moment_terms, sums
from ..rigid import parts, rate
from ..solve3_arrays import RCOND_IN_EPS, along_axes


def pipeline(positions, velocities, forces, masses, times):
    middle = center(positions, masses)
    d = components(positions, middle)
    w = [masses * part for part in components(velocities, center(velocities, masses))]
    pushes = [forces[:, :, axis] for axis in range(3)]
    results = sums(*moment_terms(d, masses), *cross_terms(d, w), *cross_terms(d, pushes))
    inertia = inertia_from_sums(*results[:6])
    values, columns = eigen3(entries(inertia))
    rcond = RCOND_IN_EPS * float(jnp.finfo(positions.dtype).eps)
    momentum, torque = jnp.stack(results[6:9], 1), jnp.stack(results[9:], 1)
    omega = jnp.stack(along_axes(jnp, values, columns, tuple(results[6:9]), rcond), 1)
    vectors = (momentum, torque, omega, rate(jnp, momentum, times))
    axis = jnp.stack(columns[0], 1)
    derived = (x for v in vectors for x in parts(jnp, v, axis))
    return middle, inertia, jnp.stack(values, 1), *derived
