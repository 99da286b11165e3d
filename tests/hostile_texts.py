"""One record of attacks for what renders records: in every text, in keys and in names."""

from __future__ import annotations

from bench_harness import store
from bench_harness.model import RunRecord
from tests import hostile
from tests.factories import make_case, make_result

PAYLOAD = (
    "=HYPERLINK(1) </script><script>window.pwned=1</script> <img src=x onerror='window.pwned=1'> "
    "\"><svg/onload=window.pwned=1> '><b onmouseover=window.pwned=1> <!-- \\ ` ](x | ${pwned} "
    "<a href='javascript:window.pwned=1'>go</a> {{ 7 * 7 }} {% x %} %{x} $\\frac{$ \u2028 new\nline"
)
NAME = "d\"'><img:src=x:onerror=window.pwned=1><script>"
"""What a part of a case id may be: no space and no slash."""


def hostile_record() -> RunRecord:
    """Return a valid record with an attack wherever its schema leaves room for one."""
    record = store.parse(hostile.scripted(PAYLOAD), "hostile")
    params = {PAYLOAD: PAYLOAD, "__proto__": 1, "n": 3}
    results = [
        make_result(
            case=make_case(label, preset=NAME, params=params, device=device),
            warnings=[PAYLOAD],
            flops=1e6,
            nbytes=1e5,
        )
        # `constructor` is a key of every JavaScript object.
        for label, device in (("numpy", "cpu"), ("numba", NAME), ("constructor", "cpu"))
    ]
    return record.model_copy(update={"results": [*results, *record.results]})
