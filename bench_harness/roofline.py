"""What a case achieves, and what its machine could at most: pure functions of records.

A kernel that counts its work takes at least the longer of two times: that of its operations at the
peak of a matrix product, and that of its bytes at the bandwidth of memory of their size. The share
of the roof is that time over the measured one; above 1, a count is too high or work is left out.

Williams, Waterman, Patterson: Roofline (2009), doi:10.1145/1498765.1498785.
"""

from __future__ import annotations

from dataclasses import dataclass

from bench_harness.model import CaseResult, Environment
from bench_harness.stats.estimates import median
from bench_harness.summary import samples_of, settled


@dataclass(frozen=True)
class Achieved:
    """Rates of one case beside the roof above them.

    Parameters
    ----------
    flops_per_s, bytes_per_s : float or None
        None where the kernel does not count these.
    intensity : float or None
        Operations per byte.
    roof_flops_per_s : float or None
        Attainable at this intensity; None unless both are counted and the machine is known.
    share : float or None
        Of the roof; None where the machine's peaks are not known.
    bound : str or None
        ``"arithmetic"`` or ``"memory"``: which of the two sets the roof.
    """

    flops_per_s: float | None
    bytes_per_s: float | None
    intensity: float | None
    roof_flops_per_s: float | None
    share: float | None
    bound: str | None


@dataclass(frozen=True)
class Roof:
    """Peak rates of a machine for one dtype and working set; None where not measured."""

    flops_per_s: float | None
    bytes_per_s: float | None


def achieved(result: CaseResult, environment: Environment) -> Achieved | None:
    """Return the rates of a case; None unless it is verified, settled and counts its work."""
    if result.status != "ok" or not result.measurements or not settled(result):
        return None
    seconds = median(samples_of(result))
    if seconds <= 0 or not (result.flops or result.nbytes):
        return None
    limits = roof(environment, result.case.device, result.case.dtype, result.nbytes)
    least = {
        "arithmetic": _least(result.flops, limits.flops_per_s),
        "memory": _least(result.nbytes, limits.bytes_per_s),
    }
    known = {name: time for name, time in least.items() if time}
    bound = max(known, key=lambda name: known[name]) if known else None
    both = result.flops and result.nbytes and len(known) == 2 and bound
    return Achieved(
        flops_per_s=result.flops / seconds if result.flops else None,
        bytes_per_s=result.nbytes / seconds if result.nbytes else None,
        intensity=result.flops / result.nbytes if result.flops and result.nbytes else None,
        roof_flops_per_s=result.flops / known[bound] if both and result.flops and bound else None,
        share=known[bound] / seconds if bound else None,
        bound=bound,
    )


def roof(environment: Environment, device: str, dtype: str, working_set: float | None) -> Roof:
    """Return the peak rates for a dtype, and for memory traffic over a working set in bytes.

    From the calibration where there is one: the fastest bandwidth of a working set of at least
    half the size, since bytes that must move are a lower bound. Else from the peaks measured
    before the run, whose bandwidth is that of the cache.
    """
    if device != "cpu":
        return Roof(None, None)
    found, quick = environment.calibration, environment.ceilings
    if found is None:
        peak = quick.get("flops_per_s") if dtype == "float64" else None
        return Roof(peak, quick.get("bytes_per_s"))
    points = found.bandwidth
    fitting = [p for p in points if p.working_set_bytes >= (working_set or 0.0) / 2]
    rates = [point.bytes_per_s for point in fitting or points[-1:]]
    return Roof(found.flops_per_s.get(dtype), max(rates, default=None))


def _least(count: float | None, rate: float | None) -> float | None:
    return count / rate if count and rate else None


def doubt(result: CaseResult, environment: Environment) -> str | None:
    """Return a warning about a case that is faster than its machine."""
    found = achieved(result, environment)
    if found is None or found.share is None or found.share <= 1:
        return None
    what = "flops" if found.bound == "arithmetic" else "nbytes"
    return (
        f"{found.share:.0%} of what this machine was measured to do: the kernel's count of {what} "
        "is too high, work is left out, or the calibration is too low"
    )
