"""Six fused sums (see ``inertia_tensor``), then Jacobi eigenvalues of all frames at once.

Three compiled programs: sums, one sweep called a few times, and what follows from the
eigenvalues. Keeps (6, frames) between sweeps. O(frames atoms).
"""

import torch

from ..eigen3_arrays import SWEEPS, sort3, sweep
from ..torch_frames import fused_second_moments


def shape(positions, masses):
    moments = _moments(positions, masses)
    for _ in range(SWEEPS):
        moments = _sweep(moments)
    return _numbers(moments)


@torch.compile(dynamic=False)
def _moments(positions, masses):
    return torch.stack(fused_second_moments(positions, masses)) / masses.sum()


@torch.compile(dynamic=False)
def _sweep(moments):
    return torch.stack(sweep(torch, moments.unbind(), (), (), ())[0])


@torch.compile(dynamic=False)
def _numbers(moments):
    (a, b, c), _ = sort3(torch, moments[:3].unbind(), ((), (), ()))
    square = a + b + c
    return torch.sqrt(square), (c - (a + b) / 2) / square, (b - a) / square
