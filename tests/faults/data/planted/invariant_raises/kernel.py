"""A check that cannot be evaluated."""

from bench_harness import Invariant, Kernel


def make_inputs(rng, dtype, *, n):
    """Return `n` normal deviates."""
    return {"x": rng.standard_normal(n).astype(dtype)}


def broken(inputs, outputs, eps):
    """Fail."""
    return outputs["z"]


KERNEL = Kernel(
    title="Double",
    make_inputs=make_inputs,
    presets={"smoke": {"n": 9}, "default": {"n": 9}},
    outputs=("y",),
    invariants=(Invariant(name="of another output", measure=broken, limit=1.0),),
    dtypes=("float64",),
)
