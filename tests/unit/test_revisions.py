"""Git revisions side by side, and nothing left behind."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bench_harness.errors import ConfigurationError
from bench_harness.revisions import Repository

BACKEND = """
import zipfile

FILES = {
    "METADATA": "Metadata-Version: 2.1\\nName: library\\nVersion: 1\\n",
    "WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    "RECORD": "",
}

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "library-1-py3-none-any.whl"
    info = "library-1.dist-info"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.write("library.py")
        for file, text in FILES.items():
            wheel.writestr(f"{info}/{file}", text)
    return name
"""
"""A build backend that needs nothing from elsewhere."""


def git(repo: Path, *words: str) -> str:
    """Run git with a made-up author."""
    who = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    command = ["git", "-C", str(repo), *who, *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """Return a repository of two commits, the first tagged ``old``."""
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / ".gitignore").write_text("ignored\n")
    for text in ("old", "new"):
        (folder / "file").write_text(text)
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", text)
        git(folder, "tag", text)
    return folder


def worktrees(repo: Path) -> int:
    return len(git(repo, "worktree", "list").splitlines())


def test_both_sides_are_there_for_the_length_of_the_block(repo: Path) -> None:
    with Repository(repo).check_out("old", "new", install=False) as (base, head):
        assert (base.tree / "file").read_text() == "old"
        assert (head.tree / "file").read_text() == "new"
        assert (base.name, head.name) == ("old", "new")
        assert base.commit == git(repo, "rev-parse", "old")
        assert len(str(base.tree)) == len(str(head.tree))
        assert base.import_paths == [base.tree]
    assert not base.tree.exists()
    assert not head.tree.parent.exists()
    assert worktrees(repo) == 1


def test_the_working_tree_is_taken_as_it_is(repo: Path) -> None:
    (repo / "file").write_text("changed")
    (repo / "sub").mkdir()
    (repo / "sub/added é").write_text("added")
    (repo / "ignored").write_text("ignored")
    before = git(repo, "status", "--porcelain")
    with Repository(repo / "sub").check_out("new", None, install=False) as (_, head):
        assert (head.tree / "file").read_text() == "changed"
        assert (head.tree / "sub/added é").read_text() == "added"
        assert not (head.tree / "ignored").exists()
        assert head.commit == git(repo, "rev-parse", "new") + "+"
        assert head.name == "working tree"
    assert git(repo, "status", "--porcelain") == before
    assert git(repo, "stash", "list") == ""


def test_only_added_files_change_a_tree_too(repo: Path) -> None:
    (repo / "added").write_text("added")
    with Repository(repo).check_out("old", None, install=False) as (_, head):
        assert (head.tree / "added").read_text() == "added"
        assert (head.tree / "file").read_text() == "new"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_nothing_is_left_however_the_block_ends(repo: Path, error: type[BaseException]) -> None:
    def fail(tree: Path) -> None:
        seen.append(tree)
        raise error

    seen: list[Path] = []
    with pytest.raises(error), Repository(repo).check_out("old", None, install=False) as sides:
        fail(sides[0].tree)
    assert not seen[0].parent.exists()
    assert worktrees(repo) == 1


def test_hooks_do_not_run_and_a_hook_may_call(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = repo / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {repo.parent}/ran\n")
    hook.chmod(0o755)
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    with Repository(repo).check_out("old", "new", install=False):
        pass
    assert not (repo.parent / "ran").exists()


@pytest.mark.parametrize("name", ["nowhere", "", "--help", "old^{tree}", "-n"])
def test_an_unknown_revision_is_refused(repo: Path, name: str) -> None:
    with (
        pytest.raises(ConfigurationError, match="is unknown in"),
        Repository(repo).check_out(name, None, install=False),
    ):
        pass


def test_no_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="lies in no git repository"):
        Repository(tmp_path)


@pytest.mark.slow
def test_each_side_has_an_environment_of_its_own_over_ours(repo: Path) -> None:
    (repo / "library.py").write_text("NAME = 'installed'\n")
    (repo / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    (repo / "backend.py").write_text(BACKEND)
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "a package")
    with Repository(repo).check_out("HEAD", "HEAD", install=True) as sides:
        for side in sides:
            assert side.python.startswith(str(side.tree.parent))
            code = "import library, bench_harness, numpy; print(library.__file__)"
            done = subprocess.run([side.python, "-c", code], capture_output=True, text=True)
            assert "site-packages/library.py" in done.stdout, done.stderr
            assert done.stdout.startswith(str(side.tree.parent))


def test_what_cannot_be_installed_is_told(repo: Path) -> None:
    with (
        pytest.raises(ConfigurationError, match=r"base cannot be installed.*Without --install"),
        Repository(repo).check_out("old", "new", install=True),
    ):
        pass
    assert worktrees(repo) == 1
