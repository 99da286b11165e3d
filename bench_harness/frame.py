"""Records as a pandas data frame, for analyses of one's own."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from bench_harness import store
from bench_harness.report.datafiles import flat_rows, sample_rows
from bench_harness.report.optional import optional

if TYPE_CHECKING:
    import pandas as pd


def load_results(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], samples: bool = False
) -> pd.DataFrame:
    """Read records into one data frame.

    Parameters
    ----------
    paths : path or iterable of paths
        Record files.
    samples : bool
        One row for each timed run instead of one for each case; ``process`` and ``run`` count
        from 0, and ``time_s`` is in seconds per call.

    Returns
    -------
    pandas.DataFrame
        The columns of ``bench-harness report --csv``; times are in seconds, sizes in bytes. With
        `samples` the first of them, down to ``status``. ``params`` and ``figures`` hold
        dictionaries, ``warnings`` lists.

    Raises
    ------
    RecordError
        If a file is no record.
    ConfigurationError
        If pandas is not installed.

    Examples
    --------
    >>> frame = bench_harness.load_results(["monday.json", "friday.json"])  # doctest: +SKIP
    >>> frame.pivot_table("steady_median_s", ["suite", "kernel"], "backend")  # doctest: +SKIP
    """
    pandas = optional("pandas", "load_results")
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    records = [store.load(Path(path)) for path in paths]
    rows = sample_rows(records) if samples else flat_rows(records)
    frame: pd.DataFrame = pandas.DataFrame(rows)
    return frame
