"""Watch one call through torch's own hooks: which data leaves it, and what did not come of it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

LEAVES = {"numpy", "tolist", "item", "__array__", "__dlpack__", "data_ptr", "__float__", "__int__"}
"""Functions that hand a tensor's numbers to something else than torch."""
MOVES = {
    *("lift_fresh", "lift_fresh_copy", "detach", "alias", "view", "_unsafe_view", "reshape"),
    *("clone", "copy_", "_to_copy", "contiguous", "stack", "cat", "select", "slice", "unbind"),
    *("empty", "empty_like", "empty_strided", "new_empty", "zeros", "zeros_like", "new_zeros"),
    *("expand", "permute", "transpose", "t", "squeeze", "unsqueeze", "as_strided", "resolve_conj"),
}
"""Operations that compute nothing: a result is torch's own only if an operand is."""


def host_work(call: functools.partial[Any]) -> str | None:
    """Run a call and say what of its work was done by something else than torch.

    Either numbers go out and come back (the host reads at least half as many as the call is
    given, and hands over at least a quarter as many as it returns), or most of those returned
    lie in memory that no operation of torch has written.
    """
    given = [value for value in call.args if isinstance(value, torch.Tensor)]
    left, computed = _Leaving(), _Computed(given)
    # Code inside torch.compile is called as it is written: what was traced leaves no trace here.
    with torch.compiler.set_stance("force_eager"), left, computed:
        returned = call()
    outputs = _tensors(returned)
    total, count = (sum(value.numel() for value in values) for values in (given, outputs))
    foreign = sum(value.numel() for value in outputs if not computed.made(value))
    entered = computed.entered + foreign
    if 2 * foreign > count:
        return f"{foreign} of the {count} numbers returned were not written by torch"
    if left.count and 2 * left.count >= total and 4 * entered >= count:
        doors = ", ".join(sorted(left.names))
        return (
            f"given {total} numbers, it reads {left.count} on the host ({doors}) and takes "
            f"{entered} from there, for the {count} it returns"
        )
    return None


def _tensors(tree: Any) -> list[Any]:
    return [leaf for leaf in tree_flatten(tree)[0] if isinstance(leaf, torch.Tensor)]


class _Leaving(TorchFunctionMode):  # type: ignore[misc]
    """Counts the numbers that leave torch."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.names: set[str] = set()

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        name = getattr(func, "__name__", "")
        if name in LEAVES and args and isinstance(args[0], torch.Tensor):
            self.count += args[0].numel()
            self.names.add(name)
        return func(*args, **(kwargs or {}))


class _Computed(TorchDispatchMode):  # type: ignore[misc]
    """Keeps what operations of torch wrote, beginning with what the call was given."""

    def __init__(self, given: list[Any]) -> None:
        super().__init__()
        self.entered = 0
        """Numbers in memory that was not torch's when an operation first read it."""
        self._kept = list(given)  # alive, so that no address is used again
        self._made = {_memory(value) for value in given}
        self._known = set(self._made)

    def made(self, value: Any) -> bool:
        return _memory(value) in self._made

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        operands, new = _tensors((args, kwargs)), _tensors(result)
        self._kept += [*operands, *new]
        for value in operands:
            self.entered += 0 if _memory(value) in self._known else value.numel()
            self._known.add(_memory(value))
        self._known |= {_memory(value) for value in new}
        if func.overloadpacket.__name__ not in MOVES or any(map(self.made, operands)):
            self._made |= {_memory(value) for value in new}
        return result


def _memory(value: Any) -> int:
    address: int = value.untyped_storage().data_ptr()
    return address
