"""Two revisions of one repository, each checked out in a folder of its own.

The folders are git worktrees in a private temporary folder and are gone afterwards, however the
block ends. Their paths have the same length: the size of paths in a process's environment moves
its stack, and with it the speed of some code (Mytkowicz et al., ASPLOS 2009).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench_harness.errors import ConfigurationError

WORKING_TREE = "working tree"


@dataclass(frozen=True)
class Revision:
    """One side, checked out.

    Parameters
    ----------
    name : str
        The revision as it was given.
    commit : str
        Its full hash; with a ``+`` where the working tree has changes.
    tree : Path
        The folder.
    python : str
        The interpreter that runs it.
    """

    name: str
    commit: str
    tree: Path
    python: str = sys.executable

    @property
    def import_paths(self) -> list[Path]:
        """Where its code is imported from, if it is not installed."""
        return [path for path in (self.tree / "src", self.tree) if path.is_dir()]


class Repository:
    """A git repository.

    Parameters
    ----------
    folder : Path
        Anywhere in it.

    Raises
    ------
    ConfigurationError
        If it lies in none, or git is not installed.
    """

    def __init__(self, folder: Path) -> None:
        if shutil.which("git") is None:
            raise ConfigurationError("git is not installed, and a gate compares git revisions.")
        top = self._try(folder, "rev-parse", "--show-toplevel")
        if top is None:
            raise ConfigurationError(
                f"{folder.resolve()} lies in no git repository with a working tree. Call the gate "
                "in one, or compare two records: bench-harness compare BASE HEAD."
            )
        self.top = Path(top)

    def resolve(self, name: str) -> str:
        """Return the hash of a revision."""
        # --end-of-options: a revision called like an option is none.
        words = ("--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        commit = self._try(self.top, "rev-parse", *words)
        if commit is None:
            shallow = self._try(self.top, "rev-parse", "--is-shallow-repository") == "true"
            hint = (
                " The clone is shallow: fetch more of it (git fetch --unshallow; on GitHub, "
                "actions/checkout with fetch-depth: 0)."
                if shallow
                else " Give a commit, a branch or a tag that 'git rev-parse' knows."
            )
            raise ConfigurationError(f"Revision {name!r} is unknown in {self.top}.{hint}")
        return commit

    @contextlib.contextmanager
    def check_out(self, base: str, head: str | None, install: bool) -> Iterator[list[Revision]]:
        """Check out two revisions for the length of the block.

        Parameters
        ----------
        base : str
            A revision.
        head : str, optional
            A revision; without one the working tree as it is, with files not yet added.
        install : bool
            Install each side into an environment of its own.
        """
        self._try(self.top, "worktree", "prune")  # those of a gate that was killed
        commits = [self.resolve(base), self.resolve(head or "HEAD")]
        with tempfile.TemporaryDirectory(prefix="gate-") as scratch:
            folder = Path(scratch).resolve()
            trees = [folder / "base", folder / "head"]
            try:
                changed = head is None and self._is_changed()
                snapshot = self._git("stash", "create") if changed else ""
                for tree, commit in zip(trees, (commits[0], snapshot or commits[1]), strict=True):
                    self._git("worktree", "add", "--detach", "--quiet", str(tree), commit)
                if changed:
                    self._copy_untracked(trees[1])
                names = [base, WORKING_TREE if head is None else head]
                commits[1] += "+" if changed else ""
                yield [
                    Revision(name, commit, tree, _install(tree) if install else sys.executable)
                    for name, commit, tree in zip(names, commits, trees, strict=True)
                ]
            finally:
                for tree in trees:
                    self._try(self.top, "worktree", "remove", "--force", "--force", str(tree))

    def _is_changed(self) -> bool:
        return bool(self._git("status", "--porcelain"))

    def _copy_untracked(self, tree: Path) -> None:
        listed = self._git("ls-files", "--others", "--exclude-standard", "-z")
        for name in filter(None, listed.split("\0")):
            source, target = self.top / name, tree / name
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)

    def _git(self, *words: str) -> str:
        try:
            return _run_git(self.top, *words)
        except subprocess.CalledProcessError as error:
            last = (error.stderr or "").strip().splitlines()[-1:]
            raise ConfigurationError(
                f"git {' '.join(words[:2])} failed in {self.top}: {' '.join(last)}"
            ) from error

    @staticmethod
    def _try(folder: Path, *words: str) -> str | None:
        try:
            return _run_git(folder, *words)
        except (OSError, subprocess.CalledProcessError):
            return None


def _run_git(folder: Path, *words: str) -> str:
    # Git sets GIT_DIR and others for its hooks, and a gate may be called in one; and a hook of
    # the repository has no business with our checkouts.
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-C", str(folder), "-c", f"core.hooksPath={os.devnull}", *words]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env=env, stdin=subprocess.DEVNULL
    )
    return done.stdout.strip("\n")


def _install(tree: Path) -> str:
    """Install a tree into an environment beside it and return that environment's interpreter.

    The packages of the environment that runs the gate can be imported there too, after its own:
    what a side does not ask for in another version is not installed again.
    """
    environment = tree.with_name(f"{tree.name}-env")
    python = environment / "bin/python"
    commands = [
        [sys.executable, "-m", "venv", "--without-pip", str(environment)],
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", str(tree)],
    ]
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            lines = (done.stderr or done.stdout).strip().splitlines()
            raise ConfigurationError(
                f"{tree.name} cannot be installed: {' '.join(lines[-3:])}. Without --install it "
                "runs from its tree."
            )
        if command is commands[0]:
            (site,) = environment.glob("lib/python*/site-packages")
            ours = [path for path in sys.path if path.endswith("site-packages")]
            ours.append(str(Path(__file__).resolve().parent.parent))  # ourselves, if in a checkout
            (site / "zz-bench-harness-gate.pth").write_text("\n".join(ours) + "\n")
    return str(python)
