"""Looks as `.cube` files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from clipzy.errors import MediaError
from clipzy.media.cube import read_cube, write_cube
from clipzy.media.look_table import identity

TINY = "LUT_3D_SIZE 2\n" + "0 0 0\n" * 8


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


def test_comments_blank_lines_and_domains_are_understood(tmp_path: Path):
    """A file as other programs write it is read."""
    text = '# made elsewhere\nTITLE "a # b"\n\nDOMAIN_MIN 0.0 0.0 0.0\nDOMAIN_MAX 1.0 1.0 1.0\n' + TINY
    (tmp_path / "lut.cube").write_text(text)
    assert read_cube(tmp_path / "lut.cube").shape == (2, 2, 2, 3)


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path):
    """Where the final name cannot be taken, an error is raised and no temporary file stays."""
    (tmp_path / "lut.cube").mkdir()
    with pytest.raises(MediaError, match="cannot be written"):
        write_cube(identity(2), tmp_path / "lut.cube")
    assert [tmp_path / "lut.cube"] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param(TINY + "0 0 0\n", "8 colours are announced, 9 are there", id="too-many"),
        pytest.param("LUT_3D_SIZE 2\n0 0 0\n", "8 colours are announced, 1 are there", id="too-few"),
        pytest.param("0 0 0\n", "names no LUT_3D_SIZE", id="no-size"),
        pytest.param("LUT_1D_SIZE 2\n0 0 0\n1 1 1\n", "line 1 .* not understood", id="one-dimensional"),
        pytest.param("LUT_3D_SIZE 1\n0 0 0\n", "line 1 .* not understood", id="size-of-one"),
        pytest.param("LUT_3D_SIZE 999\n", "line 1 .* not understood", id="size-beyond-the-format"),
        pytest.param("LUT_3D_SIZE 2\n" + TINY, "line 2 .* not understood", id="two-sizes"),
        pytest.param(TINY.replace("0 0 0", "0 nan 0", 1), "line 2 .* not finite", id="not-a-number"),
        pytest.param(TINY.replace("0 0 0", "0 0", 1), "line 2 .* three numbers", id="two-numbers"),
        pytest.param("DOMAIN_MAX 2 2 2\n" + TINY, "line 1 .* only colours from 0 to 1", id="other-domain"),
    ],
)
def test_a_malformed_file_is_refused_by_its_line(tmp_path: Path, text: str, complaint: str):
    """What is wrong is named, with the line where there is one."""
    (tmp_path / "lut.cube").write_text(text)
    with pytest.raises(MediaError, match=complaint):
        read_cube(tmp_path / "lut.cube")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path):
    """Bytes that are no UTF-8 raise the same error."""
    (tmp_path / "lut.cube").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MediaError, match="cannot be read"):
        read_cube(tmp_path / "lut.cube")
