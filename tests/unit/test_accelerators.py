"""The CUDA side of the adapters, with libraries made of nothing: no GPU is needed.

What is tested is the adapters' own logic: which devices they find, what they ask of the library,
and what they say where something is missing.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bench_harness import BackendUnavailableError, ConfigurationError
from bench_harness.backends import Host
from bench_harness.backends.cupy_backend import CupyBackend
from bench_harness.backends.cupynumeric_backend import CupynumericBackend
from bench_harness.backends.jax_backend import JaxBackend
from bench_harness.backends.torch_backend import TorchBackend
from bench_harness.discovery import discover
from bench_harness.plan import Request, make_plan


def module(name: str, **names: Any) -> Any:
    """Return a module with these names."""
    made = ModuleType(name)
    vars(made).update(names)
    return made


def host(device: str) -> Host:
    return Host(device, 2, Path("cache"))


class CudaError(RuntimeError):
    """What CuPy's runtime raises."""


def fake_cupy(log: list[str], devices: int) -> Any:
    """Return a CuPy that sees so many devices; none makes its runtime raise."""

    class Device:
        def __init__(self, index: int) -> None:
            self.id = index

        def use(self) -> None:
            log.append(f"use {self.id}")

        def synchronize(self) -> None:
            log.append(f"synchronize {self.id}")

    class ndarray(np.ndarray):
        pass

    def count() -> int:
        if not devices:
            raise CudaError("cudaErrorNoDevice")
        return devices

    runtime = SimpleNamespace(
        CUDARuntimeError=CudaError,
        getDeviceCount=count,
        getDeviceProperties=lambda index: {"name": f"card {index}".encode()},
        runtimeGetVersion=lambda: 13000,
        driverGetVersion=lambda: 13010,
    )
    return module(
        "cupy",
        __version__="14.2",
        ndarray=ndarray,
        cuda=SimpleNamespace(runtime=runtime, Device=Device),
        zeros=np.zeros,
        array=lambda x: np.array(x).view(ndarray),
        asnumpy=lambda x: np.asarray(x),
        get_default_memory_pool=lambda: SimpleNamespace(total_bytes=lambda: 4096),
    )


@pytest.mark.parametrize(("device", "index"), [("cuda", 0), ("cuda:1", 1)])
def test_cupy_starts_on_the_device_asked_for(
    monkeypatch: pytest.MonkeyPatch, device: str, index: int
) -> None:
    log: list[str] = []
    monkeypatch.setitem(sys.modules, "cupy", fake_cupy(log, devices=2))
    backend = CupyBackend()
    backend.start(host(device))
    assert log == [f"use {index}", f"synchronize {index}"], "the start is waited for"
    backend.synchronizer()(None)
    assert log[-1] == f"synchronize {index}"
    assert backend.devices() == ["cuda:0 card 0", "cuda:1 card 1"]
    assert backend.runtime() == {"device": f"card {index}", "cuda": 13000, "driver": 13010}
    assert backend.device_peak_bytes() == 4096


def test_cupy_moves_arrays_and_knows_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cupy", fake_cupy([], devices=1))
    backend, x = CupyBackend(), np.arange(3.0)
    moved = backend.from_numpy(x)
    assert backend.is_native(moved)
    assert not backend.is_native(x)
    moved[:] = -1
    assert x.tolist() == [0, 1, 2], "a copy"
    back = backend.to_numpy(moved)
    assert type(back) is np.ndarray


@pytest.mark.parametrize(
    ("device", "devices", "said"),
    [
        ("cuda", 0, "reaches no CUDA device .*cudaErrorNoDevice.* NVIDIA GPU"),
        ("cuda:2", 2, r"no device 'cuda:2'. It sees 2 CUDA device"),
        ("cpu", 1, "no device 'cpu'"),
    ],
)
def test_cupy_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, device: str, devices: int, said: str
) -> None:
    monkeypatch.setitem(sys.modules, "cupy", fake_cupy([], devices))
    with pytest.raises(BackendUnavailableError, match=said):
        CupyBackend().start(host(device))


def fake_torch(log: list[str], devices: int, cuda: str | None = "13.0") -> Any:
    """Return a torch with so many CUDA devices."""
    matmul, cudnn = SimpleNamespace(allow_tf32=True), SimpleNamespace(allow_tf32=True)
    return module(
        "torch",
        __version__="2.13",
        version=SimpleNamespace(cuda=cuda),
        set_num_threads=lambda n: log.append(f"threads {n}"),
        zeros=lambda n, device: log.append(f"zeros on {device}"),
        backends=SimpleNamespace(cuda=SimpleNamespace(matmul=matmul), cudnn=cudnn),
        cuda=SimpleNamespace(
            is_available=lambda: devices > 0,
            device_count=lambda: devices,
            get_device_name=lambda device: f"card {device}",
            init=lambda: log.append("init"),
            synchronize=lambda device: log.append(f"synchronize {device}"),
            max_memory_allocated=lambda device: 2048,
        ),
    )


def test_torch_on_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    log: list[str] = []
    torch = fake_torch(log, devices=2)
    monkeypatch.setitem(sys.modules, "torch", torch)
    backend = TorchBackend()
    backend.start(host("cuda:1"))
    assert log == ["threads 2", "init", "zeros on cuda:1"]
    assert torch.backends.cuda.matmul.allow_tf32 is False, "float32 means float32"
    assert torch.backends.cudnn.allow_tf32 is False
    wait = backend.synchronizer()
    assert wait is not None
    wait(None)
    assert log[-1] == "synchronize cuda:1"
    assert backend.devices() == ["cpu", "cuda:0 card 0", "cuda:1 card 1"]
    assert backend.device_peak_bytes() == 2048


@pytest.mark.parametrize("build", [None, "13.0"])
def test_torch_without_cuda_says_which_build_it_is(
    monkeypatch: pytest.MonkeyPatch, build: str | None
) -> None:
    monkeypatch.setitem(sys.modules, "torch", fake_torch([], devices=0, cuda=build))
    with pytest.raises(BackendUnavailableError, match=f"this build is for {build or 'the CPU'}"):
        TorchBackend().start(host("cuda"))
    assert TorchBackend().devices() == ["cpu"]
    assert TorchBackend().synchronizer() is None


def fake_jax(kinds: dict[str, int]) -> Any:
    """Return a JAX with so many devices of each kind."""

    def devices(kind: str | None = None) -> list[Any]:
        if kind is not None and kind not in kinds:
            raise RuntimeError(f"Unknown backend {kind}")
        return [
            SimpleNamespace(platform=name, id=i, device_kind="card")
            for name, count in kinds.items()
            for i in range(count)
            if kind in (None, name)
        ]

    return module(
        "jax",
        __version__="0.10",
        devices=devices,
        device_put=lambda array, device: (array, device.platform, device.id),
        block_until_ready=lambda x: x,
    )


def test_jax_on_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jax", fake_jax({"cuda": 2, "cpu": 1}))
    backend = JaxBackend()
    backend.start(host("cuda:1"))
    assert backend.from_numpy(np.zeros(1))[1:] == ("cuda", 1)
    assert backend.devices() == ["cuda:0 card", "cuda:1 card", "cpu:0 card"]
    env = backend.worker_env(host("cuda"))
    assert env["JAX_PLATFORMS"] == "cuda,cpu"
    assert env["XLA_PYTHON_CLIENT_PREALLOCATE"] == "false"
    assert backend.worker_env(host("cpu"))["JAX_PLATFORMS"] == "cpu"


@pytest.mark.parametrize(("kinds", "device"), [({"cpu": 1}, "cuda"), ({"cuda": 1}, "cuda:1")])
def test_jax_without_the_device_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, kinds: dict[str, int], device: str
) -> None:
    monkeypatch.setitem(sys.modules, "jax", fake_jax(kinds))
    with pytest.raises(BackendUnavailableError, match=rf"no device '{device}'.*jax\[cuda13\]"):
        JaxBackend().start(host(device))


def test_cupynumeric_without_a_driver_refuses_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench_harness.backends.cupynumeric_backend.has_driver", lambda: False)
    with pytest.raises(BackendUnavailableError, match="needs the NVIDIA driver"):
        CupynumericBackend().start(host("cuda"))
    assert "--gpus 1" in CupynumericBackend().worker_env(host("cuda"))["LEGATE_CONFIG"]
    assert "--gpus 0" in CupynumericBackend().worker_env(host("cpu"))["LEGATE_CONFIG"]


def test_a_backend_for_gpus_alone_is_refused_without_one() -> None:
    with pytest.raises(ConfigurationError, match="'cupy' computes on cuda only"):
        make_plan(discover(), Request(selectors=("kde",), backends=("cupy",)), gpu_present=False)
    planned = make_plan(discover(), Request(selectors=("kde/gaussian_kde",)), gpu_present=True)
    cases = [case.case.id for group in planned for case in group.cases]
    assert "kde/gaussian_kde/default/cupy.portable/cuda/float64" in cases
    assert "kde/gaussian_kde/default/torch/cuda/float64" in cases
    without = make_plan(discover(), Request(selectors=("kde/gaussian_kde",)), gpu_present=False)
    assert not any(case.case.backend == "cupy" for group in without for case in group.cases)
