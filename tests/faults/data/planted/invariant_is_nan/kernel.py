"""A check that gives NaN, which no comparison refuses."""

from bench_harness import Invariant, Kernel


def make_inputs(rng, dtype, *, n):
    """Return `n` normal deviates."""
    return {"x": rng.standard_normal(n).astype(dtype)}


KERNEL = Kernel(
    title="Double",
    make_inputs=make_inputs,
    presets={"smoke": {"n": 9}, "default": {"n": 9}},
    outputs=("y",),
    invariants=(
        Invariant(name="NaN", measure=lambda inputs, outputs, eps: float("nan"), limit=1.0),
    ),
    dtypes=("float64",),
)
