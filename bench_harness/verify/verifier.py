"""The process that judges outputs: ``python -m bench_harness.verify.verifier``.

Apart from both the parent (a hook of a suite that hangs or crashes must not take the run with
it) and the worker (the code being judged must not sit in the judge's process).
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bench_harness import npz
from bench_harness.backends import NAMES, REFERENCE, get_adapter
from bench_harness.child import read_request, write_reply
from bench_harness.discovery import KernelFolder, discover, load_implementation, load_kernel
from bench_harness.kernel import Arrays, ErrorBudget, Kernel
from bench_harness.measure import invoke
from bench_harness.measure.gradient import weighted
from bench_harness.verify import derivative
from bench_harness.verify.agreement import compare_bits
from bench_harness.verify.compare import Report, verify

MAX_WARNINGS = 20


def preload() -> None:
    """Load what every request needs, before children are forked."""
    for name in NAMES:
        get_adapter(name)
    np.random.default_rng()


def main() -> None:
    """Answer one request with a verdict; an exception is a failed verdict, never a pass."""
    request, folder = read_request()
    try:
        reply = judge(request)
    except Exception as error:
        reason = traceback.format_exception_only(error)[-1].strip()
        reply = {
            "verification": {
                "passed": False,
                "failures": [f"verification raised {reason}"],
            },
            "figures": [],
            "remarks": [],
            "details": traceback.format_exc(),
        }
    write_reply(folder, reply)


def judge(request: Mapping[str, Any]) -> dict[str, Any]:
    """Compare a case's outputs with the reference's; compute figures, counts and remarks.

    Parameters
    ----------
    request : mapping
        ``case``, ``seed``, ``kernel_path``, ``outputs_path``, ``reference_path``, ``truth_path``,
        ``weak`` (outputs without a dtype of their own) and ``inputs_digest``.
    """
    case = request["case"]
    (kernel_folder,) = discover([Path(request["kernel_path"])]).values()
    kernel = load_kernel(kernel_folder)
    inputs = kernel.make(request["seed"], case["dtype"], case["params"])
    outputs = npz.load(Path(request["outputs_path"]))
    reference = npz.load(Path(request["reference_path"]))
    truth = _truth(kernel, inputs, case, Path(request["truth_path"]))
    if request["rtol"] is not None or request["atol"] is not None:
        kernel = _with_tolerance(kernel, request["rtol"], request["atol"])

    def judged(found: Mapping[str, np.ndarray]) -> Report:
        return verify(
            kernel, inputs, reference, found, case["dtype"], weak=request["weak"], truth=truth
        )

    report = judged(outputs)
    earlier = _earlier_outputs(Path(request["earlier_path"]))
    if earlier is not None and not compare_bits(earlier, outputs)["bitwise"]:
        failures = judged(earlier).failures
        report.problems += [f"in an earlier timed run, {failure}" for failure in failures]
    complete = set(outputs) == set(kernel.outputs)
    remarks = report.remarks
    if case["backend"] == REFERENCE and not case["variant"] and kernel.remarks and complete:
        reference_call = _reference_call(kernel_folder, kernel, inputs)
        remarks += [str(text) for text in kernel.remarks(inputs, outputs, reference_call)]
    return {
        "verification": report.as_dict(),
        "details": report.details or (request.get("gradient") or {}).get("details"),
        "figures": _figures(kernel, outputs) if complete else [],
        "remarks": remarks[:MAX_WARNINGS],
        "gradient": _gradient(kernel_folder, kernel, inputs, request),
        "flops": _count(kernel.flops, case, 1.0),
        "nbytes": _count(kernel.nbytes, case, np.dtype(case["dtype"]).itemsize / 8),
    }


def _gradient(
    folder: KernelFolder, kernel: Kernel, inputs: Arrays, request: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Judge the gradient that the worker took, if any."""
    taken, wanted = request.get("gradient"), kernel.gradient_of
    if taken is None or wanted is None:
        return None
    if "problem" in taken or "unsupported" in taken:
        return {name: text for name, text in taken.items() if name != "details"}
    values = npz.load(Path(request["gradient_path"]))
    reference = _reference_call(folder, kernel, inputs)
    reports = derivative.judge(
        wanted, values, inputs, lambda changed: weighted(reference(**changed), wanted)
    )
    right = all(report.passed for report in reports)
    between = _between_backends(values, Path(request["first_gradient_path"]), right)
    problem = None
    if between is not None and between > wanted.rtol:
        problem = (
            f"differs by {between:.1e} from the gradient of another backend, where "
            f"{wanted.rtol:.0e} is allowed"
        )
    return {
        **taken,
        "problem": problem,
        "passed": right and problem is None,
        "derivatives": [report.as_dict() for report in reports],
        "max_difference_between_backends": between,
    }


def _between_backends(values: Arrays, first: Path, right: bool) -> float | None:
    """Compare with the first backend's gradient that agreed with the differences, if any."""
    if first.is_file():
        return max(_relative_difference(values[n], one) for n, one in npz.load(first).items())
    if right:
        _save(first, values)
    return None


def _relative_difference(one: np.ndarray, other: np.ndarray) -> float:
    scale = float(np.max(np.abs(other), initial=0.0)) or 1.0
    return float(np.max(np.abs(one - other), initial=0.0)) / scale


def _earlier_outputs(path: Path) -> dict[str, np.ndarray] | None:
    """Return the outputs of an earlier timed run; None if only one run was timed."""
    return npz.load(path) if path.is_file() else None


def _with_tolerance(kernel: Kernel, rtol: float | None, atol: float | None) -> Kernel:
    """Return the kernel with the user's tolerance in place of its budgets."""
    budget = ErrorBudget(
        rtol=rtol or 0.0,
        atol=atol or 0.0,
        reason=f"given on the command line: rtol={rtol}, atol={atol}",
    )
    compared = {
        name: None if kernel.budget_for(name) is None else budget for name in kernel.outputs
    }
    return replace(kernel, budget=compared)


def _save(path: Path, arrays: Arrays) -> None:
    """Write arrays in one step: verifiers of other cases may be looking for them."""
    draft = path.with_suffix(f".{os.getpid()}.npz")
    npz.save(draft, arrays)
    draft.replace(path)


def _truth(kernel: Kernel, inputs: Arrays, case: Mapping[str, Any], path: Path) -> Arrays | None:
    """Return the high-precision outputs, computed once for all backends of a group."""
    preset = case["preset"].split(":")[0]
    if kernel.truth is None or preset not in kernel.truth_presets:
        return None
    if not path.exists():
        _save(path, kernel.truth(inputs))
    return npz.load(path)


def _figures(kernel: Kernel, outputs: Mapping[str, np.ndarray]) -> list[dict[str, Any]]:
    figures = []
    for figure in kernel.figures:
        value = figure.value(outputs)
        if isinstance(value, np.generic | np.ndarray):
            value = value.item()
        if isinstance(value, float) and not np.isfinite(value):
            value = str(value)
        figures.append({"label": figure.label, "value": value, "decimals": figure.decimals})
    return figures


def _count(
    count: Callable[..., float] | None, case: Mapping[str, Any], factor: float
) -> float | None:
    return None if count is None else float(count(**case["params"])) * factor


def _reference_call(
    folder: KernelFolder, kernel: Kernel, inputs: Arrays
) -> Callable[..., dict[str, np.ndarray]]:
    implementation = folder.implementation(REFERENCE)
    assert implementation is not None  # load_kernel refuses a kernel without one
    loaded = load_implementation(implementation, inputs)
    backend = get_adapter(REFERENCE)

    def call(**changed: Any) -> dict[str, np.ndarray]:
        native = {**inputs, **changed}
        if loaded.prepare is not None:
            native = dict(loaded.prepare(**native))
        returned = invoke.bind(backend, loaded, "", native)()
        return invoke.collect(backend, returned, kernel.outputs)[0]

    return call


if __name__ == "__main__":
    main()
