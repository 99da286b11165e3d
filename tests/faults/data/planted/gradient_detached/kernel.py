"""A gradient that misses a term, cut off from the graph."""

from bench_harness import ErrorBudget, Gradient, Kernel


def make_inputs(rng, dtype, *, n):
    """Return `n` normal deviates and a rate."""
    return {"x": rng.standard_normal(n).astype(dtype), "rate": 0.73}


KERNEL = Kernel(
    title="Decay",
    make_inputs=make_inputs,
    presets={"smoke": {"n": 9}, "default": {"n": 9}},
    outputs=("y",),
    budget=ErrorBudget(rtol=1e-14, reason="an exponential and a product"),
    dtypes=("float64",),
    gradient_of=Gradient(
        output="y", wrt=("rate",), unsupported={"torch.host": "the graph ends on the host"}
    ),
)
