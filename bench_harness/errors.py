"""Everything bench-harness raises on purpose.

HarnessError
    ConfigurationError          what was asked for cannot be done; nothing ran
        UnknownNameError        a backend, suite, preset... that does not exist
    BackendUnavailableError     a known backend that cannot be used here
    UnsupportedOperationError   a usable backend that lacks one operation
    DifferentiationError        a function whose derivative cannot be taken
    SuiteError                  a kernel folder that breaks the contract
    RecordError                 a result file that cannot be read or trusted
    NothingComparableError      no verified case to judge by; exit code 4

Only :func:`bench_harness.cli.main` turns one into text and an exit code.
"""

from __future__ import annotations

from collections.abc import Iterable


class HarnessError(Exception):
    """Base of every error raised on purpose; the message is meant for the user."""


class ConfigurationError(HarnessError, ValueError):
    """What was asked for cannot be done: says what, where, what is accepted."""


class UnknownNameError(ConfigurationError):
    """A name that is not among the ones that exist.

    Parameters
    ----------
    kind : str
        What the name stands for, in words: ``"backend"``, ``"preset"``.
    name : str
        The name as given.
    choices : iterable of str
        The names that exist.
    """

    def __init__(self, kind: str, name: str, choices: Iterable[str]) -> None:
        self.kind, self.name, self.choices = kind, name, sorted(choices)
        import difflib  # only needed here, and every worker imports this module

        near = difflib.get_close_matches(name, self.choices, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        listed = ", ".join(self.choices) or "(there are none)"
        super().__init__(f"{kind.capitalize()} {name!r} is unknown.{hint} Choose from: {listed}.")


class BackendUnavailableError(HarnessError, RuntimeError):
    """A backend that exists but cannot be used here; the message has the remedy."""


class UnsupportedOperationError(HarnessError, NotImplementedError):
    """An operation that a backend does not have; no other backend takes its place."""


class DifferentiationError(HarnessError, RuntimeError):
    """A function that autodiff cannot follow, or that has no finite differences."""


class SuiteError(HarnessError):
    """A kernel folder that breaks the contract of ``docs/writing-a-suite.md``."""


class RecordError(HarnessError, ValueError):
    """A result file that is truncated, of another version, or otherwise not a record."""


class NothingComparableError(HarnessError):
    """No case that the question is about is measured and verified, so there is no verdict."""
