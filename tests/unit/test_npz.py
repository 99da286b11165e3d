"""Arrays between processes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench_harness import npz


def test_arrays_come_back_whatever_their_names(tmp_path: Path) -> None:
    arrays = {"file": np.arange(3), "allow_pickle": np.float32(2.5), "a": np.zeros((2, 0), ">c16")}
    npz.save(tmp_path / "x.npz", arrays)
    back = npz.load(tmp_path / "x.npz")
    assert list(back) == list(arrays)
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype
        assert np.array_equal(back[name], array)


def test_objects_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Object arrays"):
        npz.save(tmp_path / "x.npz", {"x": np.array([object()])})


def test_equal_arrays_make_equal_files(tmp_path: Path) -> None:
    for name in "ab":
        npz.save(tmp_path / name, {"x": np.arange(5.0)})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
