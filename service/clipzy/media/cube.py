"""Write and read looks as `.cube` files, the exchange format that editing programs load (Adobe Cube LUT Specification 1.0)."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clipzy.errors import MediaError
from clipzy.media.look_table import check_look

MAX_SIZE = 256  # of LUT_3D_SIZE, by the specification


def write_cube(look: NDArray[np.float32], path: Path) -> None:
    """Write an (n, n, n, 3) look by [blue, green, red]; the file appears whole or not at all.

    Raises:
        ValueError: the look is malformed.
        MediaError: the file cannot be written.
    """
    check_look(look)
    header = f'TITLE "Clipzy look"\nLUT_3D_SIZE {look.shape[0]}\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 1 1 1\n'
    # C order of [blue, green, red] already has red fastest, as the format wants
    rows = "\n".join(f"{red:.6f} {green:.6f} {blue:.6f}" for red, green, blue in look.reshape(-1, 3).tolist())
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=".", suffix=".cube", delete=False
        ) as file:
            try:
                file.write(f"{header}{rows}\n")
                file.flush()
                Path(file.name).chmod(0o644)  # temporary files are private; this one is to be shared
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as exc:
        raise MediaError(f"the look cannot be written: {exc.strerror or exc}") from exc


def read_cube(path: Path) -> NDArray[np.float32]:
    """Read a 3D `.cube` file with domain 0..1 as (n, n, n, 3) float32 by [blue, green, red].

    Raises MediaError that names the line, when the file is missing, malformed, or holds another kind of table.
    """
    size: int | None = None
    values: list[tuple[float, float, float]] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise MediaError(f"the look cannot be read: {exc}") from exc
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#") or words[0] == "TITLE":
            continue
        if words[0][0].isalpha():
            size = _keyword(words, size, number)
        else:
            values.append(_triple(words, number))
    if size is None:
        raise MediaError("the look is malformed: it names no LUT_3D_SIZE")
    if len(values) != size**3:
        raise MediaError(f"the look is malformed: {size**3} colours are announced, {len(values)} are there")
    return np.array(values, np.float32).reshape(size, size, size, 3)


def _keyword(words: list[str], size: int | None, number: int) -> int | None:
    match words:
        case ["LUT_3D_SIZE", count] if count.isdecimal() and 2 <= int(count) <= MAX_SIZE and size is None:
            return int(count)
        case ["DOMAIN_MIN", *bounds] if _triple(bounds, number) == (0, 0, 0):
            return size
        case ["DOMAIN_MAX", *bounds] if _triple(bounds, number) == (1, 1, 1):
            return size
        case ["DOMAIN_MIN" | "DOMAIN_MAX", *_]:
            raise MediaError(f"line {number} of the look: only colours from 0 to 1 are taken, not {' '.join(words)}")
        case _:
            raise MediaError(f"line {number} of the look is not understood: {' '.join(words)[:60]}")


def _triple(words: list[str], number: int) -> tuple[float, float, float]:
    try:
        red, green, blue = map(float, words)
    except ValueError as exc:
        raise MediaError(f"line {number} of the look should hold three numbers: {' '.join(words)[:60]}") from exc
    if not all(map(math.isfinite, (red, green, blue))):
        raise MediaError(f"line {number} of the look holds a number that is not finite")
    return red, green, blue
