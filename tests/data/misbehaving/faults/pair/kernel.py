"""A correct kernel, surrounded by implementations that misbehave in every known way."""

from bench_harness import Kernel


def make_inputs(rng, dtype, *, n):
    """Return `n` normal deviates."""
    return {"x": rng.standard_normal(n).astype(dtype)}


KERNEL = Kernel(
    title="Sum and difference with one",
    make_inputs=make_inputs,
    presets={"smoke": {"n": 5}, "default": {"n": 50}},
    outputs=("plus", "minus"),
)
