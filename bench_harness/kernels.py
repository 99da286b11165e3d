"""The verified kernels of the suites, as functions for other people's code.

    >>> import numpy as np
    >>> from bench_harness import kernels as K
    >>> positions = np.array([[[0.0, 0.0, 0.0], [2.0, 0.0, 0.0]]])
    >>> K.center_of_mass(positions, np.array([1.0, 3.0]))
    array([[1.5, 0. , 0. ]])

A kernel is reached as ``K.md.center_of_mass`` or, where one suite alone has the name, as
``K.center_of_mass``. NumPy arrays give NumPy arrays; arrays of the backend in use give the
backend's own. Which backend that is, is the business of `bench_harness.set_backend` and
`use_backend`, which are here as well; ``dir(K)`` and ``help(K.center_of_mass)`` tell the rest.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from bench_harness import selection
from bench_harness.errors import ConfigurationError, UnknownNameError
from bench_harness.fastest import fastest
from bench_harness.functions import (
    SMOKE,
    SuiteFunction,
    bundled_kernels,
    definition,
    parameters,
    suite_function,
)
from bench_harness.selection import (
    MEASURED,
    Choice,
    get_backend,
    set_backend,
    use_backend,
)

__all__ = ["get_backend", "set_backend", "use_backend"]


FUNCTION = """
def {name}({given}):
    _choice = _in_context() or _selection.process_choice or _selection.current_choice()
    _chosen, _current = _last[0]  # by identity: cheaper than a look-up
    if _choice is not _chosen:
        _current = _implementation(_choice, ({given},))
    _native = _current.native
    if not ({all_native}):
        return _current.converted(({given},))
    _returned = _current.function({given})
    _kind = _type(_returned)
    return _current.named(_returned) if _kind is _tuple or _kind is _dict else _returned
"""
"""What `SuiteFunction.__call__` does, written out for a kernel's arguments.

Passing them on as ``*args``, a loop over their types, and a frame between, whose line JAX stores
with each array, cost as much as the rest together.
"""


def _bind(kernel_id: str) -> Callable[..., Any]:
    """Return the function that stands for a kernel."""
    names = parameters(kernel_id)
    last: list[tuple[Choice | None, Any]] = [(None, None)]  # a pair: written as one, for threads

    def implementation(choice: Choice, args: tuple[Any, ...]) -> SuiteFunction:
        if choice.name == MEASURED:
            return _measured(kernel_id, dict(zip(names, args, strict=True)))
        found = suite_function(kernel_id, choice.name, choice.variant, choice.device)
        last[0] = choice, found
        return found

    suite, _, name = kernel_id.partition("/")
    if not all(each.isidentifier() for each in (name, *names)):
        raise ConfigurationError(f"{kernel_id}: {name} and {names} are not all names of Python.")
    source = FUNCTION.format(
        name=name,
        given=", ".join(names),
        all_native=" and ".join(f"_type({each}) in _native" for each in names),
    )
    namespace = {
        "__name__": __name__,
        "_in_context": selection.context_choice.get,
        "_selection": selection,
        "_last": last,
        "_implementation": implementation,
        "_type": type,
        "_tuple": tuple,
        "_dict": dict,
    }
    exec(compile(source, f"<K.{suite}.{name}>", "exec"), namespace)
    kernel: Any = namespace[name]
    kernel.__qualname__ = f"{suite}.{name}"
    kernel.__doc__ = _documentation(kernel_id)
    return kernel  # type: ignore[no-any-return]


def _measured(kernel_id: str, given: Mapping[str, Any]) -> SuiteFunction:
    """Return the implementation that this machine's records find fastest at a call's size."""
    label, device = fastest(kernel_id, _sizes(kernel_id, given))
    backend, _, variant = label.partition(".")
    return suite_function(kernel_id, backend, variant, device)


# -- shapes ----------------------------------------------------------------------------------


def _smoke_sizes(kernel_id: str) -> dict[int, str]:
    """Return the parameters of the smallest preset by their values, where they are distinct."""
    kernel, _ = definition(kernel_id)
    sizes: dict[int, str] = {}
    for name, value in kernel.presets[SMOKE].items():
        first = value[0] if isinstance(value, list | tuple) else value
        if type(first) is int:
            sizes[first] = "" if first in sizes else name
    return {size: name for size, name in sizes.items() if name and size > 3}


def _sizes(kernel_id: str, given: Mapping[str, Any]) -> dict[str, int]:
    """Return the kernel's size parameters, read off the shapes of arguments."""
    _, sample = definition(kernel_id)
    known = _smoke_sizes(kernel_id)
    found: dict[str, int] = {}
    for name, value in given.items():
        for length, smoke in zip(np.shape(value), np.shape(sample[name]), strict=False):
            if smoke in known:
                found[known[smoke]] = int(length)
    return found


def _documentation(kernel_id: str) -> str:
    """Return a docstring from the suite: what, arguments with shapes, results, source."""
    kernel, sample = definition(kernel_id)
    sizes = _smoke_sizes(kernel_id)

    def described(name: str, value: Any) -> str:
        if not isinstance(value, np.ndarray):
            return f"{name} : {type(value).__name__}"
        lengths = [str(sizes.get(length, length)) for length in value.shape]
        shape = f"({lengths[0]},)" if len(lengths) == 1 else f"({', '.join(lengths)})"
        return f"{name} : array {shape}, {value.dtype}"

    reference = suite_function(kernel_id, "numpy", "", "cpu")
    with np.errstate(all="ignore"):
        result = reference(*(sample[name] for name in parameters(kernel_id)))
    results = result if len(kernel.outputs) > 1 else (result,)
    folder = bundled_kernels()[kernel_id]
    lines = [f"{kernel.title}.", "", "Parameters", "----------"]
    lines += [described(name, sample[name]) for name in parameters(kernel_id)]
    lines += ["", "Returns", "-------"]
    lines += [
        described(name, np.asarray(value))
        for name, value in zip(kernel.outputs, results, strict=True)
    ]
    lines += ["", "Notes", "-----", "How the suite makes its inputs, with units:", ""]
    lines += [inspect.cleandoc(kernel.make_inputs.__doc__ or kernel.title), ""]
    labels = ", ".join(found.label for found in folder.implementations)
    lines += [f"Kernel ``{kernel_id}``; verified on {labels}."]
    return "\n".join(lines)


# -- names -----------------------------------------------------------------------------------


class _Suite(ModuleType):
    """The kernels of one suite, by attribute."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{__name__}.{name}", f"The kernels of suite {name}.")
        self._suite = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        kernel_id = f"{self._suite}/{name}"
        if kernel_id not in bundled_kernels():
            raise AttributeError(str(UnknownNameError("kernel", kernel_id, bundled_kernels())))
        function = _function(kernel_id)
        setattr(self, name, function)
        return function

    def __dir__(self) -> list[str]:
        return sorted(f.name for f in bundled_kernels().values() if f.suite == self._suite)


@functools.cache
def _function(kernel_id: str) -> Callable[..., Any]:
    return _bind(kernel_id)


def _by_name() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kernel_id, folder in bundled_kernels().items():
        found.setdefault(folder.name, []).append(kernel_id)
    return found


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in {folder.suite for folder in bundled_kernels().values()}:
        value: Any = _Suite(name)
    else:
        ids = _by_name().get(name, [])
        if not ids:
            raise AttributeError(
                f"module {__name__!r}: {UnknownNameError('kernel', name, _by_name())}"
            )
        if len(ids) > 1:
            paths = ", ".join("K." + kernel_id.replace("/", ".") for kernel_id in ids)
            raise AttributeError(f"{len(ids)} suites have a kernel {name!r}: use one of {paths}.")
        value = _function(ids[0])
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    suites = {folder.suite for folder in bundled_kernels().values()}
    single = {name for name, ids in _by_name().items() if len(ids) == 1}
    return sorted({*__all__, *suites, *single})
