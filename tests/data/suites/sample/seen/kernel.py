"""What a worker was given: the numbers that its environment held when it was started."""

from bench_harness import Figure, Kernel


def make_inputs(rng, dtype):
    """Return nothing: the surroundings are the input."""
    return {}


KERNEL = Kernel(
    title="The surroundings of a worker",
    make_inputs=make_inputs,
    presets={"smoke": {}, "default": {}},
    outputs=("variable", "cores"),
    figures=(
        Figure(label="Variable", value=lambda outputs: int(outputs["variable"])),
        Figure(label="Cores", value=lambda outputs: int(outputs["cores"])),
    ),
)
