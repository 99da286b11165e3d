"""What the torch implementations do to whole tables of levels x nodes."""

from __future__ import annotations

import torch


def damp(old, new, theta):
    """Return the damped iterate and its relative change."""
    damped = theta * new + (1.0 - theta) * old
    return damped, torch.dist(damped, old) / damped.norm()
