"""A budget that cannot be evaluated."""

from bench_harness import ErrorBudget, Kernel


def make_inputs(rng, dtype, *, n):
    """Return `n` normal deviates."""
    return {"x": rng.standard_normal(n).astype(dtype)}


def broken(inputs, reference, eps):
    """Fail."""
    return inputs["y"]


KERNEL = Kernel(
    title="Double",
    make_inputs=make_inputs,
    presets={"smoke": {"n": 9}, "default": {"n": 9}},
    outputs=("y",),
    budget=ErrorBudget(rtol=1.0, bound=broken),
    dtypes=("float64",),
)
