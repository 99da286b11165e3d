"""Rules of thumb for the bandwidth of a Gaussian KDE: Scott's and Silverman's."""

import numpy as np

from bench_harness import ConfigurationError, ErrorBudget, Figure, Kernel


def make_inputs(rng, dtype, *, n, mean, std):
    """Draw n normal particles.

    With s the sample standard deviation (divisor n - 1): Scott's rule is s n^(-1/5),
    Silverman's s (3 n / 4)^(-1/5). Both are bandwidths in units of x, not factors on s.
    """
    return {"particles": rng.normal(mean, std, n).astype(dtype)}


def validate(*, n, mean, std):
    """Refuse a sample without a standard deviation."""
    if n < 2:
        raise ConfigurationError(f"n={n}: a sample standard deviation needs two particles.")
    if not std > 0:
        raise ConfigurationError(f"std={std}: the spread must be positive.")


def truth(inputs):
    """Return both rules at 50 digits, of which the raw moments cost no more than ten."""
    from mpmath import mp, mpf

    with mp.workdps(50):
        x = [mpf(float(p)) for p in inputs["particles"]]
        n = len(x)
        s = mp.sqrt((mp.fsum(x, squared=True) - mp.fsum(x) ** 2 / n) / (n - 1))
        rules = {
            "scott": s * mpf(n) ** (-mpf(1) / 5),
            "silverman": s * (mpf(3) * n / 4) ** (-mpf(1) / 5),
        }
        return {name: np.array(float(value)) for name, value in rules.items()}


KERNEL = Kernel(
    title="Bandwidth by Scott's and Silverman's rules",
    make_inputs=make_inputs,
    presets={
        "smoke": {"n": 200, "mean": 0.5, "std": 0.2},
        "default": {"n": 1_000_000, "mean": 0.5, "std": 0.2},
        "large": {"n": 20_000_000, "mean": 0.5, "std": 0.2},
        "offset": {"n": 100_000, "mean": 1234.5, "std": 0.2},
        "pair": {"n": 2, "mean": 0.5, "std": 0.2},
    },
    outputs=("scott", "silverman"),
    budget=ErrorBudget(
        rtol=1e-13,
        reason="a sum of n positive squares about the mean; the raw moments lose (mean/std)^2 eps",
    ),
    figures=(
        Figure(label="Scott [x]", value=lambda outputs: float(outputs["scott"])),
        Figure(label="Silverman [x]", value=lambda outputs: float(outputs["silverman"])),
    ),
    flops=lambda n, **_: 4 * n,
    nbytes=lambda n, **_: 8 * n,
    truth=truth,
    truth_presets=("smoke", "offset", "pair"),
    validate=validate,
)
