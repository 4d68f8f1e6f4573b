"""Reads the looks that a job leaves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def read_cube(path: Path) -> NDArray[np.float32]:
    """(n, n, n, 3) by [blue, green, red] of a file that begins with title, size and domain."""
    title, size, *domain = path.read_text(encoding="utf-8").splitlines()[:4]
    assert title.startswith("TITLE")
    assert domain == ["DOMAIN_MIN 0 0 0", "DOMAIN_MAX 1 1 1"]
    count = int(size.removeprefix("LUT_3D_SIZE "))
    return np.loadtxt(path, np.float32, skiprows=4).reshape(count, count, count, 3)
