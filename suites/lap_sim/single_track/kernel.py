"""Quasi-static lap of a single-track car: lateral limit from four tyres under load transfer."""

from bench_harness import Kernel

from .. import car, model, textbook


@car.takes(car.SINGLE_TRACK)
def make_inputs(rng, dtype, *, track, **given):
    """Return a track's geometry and a car's constants; nothing is random."""
    values = car.settle(car.SINGLE_TRACK, given)
    return {
        **model.geometry_inputs(track, dtype),
        **car.longitudinal(values),
        **car.lateral(values),
    }


def validate(*, track, **given):
    """Refuse tracks that cannot be read and parameters that make no sense."""
    car.settle(car.SINGLE_TRACK, given)
    model.geometry_inputs(track)


def truth(inputs):
    """Return the lap of the specification's text, in extended precision."""
    wide = textbook.wide(inputs)
    return textbook.outputs(wide, textbook.single_track_limit(wide))


KERNEL = Kernel(
    title="Single-track lap",
    make_inputs=make_inputs,
    presets=model.PRESETS,
    outputs=model.OUTPUTS,
    budget=model.BUDGET,
    invariants=model.INVARIANTS,
    figures=model.FIGURES,
    dtypes=("float64",),
    truth=truth,
    truth_presets=("smoke",),
    validate=validate,
    remarks=model.remarks,
)
