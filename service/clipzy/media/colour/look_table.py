"""A look as a 3D lookup table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def identity(size: int = 33) -> NDArray[np.float32]:
    """The identity look: (size, size, size, 3) float32 by [blue, green, red], values R, G, B in 0..1."""
    axis = np.linspace(0, 1, size, dtype=np.float32)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    return np.stack([red, green, blue], axis=-1)


def check_look(look: NDArray[np.float32]) -> None:
    """Raise ValueError unless the look is an (n, n, n, 3) table of finite numbers with n >= 2."""
    if look.ndim != 4 or look.shape[3] != 3 or len(set(look.shape[:3])) != 1 or look.shape[0] < 2:
        raise ValueError(f"a look is an (n, n, n, 3) table, not {look.shape}")
    if not np.isfinite(look).all():
        raise ValueError("a look must hold finite numbers only")
