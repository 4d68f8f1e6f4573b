"""Looks as `.cube` files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clipzy.errors import MediaError
from clipzy.media.colour.cube import write_cube
from clipzy.media.colour.look_table import identity
from cube_files import read_cube


def test_a_look_comes_back_as_it_was_written(tmp_path: Path):
    """Writing and reading keeps every colour to the six decimals of the file."""
    look = np.random.default_rng(0).random((33, 33, 33, 3), np.float32)
    write_cube(look, tmp_path / "lut.cube")
    np.testing.assert_allclose(look, read_cube(tmp_path / "lut.cube"), atol=6e-7)


def test_red_runs_fastest(tmp_path: Path):
    """The second line of colours differs from the first in red alone, as the specification orders them."""
    write_cube(identity(3), tmp_path / "lut.cube")
    colours = [line for line in (tmp_path / "lut.cube").read_text().splitlines() if line[0].isdigit()]
    assert colours[:2] == ["0.000000 0.000000 0.000000", "0.500000 0.000000 0.000000"]
    assert colours[3] == "0.000000 0.500000 0.000000"


def test_a_write_that_fails_is_told(tmp_path: Path):
    """As where the name is taken."""
    (tmp_path / "lut.cube").mkdir()
    with pytest.raises(MediaError, match="cannot be written"):
        write_cube(identity(2), tmp_path / "lut.cube")
