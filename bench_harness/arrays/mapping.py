"""Mapping a function along the leading axis of its first argument, by a loop or by the backend.

One rule on every backend: the first positional argument is taken apart along its leading axis,
all others are passed whole, and what comes back (an array, or a tuple of arrays) is stacked.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any, Literal

from bench_harness.arrays.protocol import ArrayBackend
from bench_harness.errors import ConfigurationError, UnknownNameError, UnsupportedOperationError

Policy = Literal["auto", "force", "off"]
POLICIES = ("auto", "force", "off")

_logger = logging.getLogger(__name__)


def vectorize_or_fallback(
    fn: Callable[..., Any], backend: ArrayBackend, policy: Policy = "auto"
) -> Callable[..., Any]:
    """Return `fn` mapped along the leading axis of its first positional argument.

    Parameters
    ----------
    fn : callable
        Takes one entry of the first argument, and the other arguments whole.
    backend : ArrayBackend
    policy : {"auto", "force", "off"}
        ``auto``: the backend's own vectorisation, and a loop where `fn` cannot be vectorised
        (logged). ``force``: raises instead. ``off``: a loop.

    Returns
    -------
    callable
        What `fn` raises by itself is raised under every policy.

    Raises
    ------
    UnsupportedOperationError
        Under ``force``, at once on a backend that cannot vectorise, and on the call where `fn`
        cannot be vectorised.

    Examples
    --------
    >>> from bench_harness import create_backend, vectorize_or_fallback
    >>> B = create_backend("numpy")
    >>> norms = vectorize_or_fallback(lambda row, scale: B.norm(row) * scale, B)
    >>> norms(B.array([[3.0, 4.0], [6.0, 8.0]]), 10.0).tolist()
    [50.0, 100.0]
    """
    if policy not in POLICIES:
        raise UnknownNameError("policy", str(policy), POLICIES)
    if policy == "force" and not backend.vectorizes:
        raise UnsupportedOperationError(
            f"Backend {backend.name!r} cannot vectorise a function; use policy 'auto' for a loop."
        )
    looped = loop(fn, backend)
    if policy == "off" or not backend.vectorizes:
        return looped
    vectorized = backend.vmap(fn)

    @functools.wraps(fn)
    def mapped(first: Any, *others: Any, **named: Any) -> Any:
        try:
            return vectorized(first, *others, **named)
        except ConfigurationError:
            raise
        except Exception as error:
            # Raised by fn itself, or by its vectorisation? A single entry tells.
            fn(backend.asarray(first)[0, ...], *others, **named)
            if policy == "force":
                raise UnsupportedOperationError(
                    f"{_name(fn)} cannot be vectorised by {backend.name!r} "
                    f"({type(error).__name__}: {error})."
                ) from error
            _logger.info("%s is mapped by a loop on %s: %s", _name(fn), backend.name, error)
            return looped(first, *others, **named)

    return mapped


def loop(fn: Callable[..., Any], backend: ArrayBackend) -> Callable[..., Any]:
    """Return `fn` mapped by a loop over the entries."""

    @functools.wraps(fn)
    def mapped(first: Any, *others: Any, **named: Any) -> Any:
        entries = entries_of(first, backend)
        returned = [fn(entries[i, ...], *others, **named) for i in range(entries.shape[0])]
        if isinstance(returned[0], tuple):
            return tuple(
                backend.stack([backend.asarray(part) for part in parts])
                for parts in zip(*returned, strict=True)
            )
        return backend.stack([backend.asarray(value) for value in returned])

    return mapped


def entries_of(first: Any, backend: ArrayBackend) -> Any:
    """Return the array that is mapped; refuses one without a leading axis, or an empty one.

    A loop over nothing could not tell the shape of what it returns, so no backend maps it.
    """
    array = backend.asarray(first)
    if array.ndim == 0 or array.shape[0] == 0:
        raise ConfigurationError(
            f"The first argument has shape {tuple(array.shape)}; a function is mapped along a "
            "leading axis of at least one entry."
        )
    return array


def _name(fn: Callable[..., Any]) -> str:
    return getattr(fn, "__name__", repr(fn))
