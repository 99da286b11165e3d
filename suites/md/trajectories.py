"""Synthetic molecular-dynamics trajectories for every kernel of the suite (NumPy only).

A nearly rigid molecule tumbles slowly about two axes, vibrates thermally, and moves with a bulk
velocity, far from the origin. Units: angstrom, picosecond, amu, kJ/mol.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench_harness import ConfigurationError

AMU_A2_PER_PS2 = 100.0
"""1 kJ/mol in amu angstrom^2/ps^2: exactly 1e3 J/mol over 1e-3 kg/mol (1e-10 m / 1e-12 s)^2."""

SEMI_AXES = (3.7, 6.1, 9.3)
"""Standard deviations of the molecule along its own axes, angstrom: three distinct moments."""

THERMAL_SPEED = 15.8
"""sqrt(kT) at 300 K in sqrt(amu) angstrom/ps; an atom of mass m has THERMAL_SPEED / sqrt(m)."""

VIBRATION = 0.37
"""Standard deviation of an atom about its place in the molecule, angstrom."""

FORCE = 11.3
"""Standard deviation of a force component, kJ/(mol angstrom)."""

TIME_STEP = 0.013
"""Mean time between frames, ps; single steps vary by up to 30 %."""

SPINS = (0.83, 0.37)
"""Angular speeds of the two rotations, rad/ps."""

_ELEMENTS = (1.008, 12.011, 14.007, 15.999, 32.06)
_CHUNK = 250  # frames made at a time, so that making inputs needs little more than the inputs


@dataclass(frozen=True)
class Molecule:
    """What does not change along a trajectory."""

    masses: np.ndarray
    places: np.ndarray
    axes: np.ndarray
    direction: np.ndarray
    times: np.ndarray


def validate(*, frames: int, atoms: int, offset: float, bulk: float) -> None:
    """Refuse sizes and distances that describe no trajectory."""
    for name, value, least in (("frames", frames, 1), ("atoms", atoms, 4)):
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ConfigurationError(
                f"{name} must be an integer of at least {least}, not {value!r}."
            )
    for name, number in (("offset", offset), ("bulk", bulk)):
        real = isinstance(number, int | float) and not isinstance(number, bool)
        if not real or not 0 <= number < float("inf"):
            raise ConfigurationError(f"{name} must be a finite number >= 0, not {number!r}.")


def validate_with_rod(*, frames: int, atoms: int, offset: float, bulk: float, rod: bool) -> None:
    """`validate` for kernels whose molecule may be a rod."""
    validate(frames=frames, atoms=atoms, offset=offset, bulk=bulk)
    if not isinstance(rod, bool):
        raise ConfigurationError(f"rod must be true or false, not {rod!r}.")


def make_molecule(rng: np.random.Generator, frames: int, atoms: int, rod: bool = False) -> Molecule:
    """Draw masses, places and axes.

    Parameters
    ----------
    rng : numpy.random.Generator
    frames, atoms : int
    rod : bool
        All atoms on one line: the inertia tensor is singular.

    Returns
    -------
    Molecule
        Its places (atoms, 3) are centred and have exactly the spread `SEMI_AXES` when weighted
        with the masses, so that the moments are distinct for every seed and size.
    """
    masses = rng.choice(_ELEMENTS, atoms) * rng.uniform(0.97, 1.03, atoms)
    places = rng.standard_normal((atoms, 3))
    places -= masses @ places / masses.sum()
    if rod:
        places[:, :2] = 0.0
        places[:, 2] *= SEMI_AXES[2]
    else:
        spread = (places.T * masses) @ places / masses.sum()
        places = np.linalg.solve(np.linalg.cholesky(spread), places.T).T * SEMI_AXES
    axes = rng.standard_normal((2, 3))
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    direction = rng.standard_normal(3)
    steps = TIME_STEP * rng.uniform(0.7, 1.3, frames)
    return Molecule(masses, places, axes, direction / np.linalg.norm(direction), np.cumsum(steps))


def iterate(
    rng: np.random.Generator,
    molecule: Molecule,
    offset: float,
    bulk: float,
    names: tuple[str, ...],
) -> Iterator[tuple[slice, dict[str, np.ndarray]]]:
    """Yield the trajectory in chunks of frames.

    Parameters
    ----------
    rng : numpy.random.Generator
    molecule : Molecule
    offset : float
        Distance of the molecule from the origin at time 0, angstrom.
    bulk : float
        Speed of the molecule as a whole, angstrom/ps.
    names : tuple of str
        Which of ``positions``, ``velocities``, ``forces`` are wanted. Each has random numbers
        of its own, so that what is drawn for one does not depend on the others.

    Yields
    ------
    rows : slice
        The frames of the chunk.
    arrays : dict of str to ndarray
        By name, (frames of the chunk, atoms, 3), float64.
    """
    shaken, heated, pushed = rng.spawn(3)
    drift = np.roll(molecule.direction, 1) * bulk
    thermal = THERMAL_SPEED / np.sqrt(molecule.masses)
    for start in range(0, len(molecule.times), _CHUNK):
        times = molecule.times[start : start + _CHUNK]
        shape = (len(times), *molecule.places.shape)
        arrays = {}
        if "positions" in names or "velocities" in names:
            turn, spin = _tumble(molecule.axes, times)
            vibration = VIBRATION * shaken.standard_normal(shape)
            if not molecule.places[:, :2].any():
                vibration[..., :2] = 0.0  # a rod only stretches
            body = np.matmul(molecule.places + vibration, turn.transpose(0, 2, 1))
        if "positions" in names:
            center = offset * molecule.direction + times[:, None] * drift
            arrays["positions"] = body + center[:, None]
        if "velocities" in names:
            # spin x body as a product with a matrix, far faster than a cross product.
            velocities = np.matmul(body, _cross_matrix(spin).transpose(0, 2, 1))
            velocities += thermal[:, None] * heated.standard_normal(shape) + drift
            arrays["velocities"] = velocities
        if "forces" in names:
            arrays["forces"] = FORCE * pushed.standard_normal(shape)
        yield slice(start, start + len(times)), arrays


def make_trajectory(
    rng: np.random.Generator,
    dtype: np.dtype,
    *,
    frames: int,
    atoms: int,
    offset: float,
    bulk: float,
    names: tuple[str, ...],
    rod: bool = False,
) -> dict[str, np.ndarray]:
    """Return the named arrays of a trajectory.

    Parameters
    ----------
    rng, dtype, frames, atoms, offset, bulk, rod
        See `make_molecule` and `iterate`.
    names : tuple of str
        Which of ``positions``, ``velocities``, ``forces`` (each (frames, atoms, 3)), ``masses``
        (atoms,) and ``times`` (frames,) are wanted.

    Returns
    -------
    dict of str to ndarray
    """
    molecule = make_molecule(rng, frames, atoms, rod)
    constant = {"masses": molecule.masses.astype(dtype), "times": molecule.times.astype(dtype)}
    arrays = {
        name: constant[name] if name in constant else np.empty((frames, atoms, 3), dtype)
        for name in names
    }
    for rows, chunk in iterate(rng, molecule, offset, bulk, names):
        for name, values in chunk.items():
            arrays[name][rows] = values
    return arrays


def make_rigid_body(
    rng: np.random.Generator,
    dtype: np.dtype,
    *,
    frames: int,
    atoms: int,
    offset: float,
    bulk: float,
    rod: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Return inertia tensors (frames, 3, 3) and angular momenta (frames, 3) of a trajectory.

    The input of kernels that start from reduced quantities, computed in float64.
    """
    molecule = make_molecule(rng, frames, atoms, rod)
    inertia, momentum = np.empty((frames, 3, 3)), np.empty((frames, 3))
    weights = molecule.masses / molecule.masses.sum()
    for rows, chunk in iterate(rng, molecule, offset, bulk, ("positions", "velocities")):
        d, w = (x - (weights @ x)[:, None] for x in (chunk["positions"], chunk["velocities"]))
        weighted = d.transpose(0, 2, 1) * molecule.masses
        inertia[rows] = inertia_from_second_moments(weighted @ d)
        momentum[rows] = axial(weighted @ w)
    return inertia.astype(dtype), momentum.astype(dtype)


def inertia_from_second_moments(moments: np.ndarray) -> np.ndarray:
    """Return tr(S) 1 - S for second moments S (..., 3, 3)."""
    inertia = -moments
    trace = np.trace(moments, axis1=-2, axis2=-1)
    for axis in range(3):
        inertia[..., axis, axis] += trace
    return inertia


def axial(product: np.ndarray) -> np.ndarray:
    """Return sum a x b (..., 3) from the products A = sum a b^T (..., 3, 3)."""
    return np.stack(
        (
            product[..., 1, 2] - product[..., 2, 1],
            product[..., 2, 0] - product[..., 0, 2],
            product[..., 0, 1] - product[..., 1, 0],
        ),
        axis=-1,
    )


def _tumble(axes: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rotations (frames, 3, 3) and angular velocities (frames, 3) at `times`."""
    first = _rotation(axes[0], SPINS[0] * times)
    second = _rotation(axes[1], SPINS[1] * times)
    return first @ second, SPINS[0] * axes[0] + SPINS[1] * (first @ axes[1])


def _rotation(axis: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Return rotation matrices about a unit `axis` (Rodrigues)."""
    k = _cross_matrix(axis)
    sine, cosine = np.sin(angle)[:, None, None], np.cos(angle)[:, None, None]
    return np.eye(3) + sine * k + (1 - cosine) * (k @ k)


def _cross_matrix(vector: np.ndarray) -> np.ndarray:
    """Return K with K @ a = vector x a, for vectors (..., 3)."""
    x, y, z = np.moveaxis(vector, -1, 0)
    zero = np.zeros_like(x)
    return np.stack((zero, -z, y, z, zero, -x, -y, x, zero), axis=-1).reshape(*x.shape, 3, 3)


PRESETS = {
    "smoke": {"frames": 16, "atoms": 32, "offset": 61.7, "bulk": 3.1},
    "default": {"frames": 1_000, "atoms": 1_000, "offset": 61.7, "bulk": 3.1},
    "full": {"frames": 10_000, "atoms": 1_000, "offset": 61.7, "bulk": 3.1},
    "offset": {"frames": 120, "atoms": 300, "offset": 7340.3, "bulk": 613.7},
}
"""Sizes of the suite. ``offset`` is a thousand radii from the origin and moves a hundred times
faster than its atoms do: sums that are not centred first lose all their digits there."""

ROD_PRESETS = {
    "smoke": {**PRESETS["smoke"], "rod": False},
    "default": {**PRESETS["default"], "rod": False},
    "full": {**PRESETS["full"], "rod": False},
    "offset": {**PRESETS["offset"], "rod": False},
    "rod": {"frames": 120, "atoms": 32, "offset": 61.7, "bulk": 3.1, "rod": True},
}
"""`PRESETS`, and a molecule whose atoms lie on one line."""


def slow_python(limit: int) -> Callable[[str, Mapping[str, Any]], str | None]:
    """Return the ``slow`` of a kernel whose pure Python takes over 10 s above `limit` atoms."""

    def slow(backend: str, params: Mapping[str, Any]) -> str | None:
        visits = params["frames"] * params["atoms"]
        if backend == "python" and visits > limit:
            return f"pure Python over {visits:.0e} atoms takes more than ten seconds a call"
        return None

    return slow
