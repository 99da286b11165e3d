"""Quasi-static lap of a point mass: lateral-limit envelope, acceleration pass, braking pass."""

from bench_harness import Gradient, Kernel

from .. import car, model, textbook


@car.takes(car.POINT_MASS)
def make_inputs(rng, dtype, *, track, **given):
    """Return a track's geometry and a car's constants; nothing is random."""
    values = car.settle(car.POINT_MASS, given)
    return {**model.geometry_inputs(track, dtype), "mu": values["mu"], **car.longitudinal(values)}


def validate(*, track, **given):
    """Refuse tracks that cannot be read and parameters that make no sense."""
    car.settle(car.POINT_MASS, given)
    model.geometry_inputs(track)


def truth(inputs):
    """Return the lap of the specification's text, in extended precision."""
    wide = textbook.wide(inputs)
    return textbook.outputs(wide, textbook.point_mass_limit(wide))


KERNEL = Kernel(
    title="Point-mass lap",
    make_inputs=make_inputs,
    presets=model.PRESETS,
    outputs=model.OUTPUTS,
    budget=model.BUDGET,
    invariants=model.INVARIANTS,
    gradient_of=Gradient(
        output="lap_time",
        wrt=("mass", "mu", "lift", "drag", "a_drive", "a_brake"),
        unsupported={"torch": "the two passes run over Python floats, where the graph ends"},
    ),
    figures=model.FIGURES,
    dtypes=("float64",),
    headline=("spa",),
    truth=truth,
    truth_presets=("smoke",),
    validate=validate,
    slow=model.slow,
    remarks=model.remarks,
)
