"""Nothing that is read becomes code: no pickle, no eval, no shell, in the package or its suites."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import bench_harness

PACKAGE = Path(bench_harness.__file__).parent
FILES = sorted([*PACKAGE.rglob("*.py"), *(PACKAGE.parent / "suites").rglob("*.py")])
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "yaml"}
CALLS = {"eval", "exec", "compile", "__import__"}
ATTRIBUTES = {
    *("os.system", "os.popen", "os.spawnl", "os.spawnv", "os.execv", "os.execvp"),
    *("subprocess.getoutput", "subprocess.getstatusoutput", "tempfile.mktemp"),
    *("pandas.read_pickle", "pd.read_pickle", "pd.eval", "torch.load", "builtins.eval"),
}


def dangers(source: str) -> Iterator[str]:
    """Yield what in a source could make code of data."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            roots = {(getattr(node, "module", None) or name).partition(".")[0] for name in names}
            yield from roots & MODULES
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ATTRIBUTES:
            yield ast.unparse(node)
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in CALLS:
            yield node.func.id
        for keyword in node.keywords:
            value = ast.unparse(keyword.value)
            if keyword.arg == "shell" and value != "False":
                yield "shell"
            if keyword.arg == "allow_pickle" and value != "False":
                yield "allow_pickle"
        called = ast.unparse(node.func)
        if called in ("np.load", "numpy.load") and "allow_pickle=False" not in ast.unparse(node):
            yield called
        if called.startswith("subprocess.") and node.args and _is_text(node.args[0]):
            yield called


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def test_no_file_makes_code_of_data() -> None:
    found = {path: list(dangers(path.read_text(encoding="utf-8"))) for path in FILES}
    # A function of its own text, with the names of bundled kernels' arguments, which it checks.
    assert found.pop(PACKAGE / "kernels.py") == ["exec", "compile"]
    assert {path: words for path, words in found.items() if words} == {}
    assert len(found) > 100


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from pickle import loads",
        "import yaml as y",
        "eval('1')",
        "exec(text)",
        "os.system('ls')",
        "f = os.popen",
        "subprocess.run(words, shell=True)",
        "subprocess.run('ls -l')",
        "subprocess.Popen(f'ls {name}')",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "np.savez(path, allow_pickle=True, x=x)",
        "tempfile.mktemp()",
    ],
)
def test_a_danger_is_seen(line: str) -> None:
    assert len(list(dangers(line))) >= 1
