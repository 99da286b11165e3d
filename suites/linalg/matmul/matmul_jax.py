"""Product of the transposes, transposed, in full precision: a GPU would take TF32 for float32.

The same memory either way: XLA hands products on the CPU to a library that wants columns, and takes
4 to 16 % longer for rows. Allocates the result. O(n^3).
"""

import jax.numpy as jnp


def matmul(a, b):
    return jnp.matmul(b.T, a.T, precision="highest").T
