"""Which backend other code computes on: by argument, context, process, environment or policy.

The first of these that names one decides: the argument of `create_backend` and `get_backend`;
`use_backend` around the call; `set_backend`; the variable ``BENCH_HARNESS_BACKEND``; the policy
``portable``. A name that does not exist and a backend that cannot be used here are two errors,
and neither is ever replaced by another backend.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from bench_harness.arrays import ArrayBackend, create_arrays
from bench_harness.backends import NAMES, get_adapter
from bench_harness.backends.local import check_device, installed, start
from bench_harness.environment import gpu_present
from bench_harness.errors import (
    BackendUnavailableError,
    ConfigurationError,
    HarnessError,
    UnknownNameError,
)

VARIABLE = "BENCH_HARNESS_BACKEND"
MEASURED = "measured"
DEFAULT_POLICY = "portable"

POLICIES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "cpu": (("numba", "cpu"), ("torch", "cpu"), ("jax", "cpu"), ("numpy", "cpu")),
    "gpu": (("torch", "cuda"), ("jax", "cuda"), ("cupynumeric", "cuda"), ("numpy", "cpu")),
    "portable": (("numpy", "cpu"),),
    "python": (("python", "cpu"),),
}
"""Policy -> backends and devices, in order of preference; the first that is usable is taken."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Choice:
    """What was chosen, before anything of it was imported.

    Parameters
    ----------
    name : str
        A backend, or a policy that needs to know more: ``measured``.
    device : str
    reason : str
        Where the choice comes from, in words.
    variant : str
        Of the kernels' implementations; the array protocol has none.
    """

    name: str
    device: str
    reason: str
    variant: str = ""


context_choice: ContextVar[Choice | None] = ContextVar("bench_harness_backend", default=None)
process_choice: Choice | None = None
_device: str = "cpu"


# -- choosing --------------------------------------------------------------------------------


def current_choice(name: str | None = None, device: str | None = None) -> Choice:
    """Return what would be used now, and why; imports no framework.

    Parameters
    ----------
    name : str, optional
        A backend or a policy: overrules everything else.
    device : str, optional
        Overrules the device of `set_device`.
    """
    if name is not None:
        return _resolve(name, device, "given as an argument")
    chosen = context_choice.get() or process_choice
    if chosen is None:
        variable = os.environ.get(VARIABLE)
        if variable:
            chosen = _resolve(variable, None, f"named by {VARIABLE}")
        else:
            chosen = _resolve(DEFAULT_POLICY, None, "nothing else was asked for")
    return chosen if device is None else _resolve(_label(chosen), device, chosen.reason)


def _label(choice: Choice) -> str:
    return f"{choice.name}.{choice.variant}" if choice.variant else choice.name


@functools.lru_cache(maxsize=256)
def _resolve_cached(name: str, device: str, reason: str) -> Choice:
    backend, _, variant = name.partition(".")
    if name == MEASURED:
        return Choice(MEASURED, device, reason)
    if name in POLICIES and name not in NAMES:
        return _by_policy(name, reason)
    if backend not in NAMES:
        raise UnknownNameError("backend", name, [*NAMES, *POLICIES, MEASURED])
    _check_variant(backend, variant)
    check_device(backend, device, gpu_present())
    choice = Choice(backend, device, reason, variant)
    _logger.info("backend %s on %s: %s", name, device, reason)
    return choice


def _resolve(name: str, device: str | None, reason: str) -> Choice:
    if device is None:
        kinds = get_adapter(name.partition(".")[0]).device_kinds if _is_backend(name) else ("cpu",)
        device = _device if _device.partition(":")[0] in kinds else kinds[0]
    return _resolve_cached(name, device, reason)


def _is_backend(name: str) -> bool:
    return name.partition(".")[0] in NAMES


def _check_variant(backend: str, variant: str) -> None:
    if variant == "compile" and "compile" not in get_adapter(backend).variants:
        raise ConfigurationError(
            f"{backend}.compile: 'compile' is a variant of torch only; jax and numba always "
            "compile, and the others never do."
        )


def _by_policy(policy: str, reason: str) -> Choice:
    """Return the first backend of a policy that can be used here."""
    for name, device in POLICIES[policy]:
        why_not = _obstacle(name, device)
        if why_not is None:
            _logger.info("backend %s on %s: policy %r, %s", name, device, policy, reason)
            return Choice(name, device, f"policy {policy!r} ({reason})")
        _logger.info("policy %r passes over %s on %s: %s", policy, name, device, why_not)
    raise BackendUnavailableError(
        f"Policy {policy!r} finds none of its backends usable here. Available: "
        f"{', '.join(installed())}."
    )


def _obstacle(name: str, device: str) -> str | None:
    """Return why a backend of a policy cannot be used, starting it to find out."""
    if not get_adapter(name).is_installed():
        return "not installed"
    try:
        check_device(name, device, gpu_present())
        start(name, device)
    except HarnessError as error:
        return str(error)
    return None


# -- the array protocol ----------------------------------------------------------------------


def create_backend(name: str | None = None, *, device: str | None = None) -> ArrayBackend:
    """Return an array backend.

    Parameters
    ----------
    name : str, optional
        A backend (``"torch"``) or a policy (``"cpu"``, ``"gpu"``, ``"portable"``,
        ``"python"``). Left out, the context, `set_backend`, the variable
        ``BENCH_HARNESS_BACKEND`` and the policy ``portable`` are asked in this order.
    device : str, optional
        ``"cpu"``, ``"cuda"`` or ``"cuda:1"``; left out, that of `set_device`.

    Returns
    -------
    ArrayBackend
        The same object for the same backend and device.

    Raises
    ------
    UnknownNameError
        A ValueError: there is no such backend; names the choices.
    BackendUnavailableError
        A RuntimeError: it cannot be used here; names those that can and what installs it.
    ConfigurationError
        A ValueError: a device that the backend has not.

    Examples
    --------
    >>> from bench_harness import create_backend
    >>> B = create_backend("numpy")
    >>> B.sum(B.array([1, 2, 3])).item()
    6
    """
    return _arrays(current_choice(name, device))


def get_backend(name: str | None = None) -> ArrayBackend:
    """Return the backend in use here: `create_backend` under the name for reading code."""
    return create_backend(name)


def _arrays(choice: Choice) -> ArrayBackend:
    if choice.name == MEASURED:
        raise ConfigurationError(
            "Policy 'measured' chooses by kernel and size, so it serves bench_harness.kernels; "
            "an array backend needs a name or another policy."
        )
    return _create(choice.name, choice.device)


@functools.cache
def _create(name: str, device: str) -> ArrayBackend:
    start(name, device)
    return create_arrays(name, device)


def set_backend(backend: str | ArrayBackend | None) -> None:
    """Choose the backend of this process, for code outside of `use_backend`.

    Parameters
    ----------
    backend : str, ArrayBackend or None
        A name or policy, an instance, or None to choose none. Checked, and started, at once.
    """
    global process_choice
    process_choice = None if backend is None else _ready(backend, "set by set_backend")


@contextlib.contextmanager
def use_backend(
    backend: str | ArrayBackend, *, device: str | None = None
) -> Iterator[ArrayBackend | None]:
    """Choose a backend for a block of code, and restore what was chosen on the way out.

    The choice is seen by the block itself and by the asyncio tasks it starts; other tasks and
    threads keep theirs (a new thread begins with what `set_backend` chose).

    Yields
    ------
    ArrayBackend or None
        None for the policy ``measured``, which serves `bench_harness.kernels` alone.

    Examples
    --------
    >>> from bench_harness import get_backend, use_backend
    >>> with use_backend("numpy") as B:
    ...     get_backend() is B
    True
    """
    choice = _ready(backend, "chosen by use_backend", device)
    token = context_choice.set(choice)
    try:
        yield None if choice.name == MEASURED else _arrays(choice)
    finally:
        context_choice.reset(token)


def _ready(backend: str | ArrayBackend, reason: str, device: str | None = None) -> Choice:
    """Return a choice whose backend has been started."""
    if isinstance(backend, str):
        choice = _resolve(backend, device, reason)
    else:
        choice = _resolve(backend.name, device or backend.device, reason)
    if choice.name != MEASURED:
        start(choice.name, choice.device).require(choice.variant)
    return choice


# -- devices ---------------------------------------------------------------------------------


def set_device(device: str) -> None:
    """Choose the device of the backend in use, and of those chosen later that have it.

    Raises
    ------
    ConfigurationError
        If the backend in use has no such device.
    """
    global _device, process_choice
    choice = current_choice()
    moved = _resolve(_label(choice), device, choice.reason)
    if moved.name != MEASURED:
        start(moved.name, device)
    _device = device
    if process_choice is not None:
        process_choice = moved
    if context_choice.get() is not None:
        context_choice.set(moved)


def get_device() -> str:
    """Return the device of the backend in use: ``"cpu"``, ``"cuda"``, ``"cuda:1"``."""
    return current_choice().device


# -- what there is ---------------------------------------------------------------------------


def available_backends() -> tuple[str, ...]:
    """Return the backends whose packages are installed; imports none of them."""
    return installed()


def get_backend_info(name: str | None = None) -> dict[str, Any]:
    """Return what a backend is and can do.

    Parameters
    ----------
    name : str, optional
        Left out, the backend in use. It is started, if it is installed.

    Returns
    -------
    dict
        ``name``, ``available``, ``version``, ``devices`` (list of str), ``features`` (dict of
        ``jit``, ``parallel``, ``gpu``, ``autodiff`` to bool) and ``reason`` (why it is not
        available, else None).
    """
    choice = current_choice(name)
    name = choice.name
    adapter = get_adapter(name)  # refuses 'measured', which is no backend
    devices: list[str] = []
    reason: str | None = None
    try:
        devices = start(name, choice.device).devices()
    except BackendUnavailableError as error:
        reason = str(error)
    return {
        "name": name,
        "available": reason is None,
        "version": adapter.version(),
        "devices": devices,
        "features": {
            feature: feature in adapter.features
            for feature in ("jit", "parallel", "gpu", "autodiff")
        },
        "reason": reason,
    }


def print_backend_info(name: str | None = None) -> None:
    """Print a table of all backends, or of one; starts those that are installed."""
    for each in NAMES if name is None else (name,):
        info = get_backend_info(each)
        state = ", ".join(info["devices"]) if info["available"] else info["reason"]
        features = ", ".join(key for key, present in info["features"].items() if present)
        print(f"{each:12} {info['version'] or '-':10} [{features}] {state}")
