"""All sums of a cache-sized chunk of frames while it is in cache, then everything by frame.

Centred component planes give I = d (m d)^T, L = skew (m d) w^T and tau = skew d F, each one
``matmul``; ``eigh`` takes one LAPACK call a frame. Three preallocated buffers of 0.4 MB and
temporaries of (frames, 3). O(frames atoms).
"""

import numpy as np

from ..numpy_frames import axial, buffer, centered_planes, chunks, inertia_from_second_moments
from ..rigid import parts
from ..solve3_arrays import RCOND_IN_EPS


def pipeline(positions, velocities, forces, masses, times):
    frames, dtype = len(positions), positions.dtype
    weights = masses / masses.sum()
    planes, speeds, weighted = buffer(positions), buffer(positions), buffer(positions)
    center = np.matmul(weights, positions)
    inertia = np.empty((frames, 3, 3), dtype)
    momentum, torque = np.empty((frames, 3), dtype), np.empty((frames, 3), dtype)
    for rows in chunks(positions):
        d = centered_planes(positions[rows], weights, planes)
        w = centered_planes(velocities[rows], weights, speeds)
        md = np.multiply(d, masses, out=weighted[: len(d)])
        inertia[rows] = inertia_from_second_moments(np.matmul(d, md.transpose(0, 2, 1)))
        axial(np.matmul(md, w.transpose(0, 2, 1)), momentum[rows])
        axial(np.matmul(d, forces[rows]), torque[rows])
    moments, axes = np.linalg.eigh(inertia)
    omega = _angular_velocity(moments, axes, momentum)
    rate = np.gradient(momentum, times, axis=0, edge_order=2)
    axis = axes[:, :, 0]
    vectors = (momentum, torque, omega, rate)
    return center, inertia, moments, *(x for v in vectors for x in parts(np, v, axis))


def _angular_velocity(moments, axes, momentum):
    """Return sum of e (e . L) / moment, leaving out moments that count as zero."""
    rcond = RCOND_IN_EPS * float(np.finfo(moments.dtype).eps)
    zero = moments <= rcond * moments[:, 2:]
    speeds = np.vecmat(momentum, axes)
    return np.matvec(axes, np.where(zero, 0, speeds / np.where(zero, 1, moments)))
