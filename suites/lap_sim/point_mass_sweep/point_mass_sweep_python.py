"""One lap after another, by the point mass's own code on lists of floats.

The interpreter has no vector axis, so nothing is gained by walking the vehicles together.
O(n B) per envelope iteration and pass; lists of one lap only.
"""

from __future__ import annotations

from ..point_mass.point_mass_python import point_mass


def point_mass_sweep(
    ds, curvature, grade, banking,
    mass, mu, lift, drag, a_drive, a_brake,
    max_speed, min_speed, initial_speed, envelope_iterations, envelope_tolerance,
):  # fmt: skip
    laps = [
        point_mass(
            ds, curvature, grade, banking, *vehicle,
            max_speed, min_speed, initial_speed, envelope_iterations, envelope_tolerance,
        )[3:]
        for vehicle in zip(mass, mu, lift, drag, a_drive, a_brake, strict=True)
    ]  # fmt: skip
    lap_times, energies, iterations = map(list, zip(*laps, strict=True))
    return lap_times, energies, iterations
