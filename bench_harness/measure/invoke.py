"""From an implementation and NumPy inputs to a call with everything bound, and back."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bench_harness.backends import Backend
from bench_harness.discovery import Loaded
from bench_harness.errors import HarnessError, SuiteError


class OutputError(HarnessError):
    """What a call returned is not the declared outputs, as arrays of its backend."""


def native_inputs(backend: Backend, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Move the arrays among `inputs` to the backend; scalars and strings stay as they are."""
    return {
        name: backend.from_numpy(value) if isinstance(value, np.ndarray) else value
        for name, value in inputs.items()
    }


def bind(
    backend: Backend, loaded: Loaded, variant: str, inputs: Mapping[str, Any]
) -> functools.partial[Any]:
    """Return a call without arguments, as cheap as the language allows.

    Positional and bound in C by `functools.partial`: keyword or starred arguments in the
    timed loop would cost more than a small kernel.
    """
    function = backend.compile(loaded.function, variant, inputs)
    try:
        arguments = [inputs[name] for name in loaded.parameters]
    except KeyError as error:
        raise SuiteError(
            f"The implementation takes {error.args[0]!r}, which is not among ({', '.join(inputs)})."
        ) from error
    return functools.partial(function, *arguments)


def collect(
    backend: Backend, returned: Any, names: Sequence[str]
) -> tuple[dict[str, np.ndarray], list[str]]:
    """Return what a call returned as NumPy arrays by name.

    Parameters
    ----------
    backend : Backend
    returned : array, tuple or dict
    names : sequence of str
        The kernel's outputs, in order.

    Returns
    -------
    outputs : dict of str to ndarray
    weak : list of str
        Outputs that were Python numbers or lists and carry no dtype of their own.

    Raises
    ------
    OutputError
        For a missing or surplus output, or one that is not an array of this backend.
    """
    named = by_name(returned, tuple(names))
    for name, value in named.items():
        if not backend.is_native(value):
            raise OutputError(
                f"output {name!r} is a {type(value).__module__}.{type(value).__qualname__}, "
                f"not an array of backend {backend.name!r} on its device"
            )
    try:
        outputs = {name: backend.to_numpy(value) for name, value in named.items()}
    except ValueError as error:  # ragged lists
        raise OutputError(f"an output cannot become an array: {error}") from error
    plain = (int, float, complex, list, tuple)
    weak = [
        name
        for name, value in named.items()
        if isinstance(value, plain) and not isinstance(value, np.generic)
    ]
    return outputs, weak


def by_name(returned: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Return outputs by name, from a dict, a tuple in order, or one alone; `OutputError`."""
    if isinstance(returned, Mapping):
        if set(returned) != set(names):
            raise OutputError(_expected(f"({', '.join(map(str, returned))})", names))
        return {name: returned[name] for name in names}
    if isinstance(returned, tuple):
        if len(returned) != len(names):
            raise OutputError(_expected(f"{len(returned)} outputs", names))
        return dict(zip(names, returned, strict=True))
    if len(names) != 1:
        raise OutputError(_expected(f"one {type(returned).__qualname__}", names))
    return {names[0]: returned}


def _expected(found: str, names: tuple[str, ...]) -> str:
    return f"returned {found} where ({', '.join(names)}) are expected"
