"""PyTorch, eager and through ``torch.compile``, on the CPU and on CUDA."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bench_harness.backends.base import Backend, Function, Host
from bench_harness.errors import BackendUnavailableError


class TorchBackend(Backend):
    """Tensors on the case's device; the variant ``compile`` wraps the whole function."""

    name = "torch"
    module = "torch"
    distribution = "torch"
    device_kinds = ("cpu", "cuda")
    variants = ("", "compile")
    features = ("jit", "parallel", "gpu", "autodiff")
    can_fork = True

    def __init__(self) -> None:
        self._device = "cpu"

    def worker_env(self, host: Host) -> dict[str, str]:
        return {
            "TORCHINDUCTOR_CACHE_DIR": str(host.cache_dir / "inductor"),
            "TRITON_CACHE_DIR": str(host.cache_dir / "triton"),
            "TORCHINDUCTOR_FX_GRAPH_CACHE": "1",
            "TORCHINDUCTOR_AUTOGRAD_CACHE": "1",
            # Compiling in the worker itself: a pool of compiler processes would still be
            # winding down, on the cores being measured, when the first samples are taken.
            "TORCHINDUCTOR_COMPILE_THREADS": "1",
        }

    def current_threads(self) -> int:
        import torch

        return int(torch.get_num_threads())

    def furnish(self, host: Host, variant: str) -> None:
        if variant == "compile" and host.device == "cpu":
            import torch

            from bench_harness.backends import torch_toolchain

            torch_toolchain.lend(torch.__version__, host.cache_dir / "inductor")

    def start(self, host: Host) -> None:
        import torch

        torch.set_num_threads(host.threads)
        self._device = host.device
        if host.device.startswith("cuda"):
            if not torch.cuda.is_available():
                raise BackendUnavailableError(
                    f"torch {torch.__version__} sees no CUDA device: this build is for "
                    f"{torch.version.cuda or 'the CPU'}. Install a CUDA build of torch, or use "
                    "--devices cpu."
                )
            torch.backends.cuda.matmul.allow_tf32 = False
            torch.backends.cudnn.allow_tf32 = False
            torch.cuda.init()
            torch.zeros(1, device=host.device)

    def require(self, variant: str) -> None:
        compilers = ("c++", "g++", "clang++")
        if variant == "compile" and self._device == "cpu" and not any(map(shutil.which, compilers)):
            raise BackendUnavailableError(
                "torch.compile on the CPU needs a C++ compiler, and none of c++, g++, clang++ "
                "is on the PATH. Install one (Debian: apt-get install g++)."
            )

    def devices(self) -> list[str]:
        import torch

        cuda = [f"cuda:{i} {torch.cuda.get_device_name(i)}" for i in range(_cuda_count())]
        return ["cpu", *cuda]

    def compile(self, function: Function, variant: str, inputs: Mapping[str, Any]) -> Function:
        import torch

        if variant != "compile":
            return function
        compiled: Function = torch.compile(function, dynamic=False)
        return compiled

    def from_numpy(self, array: np.ndarray) -> Any:
        import torch

        # A copy: torch.from_numpy shares memory, and a kernel may write to its input.
        return torch.from_numpy(np.array(array)).to(self._device)

    def to_numpy(self, array: Any) -> np.ndarray:
        result: np.ndarray = array.detach().cpu().resolve_conj().numpy()
        return np.array(result)

    def is_native(self, value: Any) -> bool:
        import torch

        return isinstance(value, torch.Tensor) and value.device.type == self._device.split(":")[0]

    def synchronizer(self) -> Function | None:
        import torch

        if not self._device.startswith("cuda"):
            return None

        def wait(_outputs: Any) -> None:
            torch.cuda.synchronize(self._device)

        return wait

    def differentiator(
        self,
        function: Function,
        arguments: Sequence[Any],
        wrt: Sequence[int],
        pick: Function,
        weights: Any,
    ) -> tuple[str, Function]:
        import torch

        leaves = {
            i: torch.as_tensor(arguments[i], dtype=torch.float64, device=self._device)
            .detach()
            .clone()
            .requires_grad_(True)
            for i in wrt
        }
        bound = [leaves.get(i, value) for i, value in enumerate(arguments)]

        def gradients() -> Any:
            value = (pick(function(*bound)) * weights).sum()
            return torch.autograd.grad(value, [leaves[i] for i in wrt])

        return "reverse", gradients

    def host_work(self, call: functools.partial[Any]) -> str | None:
        from bench_harness.backends.torch_trace import host_work

        return host_work(call)

    def runtime(self) -> dict[str, Any]:
        import torch

        facts = {"threads": torch.get_num_threads(), "mkl": torch.backends.mkl.is_available()}
        if self._device.startswith("cuda"):
            facts |= {
                "device": torch.cuda.get_device_name(self._device),
                "cuda": torch.version.cuda,
            }
        return facts

    def compilations(self) -> int:
        import sys

        # Only a worker that compiled has loaded dynamo; importing it here would cost a second.
        if "torch._dynamo.utils" not in sys.modules:
            return 0
        from torch._dynamo.utils import counters

        return int(counters["stats"]["unique_graphs"])

    def compile_stages_s(self) -> dict[str, float]:
        import sys

        if "torch._dynamo.utils" not in sys.modules:
            return {}
        from torch._dynamo.utils import calculate_time_spent

        spent = calculate_time_spent()
        backend = spent.get("backend_compile", 0.0)
        return {
            "trace": max(0.0, spent.get("entire_frame_compile", 0.0) - backend),
            "compile": backend,
        }

    def device_timer(self) -> _CudaEvents | None:
        return _CudaEvents() if self._device.startswith("cuda") else None

    def device_peak_bytes(self) -> int | None:
        import torch

        if not self._device.startswith("cuda"):
            return None
        return int(torch.cuda.max_memory_allocated(self._device))


class _CudaEvents:
    """A pair of CUDA events in the current stream."""

    def __init__(self) -> None:
        import torch

        self._events = [torch.cuda.Event(enable_timing=True) for _ in range(2)]

    def start(self) -> None:
        self._events[0].record()

    def stop(self) -> float:
        start, end = self._events
        end.record()
        end.synchronize()
        return float(start.elapsed_time(end)) / 1e3


def _cuda_count() -> int:
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


BACKEND = TorchBackend()
