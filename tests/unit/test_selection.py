"""Choosing a backend: the order of authorities, the two errors, contexts, and the device rules."""

from __future__ import annotations

import asyncio
import functools
import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import bench_harness
from bench_harness import (
    BackendUnavailableError,
    ConfigurationError,
    UnknownNameError,
    available_backends,
    create_backend,
    functions,
    get_backend,
    get_backend_info,
    get_device,
    kernels,
    print_backend_info,
    selection,
    set_backend,
    set_device,
    use_backend,
)
from bench_harness.backends import NAMES, get_adapter, local
from bench_harness.backends.base import Backend
from bench_harness.backends.torch_backend import TorchBackend


def _forget() -> None:
    """Forget the backends that were started, by the tests of another file as well."""
    for remembered in selection._resolve_cached, selection._create, local.start:
        remembered.cache_clear()


@pytest.fixture(autouse=True)
def nothing_chosen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Begin and end with nothing chosen, and nothing remembered."""
    monkeypatch.delenv(selection.VARIABLE, raising=False)
    monkeypatch.setattr(selection, "gpu_present", lambda: False)
    _forget()
    yield
    _forget()
    selection._device = "cpu"
    set_backend(None)


@pytest.fixture
def without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make torch look as if it were not installed."""
    monkeypatch.setattr(TorchBackend, "is_installed", lambda self: False)


# -- who decides -----------------------------------------------------------------------------


def test_the_order_is_argument_context_process_environment_policy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert get_backend().name == "numpy"  # policy
    monkeypatch.setenv(selection.VARIABLE, "python")
    assert get_backend().name == "python"
    set_backend("numpy")
    assert get_backend().name == "numpy"
    with use_backend("python"):
        assert get_backend().name == "python"
        assert create_backend("numpy").name == "numpy"
    assert get_backend().name == "numpy"
    set_backend(None)
    assert get_backend().name == "python"


def test_an_instance_can_be_chosen() -> None:
    B = create_backend("python")
    set_backend(B)
    assert get_backend() is B
    with use_backend(create_backend("numpy")) as inner:
        assert get_backend() is inner
    assert create_backend("python") is B, "one object for one backend"


def test_a_context_is_restored_after_an_exception() -> None:
    with pytest.raises(ZeroDivisionError), use_backend("python"):
        1 / 0  # noqa: B018
    assert get_backend().name == "numpy"


def test_contexts_nest() -> None:
    with use_backend("python"):
        with use_backend("numpy"):
            assert get_backend().name == "numpy"
        assert get_backend().name == "python"


def test_a_context_stays_in_its_thread() -> None:
    seen: dict[str, str] = {}
    both_inside = threading.Barrier(2, timeout=30)

    def work(name: str) -> None:
        with use_backend(name):
            both_inside.wait()
            seen[name] = get_backend().name
            both_inside.wait()

    with use_backend("python"):
        threads = [threading.Thread(target=work, args=(name,)) for name in ("numpy", "python")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        fresh: list[str] = []
        thread = threading.Thread(target=lambda: fresh.append(get_backend().name))
        thread.start()
        thread.join()
    assert seen == {"numpy": "numpy", "python": "python"}
    assert fresh == ["numpy"], "a new thread begins with what the process chose"


def test_a_context_stays_in_its_task() -> None:
    async def work(name: str, mine: asyncio.Event, other: asyncio.Event) -> str:
        with use_backend(name):
            mine.set()
            await other.wait()
            return get_backend().name

    async def main() -> list[str]:
        a, b = asyncio.Event(), asyncio.Event()
        with use_backend("python"):
            inherited = asyncio.create_task(child())
            found = await asyncio.gather(work("numpy", a, b), work("python", b, a))
            return [*found, await inherited]

    async def child() -> str:
        return get_backend().name

    assert asyncio.run(main()) == ["numpy", "python", "python"]


def test_kernels_follow_the_choice_in_every_thread() -> None:
    import numpy as np

    given = np.ones((2, 3, 3)), np.array([1.0, 2.0, 3.0])
    lists = [array.tolist() for array in given]
    answers: dict[str, set[type]] = {"numpy": set(), "python": set()}

    def work(name: str) -> None:
        with use_backend(name):
            for _ in range(300):
                arguments = lists if name == "python" else given
                answers[name].add(type(kernels.center_of_mass(*arguments)))

    threads = [threading.Thread(target=work, args=(name,)) for name in answers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {"numpy": {np.ndarray}, "python": {list}}


def test_one_thread_alone_reads_the_suites(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []

    def read() -> dict[str, Any]:
        reads.append(threading.current_thread().name)
        threading.Event().wait(0.05)  # for the others to come
        return {}

    monkeypatch.setattr(functions, "_bundled_kernels", functools.cache(read))
    threads = [threading.Thread(target=functions.bundled_kernels) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reads) == 1


def test_a_kernel_is_written_out_with_names_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "parameters", lambda _: ("x", "y=print()"))
    with pytest.raises(ConfigurationError, match="not all names of Python"):
        kernels._bind("md/rms")


# -- two errors, and no fallback -------------------------------------------------------------


@pytest.mark.parametrize("name", ["Numpy", "cuda", "tensorflow", "", "numpy "])
def test_an_unknown_name_names_the_choices(name: str) -> None:
    for choose in (create_backend, set_backend):
        with pytest.raises(UnknownNameError, match=r"Choose from: .*numpy.*torch") as caught:
            choose(name)
        assert isinstance(caught.value, ValueError)


def test_an_unknown_name_in_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(selection.VARIABLE, "numpi")
    with pytest.raises(UnknownNameError, match="Did you mean 'numpy'"):
        get_backend()


@pytest.mark.usefixtures("without_torch")
def test_a_missing_backend_names_those_that_are_here_and_the_remedy() -> None:
    with pytest.raises(BackendUnavailableError) as caught:
        create_backend("torch")
    assert isinstance(caught.value, RuntimeError)
    assert not isinstance(caught.value, ValueError)
    assert "pip install 'bench-harness[torch]'" in str(caught.value)
    assert "Available here: python, numpy" in str(caught.value)
    set_backend("numpy")
    with pytest.raises(BackendUnavailableError):
        set_backend("torch")
    assert get_backend().name == "numpy", "a refused choice changes nothing"


def test_a_backend_that_does_not_start_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Backend) -> None:
        raise BackendUnavailableError("torch is broken. Try: a cure.")

    monkeypatch.setattr(TorchBackend, "is_installed", lambda self: True)
    monkeypatch.setattr(TorchBackend, "load", broken)
    with pytest.raises(BackendUnavailableError, match=r"a cure\. Available here: python, numpy"):
        create_backend("torch")


# -- policies --------------------------------------------------------------------------------


def usable(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let these backends be the usable ones."""

    def obstacle(name: str, device: str) -> str | None:
        return None if f"{name}/{device}" in names else "not here"

    monkeypatch.setattr(selection, "_obstacle", obstacle)


@pytest.mark.parametrize(
    ("policy", "here", "chosen"),
    [
        ("cpu", ["numba/cpu", "torch/cpu", "numpy/cpu"], "numba/cpu"),
        ("cpu", ["torch/cpu", "jax/cpu", "numpy/cpu"], "torch/cpu"),
        ("cpu", ["jax/cpu", "numpy/cpu"], "jax/cpu"),
        ("cpu", ["numpy/cpu"], "numpy/cpu"),
        ("gpu", ["torch/cuda", "jax/cuda", "numpy/cpu"], "torch/cuda"),
        ("gpu", ["jax/cuda", "cupynumeric/cuda", "numpy/cpu"], "jax/cuda"),
        ("gpu", ["cupynumeric/cuda", "numpy/cpu"], "cupynumeric/cuda"),
        ("gpu", ["torch/cpu", "numpy/cpu"], "numpy/cpu"),
        ("portable", ["numpy/cpu", "torch/cpu"], "numpy/cpu"),
    ],
)
def test_a_policy_takes_the_first_that_is_usable(
    monkeypatch: pytest.MonkeyPatch, policy: str, here: list[str], chosen: str
) -> None:
    usable(monkeypatch, *here)
    choice = selection.current_choice(policy)
    assert f"{choice.name}/{choice.device}" == chosen
    assert policy in choice.reason


def test_a_policy_without_any_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    usable(monkeypatch)
    with pytest.raises(BackendUnavailableError, match="Policy 'cpu'"):
        create_backend("cpu")


def test_choice_and_reason_are_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bench_harness")
    usable(monkeypatch, "numpy/cpu")
    monkeypatch.setenv(selection.VARIABLE, "cpu")
    get_backend()
    assert "policy 'cpu' passes over numba on cpu: not here" in caplog.text
    assert "backend numpy on cpu: policy 'cpu', named by BENCH_HARNESS_BACKEND" in caplog.text


def test_measured_is_for_kernels() -> None:
    set_backend("measured")
    with pytest.raises(ConfigurationError, match="by kernel and size"):
        get_backend()
    with use_backend("measured") as nothing:
        assert nothing is None


# -- devices: each is refused before anything runs --------------------------------------------


@pytest.mark.parametrize("name", ["numpy", "numba", "python"])
@pytest.mark.parametrize("device", ["cpu:0", "CPU", "cuda", "cuda:0", "banana", "", "mps"])
def test_host_backends_have_one_device(name: str, device: str) -> None:
    with pytest.raises(ConfigurationError, match="accepts: cpu; names are case-sensitive"):
        create_backend(name, device=device)


@pytest.mark.parametrize("name", ["torch", "jax", "cupynumeric"])
@pytest.mark.parametrize("device", ["cpu:0", "CPU", "Cuda", "cuda:", "cuda:a", "cuda:-1", "banana"])
def test_unknown_devices_are_refused(name: str, device: str) -> None:
    with pytest.raises(ConfigurationError, match="accepts: cpu, cuda, cuda:<index>"):
        create_backend(name, device=device)


@pytest.mark.parametrize("name", ["torch", "jax", "cupynumeric"])
@pytest.mark.parametrize("device", ["cuda", "cuda:1"])
def test_cuda_without_a_gpu_is_refused(name: str, device: str) -> None:
    with pytest.raises(ConfigurationError, match="no NVIDIA driver"):
        create_backend(name, device=device)


def test_cuda_with_a_gpu_reaches_the_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "gpu_present", lambda: True)
    assert selection.current_choice("torch", "cuda:1").device == "cuda:1"


@pytest.mark.parametrize(
    "name", ["jax.compile", "numba.compile", "numpy.compile", "python.compile"]
)
def test_compile_is_a_variant_of_torch_only(name: str) -> None:
    with pytest.raises(ConfigurationError, match="'compile' is a variant of torch only"):
        set_backend(name)
    assert selection.current_choice("torch.compile").variant == "compile"


def test_set_device_moves_the_backend_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    set_backend("numpy")
    assert get_device() == "cpu"
    set_device("cpu")
    with pytest.raises(ConfigurationError, match="accepts: cpu"):
        set_device("cuda")
    assert get_device() == "cpu"
    started: list[tuple[str, str]] = []
    monkeypatch.setattr(selection, "gpu_present", lambda: True)
    monkeypatch.setattr(
        selection, "start", lambda name, device: started.append((name, device)) or get_adapter(name)
    )
    set_backend("torch")
    set_device("cuda:1")
    assert get_device() == "cuda:1"
    assert started[-1] == ("torch", "cuda:1")
    assert selection.current_choice("numpy").device == "cpu", "numpy has no other"
    assert selection.current_choice("jax").device == "cuda:1"


# -- what there is ---------------------------------------------------------------------------


def test_info() -> None:
    info = get_backend_info("numpy")
    assert set(info) == {"name", "available", "version", "devices", "features", "reason"}
    assert (info["name"], info["available"], info["devices"]) == ("numpy", True, ["cpu"])
    assert info["features"] == dict.fromkeys(("jit", "parallel", "gpu", "autodiff"), False)
    assert "numpy" in available_backends()
    assert set(available_backends()) <= set(NAMES)
    with use_backend("python"):
        assert get_backend_info()["name"] == "python"


@pytest.mark.usefixtures("without_torch")
def test_info_of_a_missing_backend(capsys: pytest.CaptureFixture[str]) -> None:
    info = get_backend_info("torch")
    assert not info["available"]
    assert "pip install" in info["reason"]
    assert "torch" not in available_backends()
    print_backend_info("torch")
    assert "not installed" in capsys.readouterr().out


def test_choosing_imports_no_framework() -> None:
    import subprocess
    import sys

    code = (
        "import sys, bench_harness as b\n"
        "b.available_backends(); b.create_backend('numpy'); b.get_device()\n"
        "from bench_harness import kernels; dir(kernels)\n"
        "print(sorted({'torch', 'jax', 'numba', 'cupynumeric'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_public_names_are_the_ones_of_the_modules() -> None:
    names: list[Any] = [bench_harness.create_backend, bench_harness.use_backend]
    assert names == [selection.create_backend, selection.use_backend]
