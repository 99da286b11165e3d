"""Options and arguments that several subcommands share."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench_harness.discovery import KernelFolder, discover, overlooked
from bench_harness.errors import ConfigurationError
from bench_harness.model import RunConfig

if TYPE_CHECKING:
    ParamType = click.ParamType[Any]
else:  # click before 8.5 cannot be asked for the type of a value
    ParamType = click.ParamType

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class Names(ParamType):
    """A comma-separated list of names."""

    name = "name,..."

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        names = tuple(part.strip() for part in str(value).split(","))
        if not all(names):
            self.fail(f"{value!r} has an empty name in it; separate names by single commas.", param)
        return names


class Share(ParamType):
    """A share, as ``1%`` or ``0.01``."""

    name = "share"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        if isinstance(value, float):
            return value
        text = str(value).strip()
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            share = 0.0
        if not 0 < share < 1:
            self.fail(f"{value!r} is no share between 0 and 1; write 1% or 0.01.", param)
        return share


class Size(ParamType):
    """A number of bytes, as ``2GiB``, ``500M`` or ``1e9``; K, M, G and T are powers of 1024."""

    name = "size"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"([\d.e+]+)\s*([KMGT]?)(i?B)?", str(value).strip(), re.IGNORECASE)
        try:
            if match is None:
                raise ValueError
            size = int(float(match[1]) * 1024 ** " KMGT".index(match[2].upper() or " "))
        except (ValueError, OverflowError):
            size = 0
        if size < 1:
            self.fail(f"{value!r} is no number of bytes; write 2GiB, 500M or 1000000.", param)
        return size


def names(flag: str, help_text: str) -> Decorator:
    """Return an option for a comma-separated list, empty by default."""
    return click.option(flag, type=Names(), default=(), help=help_text)


def selection(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that select cases, beside the selectors themselves."""
    for option in (
        click.option(
            "--set",
            "changes",
            multiple=True,
            metavar="NAME=VALUE[,VALUE]",
            help="Set or sweep a parameter.",
        ),
        names("--dtypes", "Dtypes: float64, float32 [default: each kernel's own]."),
        names("--presets", "Presets: smoke, default, full, ... [default: default]."),
        names("--devices", "Devices: cpu, cuda, cuda:1 [default: all that are here]."),
        names("--backends", "Backends, or variants such as torch.compile [default: all]."),
    ):
        command = option(command)
    return command


def find_kernels(paths: Sequence[Path]) -> dict[str, KernelFolder]:
    """Return the kernels under these folders; says on stderr which files were passed over."""
    folders = discover(paths)
    for sentence in overlooked(paths):
        click.echo(f"Warning: {sentence}", err=True)
    return folders


suites = click.option(
    "--suites",
    "suite_paths",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Folder of suites instead of the bundled ones; may be given again.",
)


results = click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("results"),
    show_default=True,
    metavar="FOLDER",
    help="Folder of records.",
)


def limits(default: str) -> Decorator:
    """Return the options that say what a change may cost."""
    slowdown = click.option(
        "--max-slowdown",
        "max_slowdowns",
        multiple=True,
        metavar="[SELECTOR=]PERCENT%",
        help=f"Slow-down that is let pass, of all cases or of some [default: {default}].",
    )
    growth = click.option(
        "--max-error-growth",
        type=click.FloatRange(1, min_open=True),
        metavar="FACTOR",
        help="Growth of an error that is let pass [default: any, within the kernel's budget].",
    )
    return lambda command: slowdown(growth(command))


timeout = click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=RunConfig().timeout_s,
    show_default=True,
    metavar="S",
    help="Kill a process after so many seconds.",
)

seed = click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the inputs."
)

quiet = click.option("--quiet", is_flag=True, help="No progress on stderr.")

overwrite = click.option("--overwrite", is_flag=True, help="Replace the output if it exists.")


def refuse_existing(path: Path, overwrite: bool, option: str = "--output") -> None:
    """Raise where a file would be lost; `option` is what would choose another place."""
    if path.exists() and not overwrite:
        raise ConfigurationError(
            f"{path} exists, and is not written over. Give another {option}, or allow it with "
            "--overwrite."
        )


def check_writable(path: Path) -> None:
    """Find out before anything is measured that a file cannot be written; leave nothing behind."""
    if path.is_dir():
        raise ConfigurationError(f"{path} is a folder; give the name of a file.")
    if path.exists() and not path.is_file():
        raise ConfigurationError(f"{path} is no regular file; give the name of one.")
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written: {error.strerror or error}. Give a file in a folder that "
            "can be written to; nothing was measured."
        ) from error
