"""``bench-harness new``."""

from __future__ import annotations

from pathlib import Path

import click

from bench_harness.errors import ConfigurationError

KERNEL = '''"""{title}: say here where the formula comes from."""

from bench_harness import ErrorBudget, Kernel


def make_inputs(rng, dtype, *, n):
    """Return the arrays every backend gets, by name; `rng` is a seeded numpy Generator."""
    return {{"x": rng.standard_normal(n).astype(dtype)}}


KERNEL = Kernel(
    title="{title}",
    make_inputs=make_inputs,
    presets={{"smoke": {{"n": 100}}, "default": {{"n": 100_000}}}},
    outputs=("result",),
    budget=ErrorBudget(rtol=1e-13, reason="a sum of n positive terms"),
    flops=lambda n: 2 * n,
)
'''

NUMPY = '''"""The reference: every other implementation is compared with this one."""

import numpy as np


def {name}(x):
    return np.sqrt(np.mean(x * x))
'''

TORCH = '''"""`x` is a tensor on the case's device; runs eagerly and under torch.compile."""

import torch


def {name}(x):
    return torch.sqrt(torch.mean(x * x))
'''


@click.command()
@click.argument("path", metavar="SUITES/SUITE/KERNEL", type=click.Path(path_type=Path))
def command(path: Path) -> None:
    """Write the files of a new kernel: a definition, the NumPy reference, one for PyTorch.

    They compute a root mean square and pass `check` as they are: change them from there.

    \b
    Examples:
      bench-harness new mysuites/stats/rms
      bench-harness check mysuites
      bench-harness run --suites mysuites
    """
    suite, name = path.parent.name, path.name
    if len(path.parts) < 3 and not path.is_absolute():
        raise ConfigurationError(
            f"{path} names no place for a kernel. Give <suites>/<suite>/<kernel>, for example "
            f"mysuites/{suite or 'stats'}/{name}."
        )
    for part in (suite, name):
        if not part.isidentifier():
            raise ConfigurationError(
                f"{part!r} in {path} cannot name a folder of suites: use letters, digits and "
                "underscores, since a function inside has that name."
            )
    if path.exists():
        raise ConfigurationError(f"{path} exists, and is not written over. Choose another name.")
    title = name.replace("_", " ").capitalize()
    try:
        path.mkdir(parents=True)
        for file, text in (
            ("kernel.py", KERNEL),
            (f"{name}_numpy.py", NUMPY),
            (f"{name}_torch.py", TORCH),
        ):
            (path / file).write_text(text.format(name=name, title=title), encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}.") from error
    root = path.parent.parent
    click.echo(
        f"Wrote {path}/kernel.py, {name}_numpy.py and {name}_torch.py.\n"
        f"Next: bench-harness check {root} && bench-harness run --suites {root}"
    )
