"""Parameters of cars and numerics: names, benchmark values, accepted ranges (NumPy only).

SI units, angles in radians. The benchmark car is a single-seater with strong downforce.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench_harness import ConfigurationError

G = 9.80665
"""Standard gravity, m/s^2."""
EPS = 1e-9
"""Floor of denominators, grip and curvature."""
TINY = 1e-300
"""Stands for 0 under a root that is to be differentiated: its slope there is finite."""
EPS_TIME = 1e-6
"""Floor of the mean speed in the energy integral, m/s."""


@dataclass(frozen=True)
class Parameter:
    """A number that can be set, with its benchmark value and its accepted range.

    Parameters
    ----------
    default : float, int or None
        None means: not set.
    meaning : str
        With its unit.
    low, high : float
        Ends of the accepted range.
    closed : bool
        True if the ends themselves are accepted.
    """

    default: float | None
    meaning: str
    low: float = -math.inf
    high: float = math.inf
    closed: bool = False

    @property
    def is_integer(self) -> bool:
        """True for a count."""
        return isinstance(self.default, int)

    @property
    def accepted(self) -> str:
        """The accepted range in words."""
        kind = "an integer" if self.is_integer else "a finite number"
        at_least, at_most = (">=", "<=") if self.closed else (">", "<")
        bounds = [
            f"{sign} {end:g}"
            for sign, end in ((at_least, self.low), (at_most, self.high))
            if math.isfinite(end)
        ]
        optional = " (or none)" if self.default is None else ""
        return " ".join([kind, " and ".join(bounds)]).strip() + optional

    def check(self, name: str, value: Any) -> None:
        """Raise `ConfigurationError` unless `value` lies in the accepted range."""
        if value is None and self.default is None:
            return
        kinds = int if self.is_integer else int | float
        good = isinstance(value, kinds) and not isinstance(value, bool) and math.isfinite(value)
        if good and self.closed:
            good = self.low <= value <= self.high
        elif good:
            good = self.low < value < self.high
        if not good:
            raise ConfigurationError(f"{name} is {value!r}; accepted: {self.accepted}.")


def _positive(default: float | None, meaning: str) -> Parameter:
    return Parameter(default, meaning, low=0.0)


def _count(default: int, meaning: str) -> Parameter:
    return Parameter(default, meaning, low=1, closed=True)


VEHICLE: dict[str, Parameter] = {
    "mass": _positive(798.0, "mass, kg"),
    "lift_coefficient": Parameter(3.20, "downforce coefficient C_L"),
    "drag_coefficient": Parameter(0.90, "drag coefficient C_D"),
    "frontal_area": _positive(1.50, "frontal area A, m^2"),
    "air_density": _positive(1.225, "air density, kg/m^3"),
    "a_drive": _positive(8.0, "largest acceleration of the drive, m/s^2"),
    "a_brake": _positive(16.0, "largest deceleration of the brakes, m/s^2"),
    "reference_mass": _positive(
        None, "mass for which a_drive and a_brake are given, kg; they scale with its share of mass"
    ),
}
NUMERICS: dict[str, Parameter] = {
    "max_speed": _positive(115.0, "v_max, m/s"),
    "min_speed": _positive(8.0, "v_min, m/s"),
    "initial_speed": Parameter(
        None, "speed at the first point, m/s; none: max_speed", low=0.0, closed=True
    ),
    "envelope_iterations": _count(20, "most iterations of the lateral-limit envelope"),
    "envelope_tolerance": _positive(0.1, "largest last change of the envelope, m/s"),
}
GRIP: dict[str, Parameter] = {"mu": _positive(1.70, "friction coefficient of the point mass")}


def _share(default: float, meaning: str) -> Parameter:
    return Parameter(default, meaning, low=0.0, high=1.0, closed=True)


AXLES: dict[str, Parameter] = {
    "front_weight": Parameter(0.46, "static share of the weight in front", low=0.05, high=0.95),
    "wheelbase": _positive(3.60, "wheelbase, m"),
    "pressure_offset": Parameter(0.10, "centre of pressure, forward of the centre of gravity, m"),
    "cg_height": Parameter(0.31, "height of the centre of gravity, m", low=0.0, closed=True),
}
SUSPENSION: dict[str, Parameter] = {
    "front_track_width": _positive(1.60, "front track width, m"),
    "rear_track_width": _positive(1.55, "rear track width, m"),
    "front_spring_rate": _positive(180_000.0, "front spring rate, N/m"),
    "rear_spring_rate": _positive(165_000.0, "rear spring rate, N/m"),
    "bar_front_share": _share(0.55, "front share d of the anti-roll bars"),
    "bar_roll_fraction": _share(0.5, "fraction f of the roll stiffness from anti-roll bars"),
}
TYRES: dict[str, Parameter] = {
    "peak_slip": _positive(0.12, "slip angle at which the tyres are taken, rad"),
    "front_tyre_b": _positive(9.5, "front stiffness factor B"),
    "front_tyre_c": _positive(1.35, "front shape factor C"),
    "front_tyre_d": _positive(6475.0, "front peak factor D, N"),
    "front_tyre_e": Parameter(0.97, "front curvature factor E"),
    "front_tyre_load": _positive(3500.0, "front nominal load Fz0, N"),
    "rear_tyre_b": _positive(10.2, "rear stiffness factor B"),
    "rear_tyre_c": _positive(1.33, "rear shape factor C"),
    "rear_tyre_d": _positive(8190.0, "rear peak factor D, N"),
    "rear_tyre_e": Parameter(0.95, "rear curvature factor E"),
    "rear_tyre_load": _positive(4200.0, "rear nominal load Fz0, N"),
    "load_sensitivity": Parameter(-0.08, "change of grip with relative load"),
    "min_mu_scale": _positive(0.4, "least grip scale under load"),
}
LATERAL: dict[str, Parameter] = {
    "min_lateral": _positive(0.5, "floor a_min of the lateral limit, m/s^2"),
    "inner_iterations": _count(12, "most iterations of the lateral limit"),
    "inner_tolerance": _positive(0.05, "largest last change of the lateral limit, m/s^2"),
}

POINT_MASS = VEHICLE | GRIP | NUMERICS
SINGLE_TRACK = VEHICLE | AXLES | SUSPENSION | TYRES | LATERAL | NUMERICS

Values = Mapping[str, Any]


def settle(table: Mapping[str, Parameter], given: Values) -> dict[str, Any]:
    """Return every parameter of a car: the given ones, and the benchmark's for the rest.

    Raises
    ------
    ConfigurationError
        For an unknown name or a value outside the accepted range.
    """
    for name in given:
        if name not in table:
            raise ConfigurationError(
                f"Parameter {name!r} is unknown; accepted: {', '.join(table)}."
            )
    values = {name: given.get(name, parameter.default) for name, parameter in table.items()}
    for name, parameter in table.items():
        parameter.check(name, values[name])
    low, high, start = (values[name] for name in ("min_speed", "max_speed", "initial_speed"))
    if not high > low:
        raise ConfigurationError(f"max_speed is {high!r}; accepted: more than min_speed, {low!r}.")
    if start is not None and start > high:
        raise ConfigurationError(
            f"initial_speed is {start!r}; accepted: from 0 to max_speed, {high!r} (or none)."
        )
    return {
        name: float(value) if isinstance(value, int) and not table[name].is_integer else value
        for name, value in values.items()
    }


def takes(table: Mapping[str, Parameter]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that spells a function's ``**car`` out in its signature.

    The harness reads from the signature what ``--set`` may change.
    """

    def spelled(function: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(function)
        kept = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        car = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=parameter.default)
            for name, parameter in table.items()
        ]
        function.__signature__ = signature.replace(parameters=kept + car)  # type: ignore[attr-defined]
        return function

    return spelled


# -- what the kernels are given ---------------------------------------------------------------


def longitudinal(values: Values) -> dict[str, Any]:
    """Return the scalars that both models take.

    ``drag`` is k_D and ``lift`` k_L: the forces over the squared speed, kg/m.
    """
    pressure = values["air_density"] * values["frontal_area"] / 2
    mass, reference = values["mass"], values["reference_mass"]
    share = 1.0 if reference is None else reference / mass
    start = values["initial_speed"]
    return {
        "mass": mass,
        "lift": pressure * values["lift_coefficient"],
        "drag": pressure * values["drag_coefficient"],
        "a_drive": values["a_drive"] * share,
        "a_brake": values["a_brake"] * share,
        "max_speed": values["max_speed"],
        "min_speed": values["min_speed"],
        "initial_speed": values["max_speed"] if start is None else start,
        "envelope_iterations": values["envelope_iterations"],
        "envelope_tolerance": values["envelope_tolerance"],
    }


def front_downforce(values: Values) -> float:
    """Return the share s_f of the downforce that the front axle carries."""
    wheelbase = values["wheelbase"]
    share = (values["front_weight"] * wheelbase + values["pressure_offset"]) / wheelbase
    return float(np.clip(share, 0.0, 1.0))


def front_roll(values: Values) -> float:
    """Return the share phi of the roll moment that the front axle takes."""
    front = values["front_spring_rate"] * (values["front_track_width"] / 2) ** 2
    rear = values["rear_spring_rate"] * (values["rear_track_width"] / 2) ** 2
    bars = values["bar_roll_fraction"]
    share = (1 - bars) * front / max(front + rear, EPS) + bars * values["bar_front_share"]
    return float(np.clip(share, 0.05, 0.95))


def tyre_shape(slip: float, b: float, c: float, e: float) -> float:
    """Return the magic formula's lateral force over its peak factor D at a slip angle, rad."""
    q = b * slip
    return math.sin(c * math.atan(q - e * (q - math.atan(q))))


def tyre_force(load: Any, peak: Any, nominal: Any, sensitivity: Any, least: Any) -> Any:
    """Return a tyre's lateral force, N.

    Parameters
    ----------
    load : array or float
        Vertical load, N; floored at `EPS`.
    peak : float
        Force at the nominal load, N: D times `tyre_shape`.
    nominal : float
        Nominal load Fz0, N.
    sensitivity, least : float
        Change of grip with the relative load, and its floor.
    """
    relative = np.maximum(load, EPS) / nominal
    return peak * relative * np.maximum(1 + sensitivity * (relative - 1), least)


def lateral(values: Values) -> dict[str, Any]:
    """Return the scalars of the single-track lateral limit.

    ``front_transfer`` and ``rear_transfer`` are the loads moved across an axle, N, for 1 m/s^2;
    ``front_peak`` and ``rear_peak`` the forces of a tyre at its nominal load and the peak slip.
    """
    roll, height = front_roll(values), values["cg_height"]
    moment = values["mass"] * height
    tyres = {}
    for axle in ("front", "rear"):
        b, c, d, e, load = (values[f"{axle}_tyre_{part}"] for part in ("b", "c", "d", "e", "load"))
        tyres[f"{axle}_peak"] = d * tyre_shape(values["peak_slip"], b, c, e)
        tyres[f"{axle}_load"] = load
    return {
        "front_weight": values["front_weight"],
        "front_downforce": front_downforce(values),
        "front_transfer": roll * moment / values["front_track_width"],
        "rear_transfer": (1 - roll) * moment / values["rear_track_width"],
        **tyres,
        "load_sensitivity": values["load_sensitivity"],
        "min_mu_scale": values["min_mu_scale"],
        "min_lateral": values["min_lateral"],
        "inner_iterations": values["inner_iterations"],
        "inner_tolerance": values["inner_tolerance"],
    }
