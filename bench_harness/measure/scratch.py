"""The files that the cases of one group share while they run."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class OutputFiles:
    """What one process leaves for the judge.

    Parameters
    ----------
    last : Path
        Outputs of the last timed run.
    """

    last: Path

    @property
    def earlier(self) -> Path:
        """Outputs of a random earlier timed run."""
        return self.last.with_suffix(".earlier.npz")

    @property
    def gradient(self) -> Path:
        return self.last.with_suffix(".gradient.npz")

    def digest(self, *beside: Any) -> str | None:
        """Return what is equal where the files, and what is told beside them, are equal.

        None where there are no outputs, so that there is nothing to be equal.
        """
        if not self.last.exists():
            return None
        digest = hashlib.sha256(repr(beside).encode())
        for file in (self.last, self.earlier, self.gradient):
            digest.update(file.read_bytes() if file.exists() else b"none")
        return digest.hexdigest()

    def remove(self, *, keep_last: bool = False) -> None:
        """Remove the files; the reference's last outputs are kept for the others."""
        for file in (self.earlier, self.gradient):
            file.unlink(missing_ok=True)
        if not keep_last:
            self.last.unlink(missing_ok=True)


@dataclass
class Scratch:
    """The private folder of a group: its outputs, and what they are compared with.

    Parameters
    ----------
    folder : Path
    """

    folder: Path
    reference: Path | None = None
    """Outputs of the reference, once there are any."""
    reference_problem: str | None = None
    verdicts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What the verifier said of outputs, by their digest: the same outputs are judged once."""
    _seals: dict[Path, str] = field(default_factory=dict)

    @property
    def truth(self) -> Path:
        return self.folder / "truth.npz"

    @property
    def first_gradient(self) -> Path:
        return self.folder / "first.gradient.npz"

    def outputs(self) -> OutputFiles:
        """Return names for the outputs of one more process."""
        return OutputFiles(self.folder / f"{uuid.uuid4().hex}.npz")

    def seal(self) -> None:
        """Remember what every case is compared with, as it is now."""
        for file in filter(None, (self.reference, self.truth)):
            if file.is_file():
                self._seals.setdefault(file, _digest(file))

    def is_spoilt(self) -> bool:
        """Tell whether a worker changed what others are compared with; forget it if so."""
        if all(file.is_file() and _digest(file) == seal for file, seal in self._seals.items()):
            return False
        for file in self._seals:
            file.unlink(missing_ok=True)
        self._seals.clear()
        self.reference = None
        return True


def _digest(file: Path) -> str:
    with open(file, "rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
