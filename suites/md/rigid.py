"""What the pipeline derives from a frame's vectors once they are known, in names and in NumPy."""

QUANTITIES = ("angular_momentum", "torque", "angular_velocity", "angular_momentum_rate")
PARTS = ("", "_parallel", "_perpendicular", "_z", "_magnitudes")

OUTPUTS = (
    "center",
    "inertia",
    "moments",
    *(quantity + part for quantity in QUANTITIES for part in PARTS),
)
"""Outputs of the pipeline, in order. Of each vector: itself, its parts along and across the axis
of the smallest moment, its z component, and the magnitudes of these four."""


def parts(xp, vector, axis):
    """Return a vector (frames, 3) with its parts, named by `PARTS`, for any array library.

    `axis` (frames, 3) is a unit vector; its sign does not matter.
    """
    along = (vector * axis).sum(1)
    parallel = along[:, None] * axis
    perpendicular = vector - parallel
    z = vector[:, 2]
    magnitudes = xp.stack(
        [
            xp.sqrt((vector * vector).sum(1)),
            xp.abs(along),
            xp.sqrt((perpendicular * perpendicular).sum(1)),
            xp.abs(z),
        ],
        1,
    )
    return vector, parallel, perpendicular, z, magnitudes


def rate(xp, values, times):
    """Return d values / dt (frames, 3), second-order on any spacing, ends included.

    The slopes of the two neighbouring intervals, weighted so that parabolas are exact: what
    ``np.gradient(values, times, axis=0, edge_order=2)`` computes.
    """
    steps = (times[1:] - times[:-1])[:, None]
    slopes = (values[1:] - values[:-1]) / steps
    before, after = steps[:-1], steps[1:]
    inner = (after * slopes[:-1] + before * slopes[1:]) / (before + after)
    first = 2 * slopes[:1] - inner[:1]
    last = 2 * slopes[-1:] - inner[-1:]
    return xp.concatenate((first, inner, last))
