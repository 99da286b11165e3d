"""H by one contraction, rotations from ``eigh`` of H^T H, explicit RMSD by one product.

The library has no batched SVD. Rotations are put together entry by entry, some hundred small
tasks. Four temporaries as large as the trajectory. O(frames atoms).
"""

import cupynumeric as cn

from ..cupynumeric_frames import centered
from ..superpose3_arrays import rotations


def kabsch_rmsd(positions, masses):
    d = centered(positions, masses)
    target = d[0]
    h = cn.einsum("fni,nj->fij", d, target * masses[:, None])
    _, axes = cn.linalg.eigh(cn.einsum("fki,fkj->fij", h, h))
    entries = tuple(h[:, i, j] for i in range(3) for j in range(3))
    p, q = (tuple(axes[:, i, k] for i in range(3)) for k in (1, 2))
    turns = rotations(cn, entries, p, q, 10 * float(cn.finfo(h.dtype).eps))
    r = cn.stack(list(turns), axis=1).reshape((-1, 3, 3))
    targets = cn.tensordot(cn.ones_like(d[:, 0, 0]), target, axes=0)
    deviation = cn.einsum("fij,fnj->fni", r, d) - targets
    squares = (deviation * deviation).reshape((len(d), -1))
    return cn.sqrt(squares @ cn.repeat(masses, 3) / masses.sum())
