"""What is known of a machine, and when two are the same one."""

from __future__ import annotations

from typing import Any

import pytest

from bench_harness.environment import collect, fingerprint, machine_key
from bench_harness.model import Cpu, Gpu
from tests.factories import make_environment


def test_no_variable_but_those_of_the_list_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_PASSWORD", "hunter2-in-the-open")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    recorded = collect()
    assert recorded.variables["OMP_NUM_THREADS"] == "7"
    assert "hunter2-in-the-open" not in recorded.model_dump_json()


CPU = Cpu(model="Processor", logical_cores=4, usable_cores=2, frequency_mhz=2000.0)


@pytest.mark.parametrize(
    "changed",
    [
        {"host": "runner-7"},
        {"os": "Linux, newer"},
        {"python": "3.13.0"},
        {"memory_bytes": 2**34 - 2**20},
        {"cpu": CPU.model_copy(update={"frequency_mhz": 2001.5})},
        {"variables": {"OMP_NUM_THREADS": "1"}},
    ],
)
def test_what_changes_by_itself_makes_no_other_machine(changed: dict[str, Any]) -> None:
    assert machine_key(make_environment(**changed)) == machine_key(make_environment())


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"cpu": CPU.model_copy(update={"model": "Other"})}, "cpu"),
        ({"cpu": CPU.model_copy(update={"logical_cores": 8})}, "cores"),
        ({"memory_bytes": 2**35}, "memory"),
        ({"gpus": [Gpu(name="H", memory_bytes=2**36, driver="1")]}, "gpus"),
    ],
)
def test_other_hardware_is_another_machine(changed: dict[str, Any], name: str) -> None:
    other, known = fingerprint(make_environment(**changed)), fingerprint(make_environment())
    assert [key for key in known if other[key] != known[key]] == [name]
    assert machine_key(make_environment(**changed)) != machine_key(make_environment())


def test_what_is_unknown_is_no_known_machine() -> None:
    unknown = make_environment(cpu=Cpu(model="unknown"), memory_bytes=None)
    assert machine_key(unknown) != machine_key(make_environment())
    assert fingerprint(unknown)["memory"] == "unknown"
