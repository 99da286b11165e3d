"""Faults planted into a correct result: what a wrong implementation might have returned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench_harness.backends import Backend

Outputs = Mapping[str, np.ndarray]

SIZES = (1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
"""Relative errors injected."""


@dataclass(frozen=True)
class Planted:
    """A wrong result and what is wrong with it."""

    kind: str
    where: str
    returned: Any
    """As an implementation of the backend would return it."""
    outputs: Outputs | None
    """By name, as NumPy arrays; None if the fault is in the packaging."""


def plant(
    backend: Backend,
    clean: Outputs,
    stale: Outputs | None,
    dtype: str,
    every: bool,
) -> Iterator[Planted]:
    """Yield every fault that applies to a correct result.

    Parameters
    ----------
    backend : Backend
        Whose arrays the wrong result consists of.
    clean : mapping of str to ndarray
    stale : mapping of str to ndarray, optional
        What the same implementation returns for other inputs.
    dtype : str
    every : bool
        False leaves out most faults in values, which are the same on every backend.
    """

    def changed(kind: str, name: str, value: Any) -> Planted:
        outputs = {**clean, name: np.asarray(value)}
        return Planted(kind, name, _native(backend, outputs), outputs)

    for name, value in clean.items():
        for kind, wrong in _values(value, dtype, every):
            yield changed(kind, name, wrong)
        for kind, wrong in _structures(value):
            if backend.name != "python" or wrong.shape != value.shape:  # lists have no dtype
                yield changed(kind, name, wrong)
        if stale is not None:
            yield changed("stale buffer of another call", name, stale[name])
    yield from _packagings(backend, clean)


def _native(backend: Backend, outputs: Outputs) -> tuple[Any, ...]:
    return tuple(backend.from_numpy(value) for value in outputs.values())


def _values(value: np.ndarray, dtype: str, every: bool) -> Iterator[tuple[str, Any]]:
    """Yield wrong values of the right shape and dtype."""
    if not value.size:
        return
    if value.dtype.kind in "fc":
        finite = np.where(np.isfinite(value), np.abs(value), 0)
        order = np.argsort(finite, axis=None)
        largest, middle = int(order[-1]), int(order[order.size // 2])
        smallest_visible = np.finfo(dtype).eps
        for size in SIZES if every else (1e-6, 1e-2):
            if size < smallest_visible:
                continue
            yield f"relative error {size:.0e} in all", value * value.dtype.type(1 + size)
            yield f"relative error {size:.0e} in one", _scaled(value, largest, 1 + size)
            if size >= 1e-4 and value.size > 1:
                kind = f"relative error {size:.0e} in a middling one"
                yield kind, _scaled(value, middle, 1 + size)
        yield "NaN in one", _with(value, largest, np.nan)
        yield "infinity in one", _with(value, largest, np.inf)
        yield "sign swapped in one", _scaled(value, largest, -1)
        if not every:
            return
        yield "NaN in all", np.full_like(value, np.nan)
        yield "sign swapped in all", -value
        if dtype == "float64":
            yield (
                "float32 rounding",
                value.astype("c8" if value.dtype.kind == "c" else "f4").astype(value.dtype),
            )
        if value.dtype.kind == "c":
            yield "imaginary part dropped", value.real.astype(value.dtype)
            yield "conjugated", value.conj()
    elif value.dtype.kind in "iu":
        yield (
            "integer off by one in one",
            _with(value, value.size // 2, value.flat[value.size // 2] + 1),
        )
        yield "integer off by one in all", value - 1
        if value.size > 1:
            swapped = value.copy()
            swapped.flat[[0, -1]] = swapped.flat[[-1, 0]]
            yield "two integers exchanged", swapped
    elif value.dtype.kind == "b":
        yield "boolean negated", ~value
    if value.dtype.kind != "b":
        yield "zeros", np.zeros_like(value)
        yield "ones", np.ones_like(value)
    if not every or value.ndim == 0:
        return
    yield "rolled by one along the first axis", np.roll(value, 1, axis=0)
    yield "reversed along the first axis", value[::-1]
    yield "last entry never written", _with(value, value.size - 1, 0)
    yield "first entry never written", _with(value, 0, 0)
    if value.ndim > 1:
        yield "rolled by one along the last axis", np.roll(value, 1, axis=-1)
        if value.shape[-1] == value.shape[-2]:
            yield "transposed", np.swapaxes(value, -1, -2)


def _scaled(value: np.ndarray, index: int, factor: float) -> np.ndarray:
    return _with(value, index, value.flat[index] * value.dtype.type(factor))


def _with(value: np.ndarray, index: int, entry: Any) -> np.ndarray:
    wrong = value.copy()
    wrong.flat[index] = entry
    return wrong


def _structures(value: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield right values in the wrong shape or dtype."""
    yield "an axis of length 1 in front", value[None]
    yield "an axis of length 1 at the end", value[..., None]
    if value.ndim and value.size > 1:
        yield "one entry that broadcasts", value.reshape(-1)[:1].reshape((1,) * value.ndim)
        yield "a scalar that broadcasts", value.reshape(-1)[0]
        yield "the last row missing", value[:-1]
        yield "the last row twice", np.concatenate([value, value[-1:]])
        yield "repeated for every row", np.broadcast_to(value, (len(value), *value.shape)).copy()
    if value.ndim > 1 and value.shape[-1] != value.shape[-2]:
        yield "transposed", np.swapaxes(value, -1, -2)
    kinds: dict[str, tuple[str, ...]] = {"f": ("f4", "f8", "i8", "c16"), "c": ("c8", "f8")}
    kinds |= {"i": ("i4", "f8"), "u": ("i8",), "b": ("i8",)}
    for code in kinds[value.dtype.kind]:
        if np.dtype(code) != value.dtype:
            with np.errstate(all="ignore"):
                wrong = value.real if code == "f8" else value
                yield f"as {np.dtype(code)}", wrong.astype(code)


def _packagings(backend: Backend, clean: Outputs) -> Iterator[Planted]:
    """Yield the right arrays, wrongly packed."""
    arrays = _native(backend, clean)
    names = ", ".join(clean)

    def packed(kind: str, returned: Any) -> Planted:
        return Planted(kind, names, returned, None)

    first = next(iter(clean.values()))
    yield packed("an output missing", arrays[:-1])
    yield packed("an output too many", (*arrays, arrays[0]))
    yield packed("nothing returned", None)
    yield packed(
        "an output under another name",
        dict(zip([*clean][:-1], arrays, strict=False)) | {"x": arrays[-1]},
    )
    if len(clean) > 1:
        yield packed("only the first output", arrays[0])
        yield packed("a list of the outputs", list(arrays))
        shapes = {value.shape for value in clean.values()}
        if len(shapes) == 1:
            yield packed(
                "the outputs stacked into one array",
                backend.from_numpy(np.stack(list(clean.values()))),
            )
            kind = "two outputs exchanged"
            values = list(clean.values())
            exchanged = dict(zip(clean, [values[1], values[0], *values[2:]], strict=True))
            yield Planted(kind, names, _native(backend, exchanged), exchanged)
    if backend.name != "python" and first.ndim:
        yield packed("a list for an array", (first.tolist(), *arrays[1:]))
    if backend.name not in ("numpy", "numba"):
        yield packed("arrays of another backend", tuple(clean.values()))
