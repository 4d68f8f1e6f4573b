"""Write looks as `.cube` files, which editing programs load (Adobe Cube LUT Specification 1.0)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clipzy.errors import MediaError
from clipzy.media.colour.look_table import check_look


def write_cube(look: NDArray[np.float32], path: Path) -> None:
    """Write an (n, n, n, 3) look by [blue, green, red].

    Raises:
        ValueError: the look is malformed.
        MediaError: the file cannot be written.
    """
    check_look(look)
    header = f'TITLE "Clipzy look"\nLUT_3D_SIZE {look.shape[0]}\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 1 1 1\n'
    # C order of [blue, green, red] already has red fastest, as the format wants
    rows = "\n".join(f"{red:.6f} {green:.6f} {blue:.6f}" for red, green, blue in look.reshape(-1, 3).tolist())
    try:
        path.write_text(f"{header}{rows}\n", encoding="utf-8")
    except OSError as exc:
        raise MediaError(f"the look cannot be written: {exc.strerror or exc}") from exc
