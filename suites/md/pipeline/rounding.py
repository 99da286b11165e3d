"""What rounding may do to each output of the pipeline: c eps times what is summed or divided.

With n atoms, c = 8 + 2 sqrt(n): sums of n terms in any order, of the result and of the reference.
Each quantity inherits the errors of those it is made of:

* center: c eps max|r|, a shift dR of all r; velocities likewise, dV;
* inertia and moments: c eps max I;
* L = sum m d x w: c eps sum m |d||w| + M dR dV (in first order shifts cancel: sum m d = 0);
* torque = sum d x F: c eps sum |d||F| + dR |sum F| (forces do not sum to zero);
* omega = I^-1 L: (dL + c eps max I |omega|) / min I;
* dL/dt: 2 dL / step, of the shorter step beside a frame, and 3 times that at the ends;
* parts of v along and across the axis e of the smallest moment: dv + 2 |v| de, where
  de = c eps max I / gap, and gap is the distance of the two smaller moments.

A multiple of the largest entry would have to hold for the worst of these factors, and they differ
by thousands. Sizes are taken from a few frames: the molecule is nearly rigid.
"""

from __future__ import annotations

import weakref

import numpy as np

FRAMES = 8
"""Frames that sizes are taken from, each with the one after it."""


def errors(inputs, eps):
    """Return the error allowed to each quantity, and to the parts of each vector, by name.

    All are of a size for all frames, but that of ``angular_momentum_rate`` is (frames,).
    """
    masses, times = (inputs[name].astype(float) for name in ("masses", "times"))
    first = np.linspace(0, len(times) - 2, FRAMES).astype(int)
    r, v, f = (
        inputs[name][np.concatenate((first, first + 1))].astype(float)
        for name in ("positions", "velocities", "forces")
    )
    d, w = (x - (masses @ x / masses.sum())[:, None] for x in (r, v))
    inertia = _inertia(masses, d)
    least, middle, most = np.linalg.eigvalsh(inertia).T
    momentum = np.cross(d, w).transpose(0, 2, 1) @ masses
    slopes = (momentum[FRAMES:] - momentum[:FRAMES]) / np.diff(times)[first, None]
    sizes = {
        "angular_momentum": momentum,
        "torque": np.cross(d, f).sum(axis=1),
        "angular_velocity": np.linalg.solve(inertia, momentum[..., None])[..., 0],
        "angular_momentum_rate": 3 * slopes,
    }
    size = {name: _length(vectors).max() for name, vectors in sizes.items()}

    unit = (8 + 2 * np.sqrt(len(masses))) * eps
    shift = unit * np.abs(r).max()
    both = masses.sum() * shift * unit * np.abs(v).max()
    found = {
        "center": shift,
        "inertia": unit * most.max(),
        "moments": unit * most.max(),
        "angular_momentum": unit * (_length(d) * _length(w) @ masses).max() + both,
        "torque": unit * (_length(d) * _length(f)).sum(axis=1).max()
        + shift * _length(f.sum(axis=1)).max(),
    }
    of_inertia = found["inertia"] * size["angular_velocity"]
    found["angular_velocity"] = (found["angular_momentum"] + of_inertia) / least.min()
    found["angular_momentum_rate"] = _of_rate(found["angular_momentum"], times)
    turned = found["inertia"] / (middle - least).min()
    parts = {f"{name} along an axis": found[name] + 2 * size[name] * turned for name in size}
    return found | parts


_last = None


def _errors_once(inputs, eps):
    """Return `errors`, computed once for the outputs of one call: each asks for its own."""
    global _last
    positions = inputs["positions"]
    if _last is None or _last[0]() is not positions or _last[1] != eps:
        _last = weakref.ref(positions), eps, errors(inputs, eps)
    return _last[2]


def _inertia(masses, d):
    second = d.transpose(0, 2, 1) @ (d * masses[:, None])
    return np.trace(second, axis1=1, axis2=2)[:, None, None] * np.eye(3) - second


def _length(vectors):
    return np.linalg.norm(vectors, axis=-1)


def _of_rate(error, times):
    """Return the error of a derivative in time, for each frame, from that of the values."""
    slopes = 2 * error / np.diff(times)
    inner = np.maximum(slopes[:-1], slopes[1:])
    return np.concatenate((3 * slopes[:1], inner, 3 * slopes[-1:]))


def bound(name):
    """Return the bound of a budget: the error of a quantity, of the shape of the reference."""

    def allowed(inputs, reference, eps):
        error = np.asarray(_errors_once(inputs, eps)[name])
        return error.reshape(error.shape + (1,) * (np.ndim(reference) - error.ndim))

    return allowed
