"""A pass over an array, for all cores at once."""

from bench_harness import ErrorBudget, Kernel


def make_inputs(rng, dtype, *, n):
    """Return `n` uniform deviates."""
    return {"x": rng.random(n).astype(dtype)}


KERNEL = Kernel(
    title="Logistic map, some rounds",
    make_inputs=make_inputs,
    presets={"smoke": {"n": 100}, "default": {"n": 200_000}},
    outputs=("y",),
    budget=ErrorBudget(rtol={"float64": 1e-9}, reason="ten rounds of a contraction"),
    dtypes=("float64",),
)
