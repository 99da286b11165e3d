"""Tensor envelope and results; the two passes over Python floats on the host.

As in the point mass, and for the same reason: operations on single points are hopeless. Moves five
rows to the host and one back, on CUDA too, and ends the autograd graph. O(n) per iteration and
pass, times the inner iterations; some forty tensors of n.
"""

from __future__ import annotations

import torch

from ..car import G
from ..point_mass.point_mass_torch import lap
from .host_passes import accelerate, brake, lateral_limit
from .tensor_lateral import envelope

NOTE = (
    "host loop: the two passes run over Python floats,"
    " moved to the host and back in the timed region"
)


def single_track(
    ds, curvature, grade, banking,
    mass, lift, drag, a_drive, a_brake,
    max_speed, min_speed, initial_speed, envelope_iterations, envelope_tolerance,
    front_weight, front_downforce, front_transfer, rear_transfer,
    front_peak, front_load, rear_peak, rear_load, load_sensitivity, min_mu_scale,
    min_lateral, inner_iterations, inner_tolerance,
):  # fmt: skip
    car = (
        mass, lift, front_weight, front_downforce, front_transfer, rear_transfer,
        front_peak, front_load, rear_peak, rear_load, load_sensitivity, min_mu_scale,
        min_lateral, inner_iterations, inner_tolerance,
    )  # fmt: skip
    w_min, w_max = min_speed * min_speed, max_speed * max_speed
    bend, bank, slope = curvature.abs(), torch.sin(banking).mul_(G), grade * G
    limits, iterations = envelope(
        bend, bank, car, w_min, w_max, envelope_iterations, envelope_tolerance
    )
    limits = limits.tolist()
    push = ds * 2.0
    rows = [row.tolist() for row in (push, bend, bank, slope)]
    start = min(limits[0], initial_speed * initial_speed)
    lateral = lateral_limit(*car)
    w = accelerate(start, limits, *rows, lateral, a_drive, drag / mass, w_min)
    # Braking looks at the point it comes from: the second of each step.
    w = brake(w, rows[0], *[row[1:] for row in rows[1:]], lateral, a_brake, drag / mass)
    w = torch.tensor(w, dtype=ds.dtype, device=ds.device)
    return *lap(w, push, curvature, mass, drag), torch.tensor(iterations, device=ds.device)
