"""Adds one in place: right only if the input is restored before every run."""

from bench_harness import Invariant, Kernel


def make_inputs(rng, dtype, *, n):
    """Return `n` uniform deviates."""
    return {"x": rng.random(n).astype(dtype)}


KERNEL = Kernel(
    title="Shift by one, in place",
    make_inputs=make_inputs,
    presets={"smoke": {"n": 10}, "default": {"n": 100}},
    outputs=("shifted", "total"),
    budget={"total": None},
    invariants=(
        Invariant(
            name="total is the sum",
            measure=lambda inputs, outputs, eps: (
                abs(float(outputs["total"]) - outputs["shifted"].sum()) / (eps * 1e3)
            ),
            limit=1.0,
        ),
    ),
    mutates=("x",),
    dtypes=("float64",),
    unsupported={"torch": "exists to test a declared gap"},
)
