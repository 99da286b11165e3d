"""Second moments by one contraction (see ``inertia_tensor``), then batched ``eigh``.

The library has no ``eigvalsh``; the eigenvectors are not used. Three temporaries as large as the
trajectory. O(frames atoms).
"""

import cupynumeric as cn

from ..cupynumeric_frames import centered, products, weighted


def shape(positions, masses):
    d = centered(positions, masses)
    moments, _ = cn.linalg.eigh(products(weighted(d, masses), d) / masses.sum())
    a, b, c = moments[:, 0], moments[:, 1], moments[:, 2]
    square = a + b + c
    return cn.sqrt(square), (c - (a + b) / 2) / square, (b - a) / square
