"""A figure that cannot be computed."""

from bench_harness import Figure, Kernel


def make_inputs(rng, dtype, *, n):
    """Return `n` normal deviates."""
    return {"x": rng.standard_normal(n).astype(dtype)}


KERNEL = Kernel(
    title="Double",
    make_inputs=make_inputs,
    presets={"smoke": {"n": 9}, "default": {"n": 9}},
    outputs=("y",),
    figures=(Figure(label="Z", value=lambda outputs: outputs["z"]),),
    dtypes=("float64",),
)
