"""Backends in the user's own process: which can be used, and starting one once."""

from __future__ import annotations

import functools
from pathlib import Path

import platformdirs

from bench_harness.backends import NAMES, get_adapter
from bench_harness.backends.base import Backend
from bench_harness.errors import BackendUnavailableError, ConfigurationError


def installed() -> tuple[str, ...]:
    """Return the backends whose packages are here; imports none of them."""
    return tuple(name for name in NAMES if get_adapter(name).is_installed())


def check_device(name: str, device: str, gpu_present: bool) -> None:
    """Refuse a device that a backend has not, before anything is imported.

    Raises
    ------
    ConfigurationError
        For an unknown device, one that is not for this backend, or a GPU where there is none.
    """
    kinds = get_adapter(name).device_kinds
    kind, colon, index = device.partition(":")
    if kind not in kinds or (colon and (kind == "cpu" or not index.isdecimal())):
        accepted = ", ".join("cpu" if known == "cpu" else "cuda, cuda:<index>" for known in kinds)
        raise ConfigurationError(
            f"Device {device!r} is not one of backend {name!r}. It accepts: {accepted}; names are "
            "case-sensitive."
        )
    if kind == "cuda" and not gpu_present:
        raise ConfigurationError(
            f"Device {device!r} was asked for, and no NVIDIA driver answers on this machine. Use "
            "device 'cpu'."
        )


@functools.cache
def start(name: str, device: str) -> Backend:
    """Return a backend's adapter, started in this process on a device.

    Raises
    ------
    UnknownNameError
        If there is no such backend.
    BackendUnavailableError
        If it cannot be used here: names those that can, and what installs it.
    """
    adapter = type(get_adapter(name))()  # one for each device: an adapter knows its own
    here = ", ".join(installed())
    if not adapter.is_installed():
        raise BackendUnavailableError(
            f"Backend {name!r} is not installed. Available here: {here}. Install it with: "
            f"{adapter.remedy()}"
        )
    try:
        adapter.join(device, Path(platformdirs.user_cache_dir("bench-harness")))
    except BackendUnavailableError as error:
        raise BackendUnavailableError(
            f"{error} Available here: {here.replace(name + ', ', '')}."
        ) from error
    return adapter
