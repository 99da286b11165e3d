"""Laps of many point masses round one track in one call: a sweep over car parameters."""

import numpy as np

from bench_harness import ConfigurationError, Figure, Kernel

from .. import car, model, textbook

VARIED = ("mass", "mu", "lift", "drag", "a_drive", "a_brake")


@car.takes(car.POINT_MASS)
def make_inputs(rng, dtype, *, track, vehicles, spread, **given):
    """Return a track's geometry and, for each vehicle, constants spread about one car's."""
    values = car.settle(car.POINT_MASS, given)
    inputs = {
        **model.geometry_inputs(track, dtype),
        "mu": values["mu"],
        **car.longitudinal(values),
    }
    for name in VARIED:
        factors = 1.0 + spread * rng.uniform(-1.0, 1.0, vehicles)
        inputs[name] = (inputs[name] * factors).astype(dtype)
    return inputs


def truth(inputs):
    """Return the laps of the specification's text, one by one, in extended precision."""
    wide = textbook.wide(inputs)
    laps = []
    for values in zip(*(wide[name] for name in VARIED), strict=True):
        vehicle = wide | dict(zip(VARIED, values, strict=True))
        laps.append(textbook.outputs(vehicle, textbook.point_mass_limit(vehicle)))
    names = ("lap_time", "energy", "envelope_iterations")
    return {name: np.array([lap[name] for lap in laps]) for name in names}


def validate(*, track, vehicles, spread, **given):
    """Refuse tracks that cannot be read and parameters that make no sense."""
    if not isinstance(vehicles, int) or isinstance(vehicles, bool) or vehicles < 1:
        raise ConfigurationError(f"vehicles is {vehicles!r}; accepted: an integer >= 1.")
    if not isinstance(spread, int | float) or isinstance(spread, bool) or not 0 <= spread < 1:
        raise ConfigurationError(f"spread is {spread!r}; accepted: a number >= 0 and < 1.")
    car.settle(car.POINT_MASS, given)
    model.geometry_inputs(track)


def slow(backend, params):
    """Say which cases take seconds a call."""
    laps = params["vehicles"]
    if backend == "python" and laps > 200:
        return f"{laps} laps take the interpreter seconds a call (about 3-5 ms each)."
    if backend == "cupynumeric" and laps > 200:
        return f"{laps} laps take seconds a call: their passes are walked on the host, 1 ms each."
    return None


KERNEL = Kernel(
    title="Point-mass sweep",
    make_inputs=make_inputs,
    presets={
        "smoke": {"track": "oval", "vehicles": 5, "spread": 0.1},
        "default": {"track": "spa", "vehicles": 100, "spread": 0.1},
        "sweep": {"track": "spa", "vehicles": 1000, "spread": 0.1},
    },
    outputs=("lap_time", "energy", "envelope_iterations"),
    budget={
        "lap_time": model.TIME_BUDGET,
        "energy": model.ENERGY_BUDGET,
        "envelope_iterations": model.COUNT_BUDGET,
    },
    figures=(
        Figure(
            label="Best Lap Time [s]",
            value=lambda outputs: float(np.min(outputs["lap_time"])),
            decimals=6,
        ),
    ),
    dtypes=("float64",),
    truth=truth,
    truth_presets=("smoke",),
    validate=validate,
    slow=slow,
    remarks=model.remarks,
)
