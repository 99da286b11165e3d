"""What the harness needs to know of a backend.

An adapter has two halves. Properties and `worker_env` are read in the parent and must not
import the framework; everything below `start` runs in the worker that `worker_env` prepared.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from bench_harness.errors import BackendUnavailableError

Function = Callable[..., Any]


@dataclass(frozen=True)
class Host:
    """What a worker is given to work with.

    Parameters
    ----------
    device : str
        ``"cpu"``, ``"cuda"`` or ``"cuda:1"``.
    threads : int
        Threads the backend may use.
    cache_dir : Path
        Where compiled code is kept: an empty folder for a cold first call.
    suites : Path, optional
        Folder of suites that code is kept of, for caches that do not tell when it has changed.
    """

    device: str
    threads: int
    cache_dir: Path
    suites: Path | None = None


class Backend(ABC):
    """One array library or compiler, behind the few verbs that a measurement needs."""

    name: ClassVar[str]
    module: ClassVar[str]
    """Module whose presence means that the backend is installed."""
    distribution: ClassVar[str]
    """Name on the package index."""
    device_kinds: ClassVar[tuple[str, ...]] = ("cpu",)
    dtypes: ClassVar[tuple[str, ...]] = ("float64", "float32")
    variants: ClassVar[tuple[str, ...]] = ("",)
    """Variants that every implementation file gets by itself; ``""`` is the plain one."""
    features: ClassVar[tuple[str, ...]] = ()
    can_fork: ClassVar[bool] = False
    """Whether a process that has imported it, and done no more, can be forked."""
    imported_first: ClassVar[str | None] = None
    """What a worker imports before anything else, so that its time is the framework's and not the
    harness's; None for `module`."""

    # -- read in the parent: no framework is imported ------------------------------------

    def is_installed(self) -> bool:
        """Tell whether the backend's package is present, without importing it."""
        return importlib.util.find_spec(self.module) is not None

    def version(self) -> str | None:
        """Return the installed version, or None."""
        import importlib.metadata  # 20 ms that a worker need not spend

        try:
            return importlib.metadata.version(self.distribution)
        except importlib.metadata.PackageNotFoundError:
            return None

    def remedy(self) -> str:
        """Return the command that installs the backend."""
        return f"pip install 'bench-harness[{self.name}]'"

    def worker_env(self, host: Host) -> dict[str, str]:
        """Return the variables that must be set before the backend is imported."""
        return {}

    # -- runs in a process that the user started --------------------------------------------

    def join(self, device: str, cache_dir: Path) -> None:
        """Start on `device` where others run too: threads and variables are left as they are.

        Raises
        ------
        BackendUnavailableError
            If the backend or the device cannot be used; the message has the remedy.
        """
        self.load()
        self.start(Host(device, self.current_threads(), cache_dir))

    def current_threads(self) -> int:
        """Return the number of threads that the backend is set to in this process."""
        return 1

    # -- runs in the worker --------------------------------------------------------------

    def load(self) -> None:
        """Import the framework; raises `BackendUnavailableError` with the remedy."""
        try:
            importlib.import_module(self.module)
        except ImportError as error:
            raise BackendUnavailableError(
                f"Backend {self.name!r} cannot be imported ({error}). Try: {self.remedy()}"
            ) from error

    def furnish(self, host: Host, variant: str) -> None:  # noqa: B027  (most need nothing)
        """Take the worker's folders into use, before `start`; put in what is kept for all workers.

        Variables name them, but one that `can_fork` may have been imported with those of others.
        """

    @abstractmethod
    def start(self, host: Host) -> None:
        """Initialise the device so that the first array costs no start-up."""

    def require(self, variant: str) -> None:  # noqa: B027  (most need nothing)
        """Raise `BackendUnavailableError` if something that `variant` needs is missing here."""

    def devices(self) -> list[str]:
        """Return the devices that can be used, by name."""
        return ["cpu"]

    def compile(self, function: Function, variant: str, inputs: Mapping[str, Any]) -> Function:
        """Return what is called: `function`, or `function` compiled as `variant` asks."""
        return function

    def idiomatic(self, function: Function) -> Function:
        """Return a plain function with the decorator that this backend's files carry, if any."""
        return function

    def from_numpy(self, array: np.ndarray) -> Any:
        """Copy an array to the device, as an array of this backend."""
        return np.array(array)  # a copy: a kernel may write to its input

    def overwrite(self, array: Any, value: Any) -> None:
        """Copy `value` into `array` in place."""
        array[...] = value

    def to_numpy(self, array: Any) -> np.ndarray:
        """Return a NumPy copy of a native array or scalar."""
        return np.array(array)

    def is_native(self, value: Any) -> bool:
        """Tell whether `value` is an array of this backend (or a scalar it returns)."""
        return isinstance(value, np.ndarray | np.generic | float | int)

    def synchronizer(self) -> Function | None:
        """Return ``wait(outputs)``, which blocks until they are computed; None if they are."""
        return None

    def differentiator(
        self,
        function: Function,
        arguments: Sequence[Any],
        wrt: Sequence[int],
        pick: Function,
        weights: Any,
    ) -> tuple[str, Function]:
        """Return the mode of differentiation and a call that returns the gradients.

        Only backends with the feature ``autodiff`` have one.

        Parameters
        ----------
        function : callable
            The implementation.
        arguments : sequence
            Native arguments at which it is differentiated.
        wrt : sequence of int
            Positions of the arguments with respect to which.
        pick : callable
            Takes from what `function` returns the output that is differentiated.
        weights : array
            The output is multiplied with these and summed.
        """
        raise BackendUnavailableError(f"Backend {self.name!r} has no autodiff.")

    def host_work(self, call: functools.partial[Any]) -> str | None:
        """Run a call and say what of its work is not done by this backend; None for nothing.

        For implementations that bear the backend's name and leave the work to another: NumPy
        between two conversions, a callback from compiled code. Not timed.
        """
        return None

    def runtime(self) -> dict[str, Any]:
        """Return facts worth recording that only the running backend knows."""
        return {}

    def compilations(self) -> int | None:
        """Return how many programs were compiled so far; None where it cannot be told."""
        return None

    def compile_stages_s(self) -> dict[str, float]:
        """Return the seconds spent compiling so far, by stage, where the framework tells.

        Stages are called ``trace``, ``lower`` and ``compile``, as far as there are such.
        """
        return {}

    def compile_cache_hits(self) -> int | None:
        """Return how many programs were taken from a compile cache; None where it is untold."""
        return None

    def device_timer(self) -> Any:
        """Return a clock of the device (`measure.timing.DeviceTimer`); None where there is none."""
        return None

    def device_peak_bytes(self) -> int | None:
        """Return the device's peak memory of this process; None where it cannot be told."""
        return None
