"""Root mean square: the kernel of the documentation, on every backend."""

from bench_harness import ConfigurationError, ErrorBudget, Figure, Kernel


def make_inputs(rng, dtype, *, n, offset=0.0):
    """Return `n` normal deviates around `offset`."""
    return {"x": (offset + rng.standard_normal(n)).astype(dtype)}


def validate(*, n, offset=0.0):
    """Refuse sizes that give no mean."""
    if n < 1:
        raise ConfigurationError(f"sample/rms: n={n} must be at least 1.")


KERNEL = Kernel(
    title="Root mean square",
    make_inputs=make_inputs,
    presets={
        "smoke": {"n": 100},
        "default": {"n": 1000},
        "sweep": {"n": [10, 20], "offset": 2.0},
        "huge": {"n": 50_000},
    },
    outputs=("rms",),
    budget=ErrorBudget(rtol={"float64": 1e-13, "float32": 1e-5}, reason="a sum of n terms"),
    figures=(Figure(label="RMS", value=lambda outputs: float(outputs["rms"]), decimals=3),),
    flops=lambda n, offset=0.0: 2 * n,
    headline=("smoke",),
    slow=lambda backend, params: (
        "takes too long in pure Python" if backend == "python" and params["n"] >= 50_000 else None
    ),
    validate=validate,
)
