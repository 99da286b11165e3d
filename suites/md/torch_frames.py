"""PyTorch building blocks: frames by the chunk, component planes instead of rows of three."""

import functools
from pathlib import Path

import torch

from .solve3_arrays import RCOND_IN_EPS

CHUNK_BYTES = {"cpu": 1_500_000, "cuda": 256_000_000}
"""Of one array, for each thread: a few stay in the cache, and an operation is long enough to be
worth waking a second thread for; a GPU wants few, large calls."""


def chunks(positions):
    """Yield slices of frames that fill a buffer of `CHUNK_BYTES`."""
    frames = len(positions)
    size = positions.element_size() * positions[0].numel()
    threads = torch.get_num_threads() if positions.device.type == "cpu" else 1
    step = max(1, threads * CHUNK_BYTES[positions.device.type] // size)
    for start in range(0, frames, step):
        yield slice(start, min(start + step, frames))


def buffer(positions):
    """Return room (frames of a chunk, 3, atoms) for `centered_planes`, to be used again."""
    first = next(chunks(positions))
    return positions.new_empty((first.stop, 3, positions.shape[1]))


def intel():
    """Return whether the CPU is one of Intel's: MKL takes other paths on other makes."""
    try:
        return "GenuineIntel" in Path("/proc/cpuinfo").read_text()
    except OSError:  # not Linux
        return False


ONE_PRODUCT = intel()
"""Whether `center` takes all frames in one product; each way takes twice as long on the other make.

Of 10,000 x 1,000 on two cores, in milliseconds, one product and one for each frame: 12.5 to 15 and
24 on a Cascade Lake, 22 and 12 on a Zen 3.
"""


def center(rows, masses):
    """Return the centres (frames, 3), in the form that is fastest on this CPU.

    Either the frames, each a row of 3 N numbers, are turned and are the right factor of one
    product, or each frame has a product of (1, N) by (N, 3), all in one call.
    """
    weights = masses / masses.sum()
    if rows.is_cpu and ONE_PRODUCT:
        axes = torch.eye(3, dtype=masses.dtype, device=masses.device)
        return torch.matmul(torch.kron(weights, axes), rows.flatten(1).T).T.contiguous()
    return torch.matmul(weights, rows)


def centered_planes(rows, middle, out):
    """Write r - R as planes (frames, 3, atoms) and return the part of `out` that was used.

    With atoms innermost every operation runs over long contiguous rows; over an inner axis of
    length 3 the same subtraction takes several times as long. The centres `middle`, (frames, 3),
    of all frames in one product, take less than those of the planes and a second pass over these.
    """
    turned, middle = rows.transpose(1, 2), middle[:, :, None]
    if rows.requires_grad or middle.requires_grad:  # autograd keeps what it needs, refuses `out`
        return turned - middle
    return torch.sub(turned, middle, out=out[: len(rows)])


def second_moments(positions, masses):
    """Return sum m d d^T about the centre of mass, (frames, 3, 3)."""
    middle, root = center(positions, masses), masses.sqrt()
    planes = buffer(positions)
    moments = positions.new_empty((len(positions), 3, 3))
    for rows in chunks(positions):
        d = centered_planes(positions[rows], middle[rows], planes)
        d *= root
        moments[rows] = torch.bmm(d, d.transpose(1, 2))
    return moments


def inertia_from_second_moments(moments):
    """Return tr(S) 1 - S, exactly symmetric."""
    xx, yy, zz = moments[:, 0, 0], moments[:, 1, 1], moments[:, 2, 2]
    return inertia_from_sums(xx, yy, zz, moments[:, 0, 1], moments[:, 0, 2], moments[:, 1, 2])


def inertia_from_sums(xx, yy, zz, xy, xz, yz):
    """Return tr(S) 1 - S from the six sums of S, each (frames,)."""
    return symmetric(yy + zz, xx + zz, xx + yy, -xy, -xz, -yz)


def symmetric(xx, yy, zz, xy, xz, yz):
    """Return matrices (frames, 3, 3) from their six entries, each (frames,)."""
    return torch.stack((xx, xy, xz, xy, yy, yz, xz, yz, zz), 1).view(-1, 3, 3)


def rotations(covariance):
    """Return the rotations R that maximise tr(R H) for H (frames, 3, 3)."""
    u, _, vt = torch.linalg.svd(covariance)
    mirror = torch.sign(torch.linalg.det(torch.matmul(u, vt)))
    last = u[:, :, 2] * mirror[:, None]
    u = torch.stack((u[:, :, 0], u[:, :, 1], last), 2)
    return torch.matmul(u, vt).transpose(1, 2)


def angular_velocity(moments, axes, momentum):
    """Return sum of e (e . L) / moment, leaving out moments that count as zero."""
    zero = moments <= RCOND_IN_EPS * torch.finfo(moments.dtype).eps * moments[:, 2:]
    speeds = (momentum[:, :, None] * axes).sum(1)
    speeds = torch.where(zero, 0.0, speeds / torch.where(zero, 1.0, moments))
    return (axes * speeds[:, None]).sum(2)


def axial(product):
    """Return sum a x b (frames, 3) from sum a b^T (frames, 3, 3)."""
    return torch.stack(
        (
            product[:, 1, 2] - product[:, 2, 1],
            product[:, 2, 0] - product[:, 0, 2],
            product[:, 0, 1] - product[:, 1, 0],
        ),
        1,
    )


# -- forms for the compiler: one expression an atom, which it fuses into one loop ------------

compiled = functools.partial(
    torch.compile,
    dynamic=False,
    options={"cpp.simdlen": 256 if torch.backends.cpu.get_cpu_capability() == "AVX512" else None},
)
"""torch.compile, whose loop takes as many frames at a time as there are floats in a register.

It reads one number of each, atom after atom. With the 16 of AVX-512 there are more places in
memory to read ahead of than a core keeps track of, and the sums take twice as long as with 8.
"""


def components(rows, middle):
    """Return the three components (frames, atoms) of rows - middle, without a copy."""
    return tuple(rows[:, :, axis] - middle[:, axis, None] for axis in range(3))


def among(rows):
    """Return a point among the atoms (frames, 3): by component, the median of three of them.

    One of the three may lie far outside the rest, as an ion does, without being chosen. The
    product by 1_3 makes the compiler write the points down: it would choose them anew for every
    atom, which doubles the time.
    """
    a, b, c = rows[:, 0], rows[:, rows.shape[1] // 2], rows[:, -1]
    chosen = torch.maximum(torch.minimum(a, b), torch.minimum(torch.maximum(a, b), c))
    return chosen @ torch.eye(3, dtype=rows.dtype, device=rows.device)


def fused_center(positions, masses):
    """Return the centres (frames, 3): three sums in one loop, where `einsum` reads rows thrice."""
    sums = [(positions[:, :, axis] * masses).sum(1) for axis in range(3)]
    return torch.stack(sums, 1) / masses.sum()


def fused_second_moments(positions, masses):
    """Return the six sums xx, yy, zz, xy, xz, yz of m d d^T, each (frames,), in one pass.

    About a point among the atoms, then moved: see `centered_cross_sum`.
    """
    d = components(positions, among(positions))
    weighted = [masses * part for part in d]
    sums, total = [part.sum(1) for part in weighted], masses.sum()
    pairs = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
    return tuple((weighted[i] * d[j]).sum(1) - sums[i] * sums[j] / total for i, j in pairs)


def cross(a, b):
    """Return the three components of a x b from those of a and b, all of one shape."""
    (ax, ay, az), (bx, by, bz) = a, b
    return ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx


def fused_cross_sum(a, b):
    """Return sum a x b (frames, 3) from components (frames, atoms)."""
    return torch.stack([part.sum(1) for part in cross(a, b)], 1)


def centered_cross_sum(d, w, masses):
    """Return sum (d - D) x w (frames, 3), with D the centre of mass of d, in one pass.

    D as the origin would need a pass of its own before the sums, and both would wait for memory:
    instead sum d x w - D x sum w (the shifted data of Chan, Golub and LeVeque, 1983). With d from
    a point `among` the atoms that costs a digit or two, wherever the molecule is; with d from the
    coordinates' own origin it would cost all.
    """
    middle = [(masses * part).sum(1) / masses.sum() for part in d]
    moved = cross(middle, [part.sum(1) for part in w])
    sums = zip(cross(d, w), moved, strict=True)
    return torch.stack([part.sum(1) - shift for part, shift in sums], 1)
