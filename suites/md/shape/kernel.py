"""Size and shape of every frame, from the mass-weighted gyration tensor S = sum m d d^T / M.

With its eigenvalues a <= b <= c and Rg^2 = a + b + c: asphericity (c - (a + b) / 2) / Rg^2 and
acylindricity (b - a) / Rg^2 (Theodorou and Suter 1985, relative to Rg^2): a sphere gives 0, 0 and
a rod 1, 0.
"""

import numpy as np

from bench_harness import ErrorBudget, Gradient, Invariant, Kernel

from .. import exact
from ..trajectories import ROD_PRESETS, make_trajectory, slow_python, validate_with_rod


def make_inputs(rng, dtype, **params):
    """Return positions (frames, atoms, 3) in angstrom and masses (atoms,) in amu."""
    return make_trajectory(rng, dtype, names=("positions", "masses"), **params)


def truth(inputs):
    """Return size and shape at 50 digits, from exact gyration tensors."""
    from mpmath import mp, mpf

    masses = exact.rational(inputs["masses"])
    rows = []
    with mp.workdps(50):
        for frame in exact.centered(inputs["positions"], masses):
            tensor = exact.moments(masses, frame, frame)
            wide = mp.matrix([[mpf(x.numerator) / x.denominator for x in row] for row in tensor])
            a, b, c = sorted(mp.eigsy(wide, eigvals_only=True))
            square = a + b + c
            rows.append((mp.sqrt(square), (c - (a + b) / 2) / square, (b - a) / square))
    columns = np.array(rows, dtype=object).astype(float).T
    return dict(zip(("radius_of_gyration", "asphericity", "acylindricity"), columns, strict=True))


def size(inputs, outputs, eps):
    """Return the relative error of Rg^2 = sum m |d|^2 / M of some frames, over eps."""
    masses = inputs["masses"].astype(float)
    positions = inputs["positions"][:64].astype(float)
    d = positions - (masses @ positions / masses.sum())[:, None]
    expected = np.einsum("n,fni,fni->f", masses, d, d) / masses.sum()
    found = outputs["radius_of_gyration"][:64].astype(float) ** 2
    return np.max(np.abs(found - expected) / expected) / eps


def bounds(inputs, outputs, eps):
    """Return how far the shape is outside 0 <= asphericity <= 1, 0 <= acylindricity, over eps."""
    b, c = outputs["asphericity"].astype(float), outputs["acylindricity"].astype(float)
    return max(0.0, np.max([-b, b - 1, -c, b + c / 2 - 1])) / eps


_FRACTION = ErrorBudget(
    atol=1e-12, reason="a fraction between 0 and 1; eigenvalues are good to a few eps of Rg^2"
)

KERNEL = Kernel(
    title="Radius of gyration, asphericity, acylindricity",
    make_inputs=make_inputs,
    presets=ROD_PRESETS,
    outputs=("radius_of_gyration", "asphericity", "acylindricity"),
    budget={
        "radius_of_gyration": ErrorBudget(
            rtol=1e-13, reason="the root of a centred sum of positive terms"
        ),
        "asphericity": _FRACTION,
        "acylindricity": _FRACTION,
    },
    invariants=(
        Invariant(
            name="Rg^2 = sum m |d|^2 / M",
            measure=size,
            limit=200.0,
            reason="sums of 1,000 positive terms; sequential ones are good to about 30 eps",
        ),
        Invariant(
            name="bounds of the shape",
            measure=bounds,
            limit=50.0,
            reason="0 <= a <= b <= c, and b + c / 2 = 1 where the smallest two vanish",
        ),
    ),
    gradient_of=Gradient(
        output="radius_of_gyration",
        wrt=("positions", "masses"),
        unsupported={"torch": "its temporaries are overwritten, which autograd refuses"},
    ),
    flops=lambda frames, atoms, **_: 24 * frames * atoms,
    nbytes=lambda frames, atoms, **_: 8 * (3 * frames * atoms + atoms + 3 * frames),
    truth=truth,
    truth_presets=("smoke",),
    slow=slow_python(5_000_000),
    validate=validate_with_rod,
)
