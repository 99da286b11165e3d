"""A truth that cannot be computed."""

from bench_harness import Kernel


def make_inputs(rng, dtype, *, n):
    """Return `n` normal deviates."""
    return {"x": rng.standard_normal(n).astype(dtype)}


def broken(inputs):
    """Fail."""
    raise ZeroDivisionError("no truth today")


KERNEL = Kernel(
    title="Double",
    make_inputs=make_inputs,
    presets={"smoke": {"n": 9}, "default": {"n": 9}},
    outputs=("y",),
    truth=broken,
    truth_presets=("smoke",),
    dtypes=("float64",),
)
