"""A record whose every text tries to become markup, code, a link, a formula or a new row."""

from __future__ import annotations

from typing import Any

from bench_harness.model import BackendInfo, Cpu, FigureValue, Gpu, RunRecord, Source
from tests.factories import (
    make_case,
    make_environment,
    make_measurement,
    make_record,
    make_result,
    make_verification,
)

PAYLOADS = (
    "</script><script>window.pwned=1</script>",
    "<img src=x onerror='window.pwned=1'>",
    "\"><svg/onload=window.pwned=1> '><b onmouseover=window.pwned=1>",
    "[link](javascript:window.pwned=1) <a href='javascript:window.pwned=1'>go</a>",
    "{{ 7 * 7 }} {% for x in y %} ${window.pwned=1} %{x} $\\frac{$",
    "=HYPERLINK(1) | cell \u2028 new\nline `code ](x <!-- \\",
    "__proto__",
)


def hostile_record() -> RunRecord:
    """Return a valid record with a payload in every text that the schema leaves free."""
    used = 0

    def evil() -> str:
        nonlocal used
        used += 1
        return PAYLOADS[used % len(PAYLOADS)]

    def case(label: str, **changed: Any) -> Any:
        preset = 'd"><img:src=x:onerror=window.pwned=1><script>'
        fields = {"preset": preset, "params": {evil(): evil(), "n": 3}}
        return make_case(label, **{**fields, **changed})

    checks = [
        check.model_copy(update={"name": evil(), "budget_reason": evil(), "problem": None})
        for check in make_verification().outputs
    ]
    verified = make_verification().model_copy(update={"reference": evil(), "outputs": checks})
    common = {
        "warnings": [evil(), evil()],
        "notes": [evil()],
        "verification": verified,
        "figures": [FigureValue(label=payload, value=payload) for payload in PAYLOADS],
        "measurements": [make_measurement([0.001, 0.002], inputs_digest=evil())],
        "flops": 1e6,
        "nbytes": 1e5,
    }
    device = "cpu'><script>window.pwned=1<"
    results = [
        make_result(case=case("numpy"), **common),
        make_result(case=case("numba", device=device), **common),
        make_result(case=case("constructor"), **common),  # a key of every JavaScript object
        make_result(case=case("torch"), status="failed", reason=evil(), details=evil()),
        make_result(case=case("jax"), status="unavailable", reason=evil()),
    ]
    info = BackendInfo(usable=True, thread_pools=[{"internal_api": evil(), "num_threads": evil()}])
    environment = make_environment(
        host=evil(),
        os=evil(),
        python=evil(),
        python_implementation=evil(),
        cpu=Cpu(model=evil(), caches={evil(): evil()}, frequency_policy=evil()),
        gpus=[Gpu(name=evil(), memory_bytes=1, driver=evil())],
        packages={evil(): evil()},
        variables={evil(): evil()},
        backends={evil(): info},
        compiler=evil(),
        clock={evil(): evil()},
        ceilings={"flops_per_s": 1e9, "bytes_per_s": 1e9, evil(): 1.0},
        source=Source(commit=evil(), dirty=True, branch=evil()),
    )
    changed = {"argv": [*PAYLOADS], "harness_version": evil(), "run_id": evil()}
    return make_record(*results, environment=environment, started_at=evil(), **changed)
